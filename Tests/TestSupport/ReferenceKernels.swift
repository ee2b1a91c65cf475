import Networks
import Tensors

/// Convolutions by their definition: seven nested loops in double precision, to compare fast kernels with.
public struct ReferenceKernels: Kernels {
  public init() {}

  public func prepareForward(_ geometry: ConvolutionGeometry, weights: [Float]) -> any LinearMap {
    ReferenceMap(geometry: geometry, weights: weights, isTransposed: false)
  }

  public func prepareTransposed(_ geometry: ConvolutionGeometry, weights: [Float]) -> any LinearMap {
    ReferenceMap(geometry: geometry, weights: weights, isTransposed: true)
  }

  public func multiply(
    rows: Int, columns: Int, inner: Int, alpha: Float,
    _ a: UnsafePointer<Float>, leadingDimensionA: Int, transposedA: Bool,
    _ b: UnsafePointer<Float>, leadingDimensionB: Int, transposedB: Bool,
    beta: Float, _ c: UnsafeMutablePointer<Float>, leadingDimensionC: Int
  ) {
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for k in 0..<inner {
          let left = transposedA ? a[k * leadingDimensionA + row] : a[row * leadingDimensionA + k]
          let right = transposedB ? b[column * leadingDimensionB + k] : b[k * leadingDimensionB + column]
          sum += Double(left) * Double(right)
        }
        let old = beta == 0 ? 0 : Double(beta) * Double(c[row * leadingDimensionC + column])
        c[row * leadingDimensionC + column] = Float(Double(alpha) * sum + old)
      }
    }
  }
}

final class ReferenceMap: LinearMap {
  let geometry: ConvolutionGeometry
  let weights: [Float]
  let isTransposed: Bool

  init(geometry: ConvolutionGeometry, weights: [Float], isTransposed: Bool) {
    self.geometry = geometry
    self.weights = weights
    self.isTransposed = isTransposed
  }

  func apply(_ input: UnsafePointer<Float>, batch: Int, into output: UnsafeMutablePointer<Float>) {
    let g = geometry
    let (inputSize, outputSize) = isTransposed ? (g.outputCount, g.inputCount) : (g.inputCount, g.outputCount)
    for picture in 0..<batch {
      var sums = [Double](repeating: 0, count: outputSize)
      forEachConnection { weight, source, target in
        let (from, to) = isTransposed ? (target, source) : (source, target)
        sums[to] += Double(weights[weight]) * Double(input[picture * inputSize + from])
      }
      for index in 0..<outputSize { output[picture * outputSize + index] = Float(sums[index]) }
    }
  }

  /// Visits each (weight, input element, output element) that a convolution connects.
  private func forEachConnection(_ body: (Int, Int, Int) -> Void) {
    let g = geometry
    let channelsPerGroup = g.inputChannels / g.groups
    for output in 0..<g.outputChannels {
      let group = output / (g.outputChannels / g.groups)
      for channel in 0..<channelsPerGroup {
        for row in 0..<g.kernelHeight {
          for column in 0..<g.kernelWidth {
            let weight = ((output * channelsPerGroup + channel) * g.kernelHeight + row) * g.kernelWidth + column
            for y in 0..<g.outputHeight {
              let sourceY = y * g.stride - g.padding + row * g.dilation
              guard (0..<g.inputHeight).contains(sourceY) else { continue }
              for x in 0..<g.outputWidth {
                let sourceX = x * g.stride - g.padding + column * g.dilation
                guard (0..<g.inputWidth).contains(sourceX) else { continue }
                body(
                  weight, ((group * channelsPerGroup + channel) * g.inputHeight + sourceY) * g.inputWidth + sourceX,
                  (output * g.outputHeight + y) * g.outputWidth + x)
              }
            }
          }
        }
      }
    }
  }
}
