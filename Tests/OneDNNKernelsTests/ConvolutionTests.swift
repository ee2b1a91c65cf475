import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

struct Shape: CustomTestStringConvertible, Sendable {
  let geometry: ConvolutionGeometry

  init(
    _ inputs: Int, _ height: Int, _ width: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1
  ) {
    geometry = ConvolutionGeometry(
      inputChannels: inputs, inputHeight: height, inputWidth: width, outputChannels: outputs, kernelHeight: kernel, kernelWidth: kernel,
      stride: stride, padding: padding, dilation: dilation, groups: groups)
  }

  init(_ geometry: ConvolutionGeometry) { self.geometry = geometry }

  var testDescription: String {
    let g = geometry
    return "\(g.inputChannels)x\(g.inputHeight)x\(g.inputWidth) to \(g.outputChannels), kernel \(g.kernelHeight)x\(g.kernelWidth), "
      + "stride \(g.stride), padding \(g.padding), dilation \(g.dilation), groups \(g.groups)"
  }

  /// Every kernel, stride, padding, dilation and grouping that goes together, on sizes that strides do not divide, with channel counts
  /// below, at and above the lengths of SIMD registers.
  static let all: [Shape] = {
    var shapes: [Shape] = []
    var turn = 0
    for kernel in [1, 3, 7] {
      for stride in [1, 2] {
        for padding in [0, 1, 3] where padding <= kernel / 2 {
          for dilation in [1, 2] where dilation == 1 || kernel > 1 {
            for grouping in 0..<3 {
              turn += 1
              let channels = [1, 2, 3, 4, 7, 8, 16, 17, 20][turn % 9]
              let outputs = [5, 1, 16, 20, 3, 8, 11][turn % 7]
              let (height, width) = (13 + turn % 3, 15 + turn % 4)
              switch grouping {
              case 0:
                shapes.append(Shape(channels, height, width, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation))
              case 1:
                shapes.append(
                  Shape(
                    2 * (channels / 2 + 1), height, width, 2 * outputs, kernel: kernel, stride: stride, padding: padding,
                    dilation: dilation,
                    groups: 2))
              default:
                shapes.append(
                  Shape(
                    channels, height, width, channels * (1 + turn % 2), kernel: kernel, stride: stride, padding: padding,
                    dilation: dilation,
                    groups: channels))
              }
            }
          }
        }
      }
    }
    // The dense layer, a 1x1 convolution on a 1x1 picture, kernels as large as the picture, and kernels that are not square.
    shapes += [Shape(.dense(inputs: 20, outputs: 3)), Shape(.dense(inputs: 1, outputs: 1)), Shape(.dense(inputs: 65, outputs: 17))]
    shapes += [Shape(3, 1, 1, 2, kernel: 1, stride: 2), Shape(2, 7, 7, 3, kernel: 7), Shape(2, 3, 3, 2, kernel: 7, padding: 3)]
    shapes.append(
      Shape(
        ConvolutionGeometry(
          inputChannels: 3, inputHeight: 8, inputWidth: 9, outputChannels: 4, kernelHeight: 1, kernelWidth: 3, stride: 2, padding: 1)))
    return shapes
  }()
}

@Suite struct ConvolutionTests {
  private func apply(_ map: any LinearMap, _ input: [Float], batch: Int, outputCount: Int) -> [Float] {
    // What lies in the output before must not matter.
    var output = [Float](repeating: .nan, count: batch * outputCount)
    map.apply(input, batch: batch, into: &output)
    return output
  }

  private func expectEqual(_ found: [Float], _ expected: [Float], _ comment: Comment) {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-5 * largest }, comment)
  }

  @Test("Both maps are the definition's, for batches of any size in any order", arguments: Shape.all)
  func definition(shape: Shape) {
    let g = shape.geometry
    var numbers = SeededNumbers(seed: UInt64(truncatingIfNeeded: g.weightCount * 31 + g.inputCount))
    let weights = numbers.floats(g.weightCount)
    for transposed in [false, true] {
      let (fast, slow): (any LinearMap, any LinearMap) =
        transposed
        ? (OneDNNKernels().prepareTransposed(g, weights: weights), ReferenceKernels().prepareTransposed(g, weights: weights))
        : (OneDNNKernels().prepareForward(g, weights: weights), ReferenceKernels().prepareForward(g, weights: weights))
      let (inputCount, outputCount) = transposed ? (g.outputCount, g.inputCount) : (g.inputCount, g.outputCount)
      for batch in [2, 1, 3, 1, 2] {
        let input = numbers.floats(batch * inputCount)
        expectEqual(
          apply(fast, input, batch: batch, outputCount: outputCount), apply(slow, input, batch: batch, outputCount: outputCount),
          "\(transposed ? "transposed" : "forward") map, batch \(batch)")
      }
    }
  }

  @Test("<A x, y> = <x, transposed A y>", arguments: Shape.all)
  func adjoint(shape: Shape) {
    let g = shape.geometry
    var numbers = SeededNumbers(seed: 9)
    let weights = numbers.floats(g.weightCount)
    let (x, y) = (numbers.floats(g.inputCount), numbers.floats(g.outputCount))
    let forward = apply(OneDNNKernels().prepareForward(g, weights: weights), x, batch: 1, outputCount: g.outputCount)
    let backward = apply(OneDNNKernels().prepareTransposed(g, weights: weights), y, batch: 1, outputCount: g.inputCount)
    func product(_ a: [Float], _ b: [Float]) -> (sum: Double, size: Double) {
      zip(a, b).reduce(into: (0, 0)) {
        $0.0 += Double($1.0) * Double($1.1)
        $0.1 += abs(Double($1.0) * Double($1.1))
      }
    }
    let (left, right) = (product(forward, y), product(x, backward))
    #expect(abs(left.sum - right.sum) <= 1e-5 * max(left.size, right.size))
  }

  @Test("The caller's weights are copied, and maps do not disturb each other")
  func independence() {
    let geometry = ConvolutionGeometry.dense(inputs: 2, outputs: 2)
    var weights: [Float] = [1, 2, 3, 4]
    let first = OneDNNKernels().prepareForward(geometry, weights: weights)
    weights = [10, 20, 30, 40]
    let second = OneDNNKernels().prepareForward(geometry, weights: weights)
    let transposed = OneDNNKernels().prepareTransposed(geometry, weights: weights)
    weights = [0, 0, 0, 0]
    for _ in 0..<2 {
      #expect(apply(first, [1, -1, 2, 0], batch: 2, outputCount: 2) == [-1, -1, 2, 6])
      #expect(apply(second, [1, -1], batch: 1, outputCount: 2) == [-10, -10])
      #expect(apply(transposed, [1, -1], batch: 1, outputCount: 2) == [-20, -20])
    }
  }
}
