import Networks
import Tensors

/// Convolutions by their definition: seven nested loops in double precision, to compare fast kernels with.
public struct ReferenceKernels: Kernels {
  public init() {}

  public func prepare(_ geometry: ConvolutionGeometry, weights: [Float], rowFactors: [Float]?) -> any LinearMap {
    ReferenceMap(geometry: geometry, weights: weights)
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

/// Every product by its definition, over an explicit list of connections.
final class ReferenceMap: LinearMap {
  private struct Connection {
    let input: Int
    let output: Int
    let weight: Double
  }

  private let geometry: ConvolutionGeometry
  private let connections: [Connection]

  init(geometry: ConvolutionGeometry, weights: [Float]) {
    self.geometry = geometry
    let (g, window) = (geometry, geometry.window)
    var connections: [Connection] = []
    for output in 0..<g.outputChannels {
      let group = output / g.outputsPerGroup
      for channel in 0..<g.inputsPerGroup {
        for row in 0..<window.kernelHeight {
          for column in 0..<window.kernelWidth {
            let weight = ((output * g.inputsPerGroup + channel) * window.kernelHeight + row) * window.kernelWidth + column
            for y in 0..<g.outputHeight {
              let sourceY = y * window.strideHeight - window.padding.top + row * window.dilationHeight
              guard (0..<g.inputHeight).contains(sourceY) else { continue }
              for x in 0..<g.outputWidth {
                let sourceX = x * window.strideWidth - window.padding.left + column * window.dilationWidth
                guard (0..<g.inputWidth).contains(sourceX) else { continue }
                connections.append(
                  Connection(
                    input: (sourceY * g.inputWidth + sourceX) * g.inputChannels + group * g.inputsPerGroup + channel,
                    output: (y * g.outputWidth + x) * g.outputChannels + output, weight: Double(weights[weight])))
              }
            }
          }
        }
      }
    }
    self.connections = connections
  }

  func product(
    _ x: UnsafePointer<Float>, _ split: Split, batch: Int, bias: UnsafePointer<Float>?, into results: ProductResults
  ) {
    forward(batch, into: results.sum, bias: bias) { $0.weight * Double(x[$1]) }
    for index in 0..<batch * geometry.outputCount { results.rectified?[index] = max(results.sum[index], 0) }
    func part(isPositive: Bool, _ connection: Connection, _ input: Float) -> Double {
      let product = connection.weight * Double(input)
      let judged = split == .products ? product : connection.weight
      return (judged > 0) == isPositive ? product : 0
    }
    if let p = results.positive { forward(batch, into: p) { part(isPositive: true, $0, x[$1]) } }
    if let n = results.negative { forward(batch, into: n) { part(isPositive: false, $0, x[$1]) } }
  }

  func transposed(_ factors: OutputFactors, times: UnsafePointer<Float>?, batch: Int, into u: UnsafeMutablePointer<Float>) {
    backward(batch, into: u) { connection, index in
      let factor: Float =
        switch factors {
        case .all(let a): a[index]
        case .positive(let a): connection.weight > 0 ? a[index] : 0
        case .signed(let a, let c): connection.weight > 0 ? a[index] : c[index]
        }
      return connection.weight * Double(factor)
    }
    if let times { for index in 0..<batch * geometry.inputCount { u[index] *= times[index] } }
  }

  /// Adds up at each output what `term` makes of each connection and the index of its input in the batch.
  private func forward(
    _ batch: Int, into result: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>? = nil, _ term: (Connection, Int) -> Double
  ) {
    for picture in 0..<batch {
      var sums = [Double](repeating: 0, count: geometry.outputCount)
      for connection in connections { sums[connection.output] += term(connection, picture * geometry.inputCount + connection.input) }
      for index in sums.indices {
        let shift = bias?[index % geometry.outputChannels] ?? 0
        result[picture * sums.count + index] = Float(sums[index] + Double(shift))
      }
    }
  }

  /// Adds up at each input what `term` makes of each connection and the index of its output in the batch.
  private func backward(_ batch: Int, into result: UnsafeMutablePointer<Float>, _ term: (Connection, Int) -> Double) {
    for picture in 0..<batch {
      var sums = [Double](repeating: 0, count: geometry.inputCount)
      for connection in connections { sums[connection.input] += term(connection, picture * geometry.outputCount + connection.output) }
      for index in sums.indices { result[picture * sums.count + index] = Float(sums[index]) }
    }
  }
}
