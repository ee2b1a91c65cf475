import FusedKernels
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
      + "window \(g.window), groups \(g.groups)"
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
    // Strides, dilations and paddings that differ by direction and side, more positions and channels than one tile has.
    shapes.append(
      Shape(
        ConvolutionGeometry(
          inputChannels: 9, inputHeight: 11, inputWidth: 12, outputChannels: 33,
          window: SlidingWindow(
            kernelHeight: 3, kernelWidth: 2, strideHeight: 2, strideWidth: 3, dilationHeight: 2, dilationWidth: 1,
            padding: Padding(top: 2, left: 0, bottom: 1, right: 3)))))
    shapes.append(Shape(130, 5, 5, 48, kernel: 3, padding: 1))
    // Channels in whole vectors, where zeros can be skipped.
    shapes += [
      Shape(64, 6, 5, 64, kernel: 3, padding: 1), Shape(64, 9, 8, 128, kernel: 1, stride: 2), Shape(128, 7, 6, 64, kernel: 3, stride: 2),
    ]
    return shapes
  }()
}

/// The kernels that are compared with the definition.
enum Subject: Sendable {
  case library
  case fused(FusedKernels.VectorWidth)

  /// Those that run on this processor.
  static let all = [Subject.library] + FusedKernels.VectorWidth.allCases.filter(\.isSupported).map(Subject.fused)

  var kernels: any Kernels {
    switch self {
    case .library: OneDNNKernels()
    case .fused(let width): FusedKernels(width)
    }
  }
}

@Suite("Kernels") struct ConvolutionTests {
  /// What lies in a result before must not matter.
  private func filled(_ count: Int, _ write: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var result = [Float](repeating: .nan, count: count)
    write(&result)
    return result
  }

  /// Within 1e-5 of the largest number of all products: where parts nearly cancel, their sum is as exact as they are.
  private func expectEqual(_ found: [(name: String, values: [Float])], _ expected: [(name: String, values: [Float])], batch: Int) {
    let largest = expected.flatMap(\.values).reduce(0) { max($0, abs($1)) }
    for (ours, theirs) in zip(found, expected) {
      #expect(zip(ours.values, theirs.values).allSatisfy { abs($0 - $1) <= 1e-5 * largest }, "\(ours.name), batch \(batch)")
    }
  }

  /// Every product of a map with numbers of both signs, by name.
  ///
  /// - Parameter zeros: whether about half of the numbers are 0, as they are behind a ReLU.
  private func products(
    _ map: any LinearMap, _ g: ConvolutionGeometry, batch: Int, seed: UInt64, zeros: Bool = false
  ) -> [(name: String, values: [Float])] {
    var numbers = SeededNumbers(seed: seed)
    func drawn(_ count: Int) -> [Float] {
      let all = numbers.floats(count)
      return zeros ? zip(all, numbers.floats(count)).map { $1 > 0 ? $0 : 0 } : all
    }
    let x = drawn(batch * g.inputCount)
    let (a, c) = (drawn(batch * g.outputCount), drawn(batch * g.outputCount))
    let (inputs, outputs) = (batch * g.inputCount, batch * g.outputCount)
    let (bias, times) = (numbers.floats(g.outputChannels), numbers.floats(inputs))
    let product = filled(outputs) { map.product(x, .weights, batch: batch, bias: nil, into: ProductResults(sum: $0)) }
    var results = [(name: "product", values: product)]
    for split in [Split.products, .weights] {
      var (rectified, positive, negative, withoutNegative): ([Float], [Float], [Float], [Float]) = ([], [], [], [])
      let sum = filled(outputs) { sum in
        rectified = filled(outputs) { rectified in
          positive = filled(outputs) { positive in
            negative = filled(outputs) { negative in
              map.product(
                x, split, batch: batch, bias: bias,
                into: ProductResults(sum: sum, rectified: rectified, positive: positive, negative: negative))
            }
          }
        }
      }
      let alone = filled(outputs) { positive in
        withoutNegative = filled(outputs) { sum in
          map.product(x, split, batch: batch, bias: bias, into: ProductResults(sum: sum, positive: positive))
        }
      }
      results += [
        ("\(split), sum", sum), ("\(split), rectified", rectified), ("\(split), positive", positive), ("\(split), negative", negative),
        ("\(split), positive alone", alone), ("\(split), sum with the positive alone", withoutNegative),
      ]
    }
    let rectified = filled(outputs) { rectified in
      results.append(
        (
          "sum with bias",
          filled(outputs) {
            map.product(x, .weights, batch: batch, bias: bias, into: ProductResults(sum: $0, rectified: rectified))
          }
        ))
    }
    results.append(("rectified without parts", rectified))
    a.withUnsafeBufferPointer { a in
      c.withUnsafeBufferPointer { c in
        guard let a = a.baseAddress, let c = c.baseAddress else { return }
        for (name, factors) in [
          ("transposed", OutputFactors.all(a)), ("transposed, positive", .positive(a)),
          ("transposed, signed", .signed(positive: a, negative: c)),
        ] {
          results.append((name, filled(inputs) { map.transposed(factors, times: nil, batch: batch, into: $0) }))
          results.append(("\(name), times", filled(inputs) { map.transposed(factors, times: times, batch: batch, into: $0) }))
        }
      }
    }
    return results
  }

  @Test("Every product is the definition's, for batches of any size in any order", arguments: Subject.all, Shape.all)
  func definition(subject: Subject, shape: Shape) {
    let g = shape.geometry
    var numbers = SeededNumbers(seed: UInt64(truncatingIfNeeded: g.weightCount * 31 + g.inputCount))
    let weights = numbers.floats(g.weightCount)
    let (fast, slow) = (subject.kernels.prepare(g, weights: weights), ReferenceKernels().prepare(g, weights: weights))
    for batch in [2, 1, 5, 7, 1] {
      for zeros in [false, true] {
        expectEqual(
          products(fast, g, batch: batch, seed: 4, zeros: zeros), products(slow, g, batch: batch, seed: 4, zeros: zeros), batch: batch)
      }
    }
  }

  @Test("Weights that half precision holds but for a factor a row give the same products", arguments: Shape.all)
  func halves(shape: Shape) {
    let g = shape.geometry
    guard g.groups == 1 else { return }
    var numbers = SeededNumbers(seed: 17)
    // Multiples of 1/1024 up to 1 fit into half precision; a factor may be negative, and one is 0.
    let halves = numbers.floats(g.weightCount).map { ($0 * 1024).rounded() / 1024 }
    let factors = numbers.floats(g.outputChannels).enumerated().map { $0.offset == 1 ? 0 : $0.element * 3 }
    let perRow = g.weightCount / g.outputChannels
    let weights = halves.indices.map { halves[$0] * factors[$0 / perRow] }
    let fast = FusedKernels().prepare(g, weights: weights, rowFactors: factors)
    let slow = ReferenceKernels().prepare(g, weights: weights)
    for batch in [1, 6] {
      for zeros in [false, true] {
        expectEqual(
          products(fast, g, batch: batch, seed: 8, zeros: zeros), products(slow, g, batch: batch, seed: 8, zeros: zeros), batch: batch)
      }
    }
  }

  @Test("Weights that half precision does not hold are kept whole although factors are given")
  func noHalves() {
    let geometry = ConvolutionGeometry.dense(inputs: 3, outputs: 1)
    let weights: [Float] = [1.000_001, 70_000, 1e-9]
    let fast = FusedKernels().prepare(geometry, weights: weights, rowFactors: [1])
    let result = filled(1) { fast.product([1, 0, 0], .weights, batch: 1, bias: nil, into: ProductResults(sum: $0)) }
    #expect(result == [1.000_001])
    #expect(filled(1) { fast.product([0, 1, 0], .weights, batch: 1, bias: nil, into: ProductResults(sum: $0)) } == [70_000])
    #expect(filled(1) { fast.product([0, 0, 1], .weights, batch: 1, bias: nil, into: ProductResults(sum: $0)) } == [1e-9])
  }

  @Test("A negative part that is next to nothing beside the positive one is exact to its own size", arguments: Shape.all, [false, true])
  func smallParts(shape: Shape, isHalf: Bool) {
    let g = shape.geometry
    guard g.groups == 1 else { return }
    var numbers = SeededNumbers(seed: 23)
    // Each third weight takes away what is 2^-8 to 2^-17 of what the others give.
    let weights = numbers.floats(g.weightCount).enumerated().map { index, number in
      let size = (abs(number) * 1024).rounded() / 1024 + 0.5
      return index % 3 == 1 ? -size / Float(1 << (8 + index % 10)) : size
    }
    let (batch, outputs) = (3, 3 * g.outputCount)
    let x = numbers.floats(batch * g.inputCount).map { max(0, $0) }
    let factors = isHalf ? [Float](repeating: 1, count: g.outputChannels) : nil
    let map = FusedKernels().prepare(g, weights: weights, rowFactors: factors)
    let alone = ReferenceKernels().prepare(g, weights: weights.map { min(0, $0) })
    let expected = filled(outputs) { alone.product(x, .weights, batch: batch, bias: nil, into: ProductResults(sum: $0)) }
    for split in [Split.products, .weights] {
      var negative: [Float] = []
      _ = filled(outputs) { sum in
        _ = filled(outputs) { positive in
          negative = filled(outputs) { negative in
            map.product(x, split, batch: batch, bias: nil, into: ProductResults(sum: sum, positive: positive, negative: negative))
          }
        }
      }
      #expect(zip(negative, expected).allSatisfy { abs($0 - $1) <= 1e-4 * abs($1) }, "\(split)")
    }
  }

  @Test("The same numbers give the same bytes every time", arguments: Shape.all)
  func determinism(shape: Shape) {
    let g = shape.geometry
    var numbers = SeededNumbers(seed: 2)
    let map = FusedKernels().prepare(g, weights: numbers.floats(g.weightCount))
    let first = products(map, g, batch: 3, seed: 1)
    for _ in 0..<3 {
      for (again, before) in zip(products(map, g, batch: 3, seed: 1), first) { #expect(again.values == before.values, "\(again.name)") }
    }
  }

  @Test(
    "Wide vectors give the same bytes as narrow ones", .enabled(if: FusedKernels.VectorWidth.sixteen.isSupported), arguments: Shape.all)
  func widths(shape: Shape) {
    let g = shape.geometry
    guard g.groups == 1 else { return }
    var numbers = SeededNumbers(seed: 29)
    let weights = numbers.floats(g.weightCount).map { ($0 * 1024).rounded() / 1024 }
    for factors in [nil, [Float](repeating: 1, count: g.outputChannels)] {
      let (wide, narrow) = (
        FusedKernels(.sixteen).prepare(g, weights: weights, rowFactors: factors),
        FusedKernels(.eight).prepare(g, weights: weights, rowFactors: factors)
      )
      for (batch, zeros) in [(1, false), (1, true), (7, true)] {
        let pairs = zip(
          products(wide, g, batch: batch, seed: 3, zeros: zeros), products(narrow, g, batch: batch, seed: 3, zeros: zeros))
        for (ours, theirs) in pairs { #expect(ours.values == theirs.values, "\(ours.name), batch \(batch)") }
      }
    }
  }

  // Of 8 x 8 positions pictures are taken as a whole, of 24 x 24 in slices.
  @Test(
    "A picture's products are the same bytes alone and in a batch, where its zeros are skipped in one and multiplied in the other",
    arguments: [8, 24], [1, 2])
  func sameBytes(side: Int, stride: Int) {
    let g = Shape(64, side, side, 64, kernel: 3, stride: stride, padding: 1).geometry
    var numbers = SeededNumbers(seed: 5)
    let halves = numbers.floats(g.weightCount).map { ($0 * 1024).rounded() / 1024 }
    let factors = numbers.floats(g.outputChannels)
    let weights = halves.indices.map { halves[$0] * factors[$0 / (g.weightCount / g.outputChannels)] }
    for map in [FusedKernels().prepare(g, weights: weights, rowFactors: factors), FusedKernels().prepare(g, weights: weights)] {
      // Seven pictures without zeros make the batch too full to look for them.
      let sparse = numbers.floats(g.inputCount).map { max(0, $0) }
      let batch = sparse + numbers.floats(7 * g.inputCount)
      for wantsParts in [false, true] {
        func products(_ x: [Float], _ count: Int) -> [[Float]] {
          var positive = [Float](repeating: 0, count: count * g.outputCount)
          let sum = filled(count * g.outputCount) { sum in
            positive.withUnsafeMutableBufferPointer { positive in
              map.product(
                x, .weights, batch: count, bias: nil, into: ProductResults(sum: sum, positive: wantsParts ? positive.baseAddress : nil))
            }
          }
          return [sum, positive].map { Array($0.prefix(g.outputCount)) }
        }
        #expect(products(sparse, 1) == products(batch, 8))
      }
      let (one, all) = (
        filled(g.inputCount) { result in sparse.withUnsafeBufferPointer { a in transpose(map, a, batch: 1, into: result) } },
        filled(8 * g.inputCount) { result in batch.withUnsafeBufferPointer { a in transpose(map, a, batch: 8, into: result) } }
      )
      #expect(one == Array(all.prefix(g.inputCount)))
    }
  }

  private func transpose(
    _ map: any LinearMap, _ a: UnsafeBufferPointer<Float>, batch: Int, into result: UnsafeMutablePointer<Float>
  ) {
    guard let a = a.baseAddress else { return }
    map.transposed(.positive(a), times: nil, batch: batch, into: result)
  }

  @Test("<A x, y> = <x, transposed A y>", arguments: Subject.all, Shape.all)
  func adjoint(subject: Subject, shape: Shape) {
    let g = shape.geometry
    var numbers = SeededNumbers(seed: 9)
    let map = subject.kernels.prepare(g, weights: numbers.floats(g.weightCount))
    let (x, y) = (numbers.floats(g.inputCount), numbers.floats(g.outputCount))
    let forward = filled(g.outputCount) { map.product(x, .weights, batch: 1, bias: nil, into: ProductResults(sum: $0)) }
    let backward = y.withUnsafeBufferPointer { y in
      filled(g.inputCount) { result in
        if let y = y.baseAddress { map.transposed(.all(y), times: nil, batch: 1, into: result) }
      }
    }
    func product(_ a: [Float], _ b: [Float]) -> (sum: Double, size: Double) {
      zip(a, b).reduce(into: (0, 0)) {
        $0.0 += Double($1.0) * Double($1.1)
        $0.1 += abs(Double($1.0) * Double($1.1))
      }
    }
    let (left, right) = (product(forward, y), product(x, backward))
    #expect(abs(left.sum - right.sum) <= 1e-5 * max(left.size, right.size))
  }

  @Test("The caller's weights are copied, and maps do not disturb each other", arguments: Subject.all)
  func independence(subject: Subject) {
    let geometry = ConvolutionGeometry.dense(inputs: 2, outputs: 2)
    var weights: [Float] = [1, 2, 3, 4]
    let first = subject.kernels.prepare(geometry, weights: weights)
    weights = [10, 20, 30, 40]
    let second = subject.kernels.prepare(geometry, weights: weights)
    weights = [0, 0, 0, 0]
    for _ in 0..<2 {
      #expect(filled(4) { first.product([1, -1, 2, 0], .weights, batch: 2, bias: nil, into: ProductResults(sum: $0)) } == [-1, -1, 2, 6])
      #expect(filled(2) { second.product([1, -1], .weights, batch: 1, bias: nil, into: ProductResults(sum: $0)) } == [-10, -10])
    }
  }

  @Test("Shares of work do not overlap and together are all of it", arguments: [0, 1, 2, 3, 8, 100, 12_345])
  func shares(count: Int) {
    var visits = [Int](repeating: 0, count: count)
    visits.withUnsafeMutableBufferPointer { visits in
      let visits = visits
      FusedKernels().forEachShare(of: count) { share in
        for index in share { visits[index] += 1 }
      }
    }
    #expect(visits.allSatisfy { $0 == 1 })
    let parts = FusedKernels().mapParts(of: count, unit: 8) { $0 }
    #expect(parts.flatMap { Array($0) } == Array(0..<count))
  }
}
