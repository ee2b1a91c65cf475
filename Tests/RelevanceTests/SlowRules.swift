import Networks
import Relevance

/// A layer with weights as an explicit list of connections, in double precision. Numbers are in the order of `[C, H, W]`.
struct SlowLayer {
  struct Connection {
    let input: Int
    let output: Int
    let inputChannel: Int
    let weight: Double
  }

  let connections: [Connection]
  /// For each output.
  let bias: [Double]
  let inputCount: Int
  let inputChannels: Int

  init(_ g: ConvolutionGeometry, weights: [Float], bias channelBias: [Float]) {
    let window = g.window
    var connections: [Connection] = []
    let perGroup = g.inputChannels / g.groups
    for o in 0..<g.outputChannels {
      for y in 0..<g.outputHeight {
        for x in 0..<g.outputWidth {
          for c in 0..<perGroup {
            for r in 0..<window.kernelHeight {
              for s in 0..<window.kernelWidth {
                let row = y * window.strideHeight - window.padding.top + r * window.dilationHeight
                let column = x * window.strideWidth - window.padding.left + s * window.dilationWidth
                guard row >= 0, row < g.inputHeight, column >= 0, column < g.inputWidth else { continue }
                let channel = o / (g.outputChannels / g.groups) * perGroup + c
                connections.append(
                  Connection(
                    input: (channel * g.inputHeight + row) * g.inputWidth + column, output: (o * g.outputHeight + y) * g.outputWidth + x,
                    inputChannel: channel, weight: Double(weights[((o * perGroup + c) * window.kernelHeight + r) * window.kernelWidth + s]))
                )
              }
            }
          }
        }
      }
    }
    self.connections = connections
    inputCount = g.inputCount
    inputChannels = g.inputChannels
    bias = (0..<g.outputCount).map { Double(channelBias[$0 / (g.outputHeight * g.outputWidth)]) }
  }

  init(_ layer: Layer) throws {
    guard let linear = layer.linear else { throw SlowError.noWeights(layer.name) }
    self.init(linear.geometry, weights: linear.weights, bias: linear.bias)
  }

  /// z_k = sum_i x_i w_ik + b_k.
  func output(_ x: [Double]) -> [Double] {
    var z = bias
    for c in connections { z[c.output] += x[c.input] * c.weight }
    return z
  }
}

enum SlowError: Error {
  case noWeights(String)
  case noFormula(Rule)
}

/// Relevance of a layer's inputs, and what none of them gets.
struct SlowRelevance {
  var inputs: [Double]
  var byBias = 0.0
  var byStabilizer = 0.0

  /// a times this plus b times the other.
  func combined(_ a: Double, with other: SlowRelevance, _ b: Double) -> SlowRelevance {
    SlowRelevance(
      inputs: zip(inputs, other.inputs).map { a * $0 + b * $1 }, byBias: a * byBias + b * other.byBias,
      byStabilizer: a * byStabilizer + b * other.byStabilizer)
  }
}

private func plus(_ value: Double) -> Double { max(0, value) }
private func minus(_ value: Double) -> Double { min(0, value) }

/// s(z): z + eps sign(z), sign(0) = +1; `clips`: sign(z) max(|z|, eps); `scalesByNorm`: eps times the root mean square of all z.
func slowStabilized(_ z: [Double], _ stabilizer: Stabilizer) -> [Double] {
  var epsilon = Double(stabilizer.epsilon)
  if stabilizer.scalesByNorm { epsilon *= (z.reduce(0) { $0 + $1 * $1 } / Double(z.count)).squareRoot() }
  return z.map { z in
    let sign = z < 0 ? -1.0 : 1.0
    return stabilizer.clips ? sign * max(abs(z), epsilon) : z + sign * epsilon
  }
}

extension SlowLayer {
  /// The rules as their papers write them, one after another.
  ///
  /// - Parameters:
  ///   - bounds: low and high of zBox where the rule does not say, for each channel.
  ///   - ignoresBias: whether b is taken as 0.
  func relevance(
    _ rule: Rule, stabilizer: Stabilizer, bounds: (low: [Float], high: [Float]) = ([], []), ignoresBias: Bool = false, input x: [Double],
    relevance: [Double]
  ) throws -> SlowRelevance {
    let b = ignoresBias ? bias.map { _ in 0 } : bias
    let every = [Bool](repeating: true, count: b.count)
    // The part of x_i w_ik that is positive, and the one that is negative, by the signs of both.
    func speaksFor(_ c: Connection) -> Double { plus(x[c.input]) * plus(c.weight) + minus(x[c.input]) * minus(c.weight) }
    func speaksAgainst(_ c: Connection) -> Double { plus(x[c.input]) * minus(c.weight) + minus(x[c.input]) * plus(c.weight) }
    switch rule {
    case .lrp0:
      return shares(relevance, Stabilizer(epsilon: 0), bias: b, of: every) { x[$0.input] * $0.weight }
    case .epsilon:
      return shares(relevance, stabilizer, bias: b, of: every) { x[$0.input] * $0.weight }
    case .gamma(let gamma):
      let g = Double(gamma)
      var z = b
      for c in connections { z[c.output] += x[c.input] * c.weight }
      let above = shares(relevance, stabilizer, bias: b.map { $0 + g * plus($0) }, of: z.map { $0 > 0 }) { c in
        plus(x[c.input]) * (c.weight + g * plus(c.weight)) + minus(x[c.input]) * (c.weight + g * minus(c.weight))
      }
      let below = shares(relevance, stabilizer, bias: b.map { $0 + g * minus($0) }, of: z.map { $0 < 0 }) { c in
        plus(x[c.input]) * (c.weight + g * minus(c.weight)) + minus(x[c.input]) * (c.weight + g * plus(c.weight))
      }
      var result = above.combined(1, with: below, 1)
      for k in z.indices where z[k] == 0 { result.byStabilizer += relevance[k] }
      return result
    case .zPlus:
      return shares(relevance, stabilizer, bias: b.map(plus), of: every, speaksFor)
    case .alphaBeta(let alpha, let beta):
      return shares(relevance, stabilizer, bias: b.map(plus), of: every, speaksFor).combined(
        Double(alpha), with: shares(relevance, stabilizer, bias: b.map(minus), of: every, speaksAgainst), -Double(beta))
    case .zBox(let low, let high):
      func bound(_ own: [Float]?, _ other: [Float], _ channel: Int) -> Double {
        let values = own ?? other
        return Double(values.count == 1 ? values[0] : values[channel])
      }
      return shares(relevance, stabilizer, bias: b.map { _ in 0 }, of: every) { c in
        x[c.input] * c.weight - bound(low, bounds.low, c.inputChannel) * plus(c.weight)
          - bound(high, bounds.high, c.inputChannel) * minus(c.weight)
      }
    case .wSquare:
      return shares(relevance, stabilizer, bias: b.map { $0 * $0 }, of: every) { $0.weight * $0.weight }
    case .flat:
      return shares(relevance, stabilizer, bias: b.map { _ in 0 }, of: every) { _ in 1 }
    case .norm, .pass, .winnerTakesAll: throw SlowError.noFormula(rule)
    }
  }

  /// R_i = sum_k part_ik R_k / s(sum_i part_ik + bias part of k) over the outputs `counted`; nothing where s(...) is 0.
  private func shares(
    _ relevance: [Double], _ stabilizer: Stabilizer, bias: [Double], of counted: [Bool], _ part: (Connection) -> Double
  ) -> SlowRelevance {
    var z = bias
    for c in connections { z[c.output] += part(c) }
    let s = slowStabilized(z, stabilizer)
    var result = SlowRelevance(inputs: [Double](repeating: 0, count: inputCount))
    for c in connections where counted[c.output] && s[c.output] != 0 {
      result.inputs[c.input] += part(c) * relevance[c.output] / s[c.output]
    }
    for k in z.indices where counted[k] {
      if s[k] == 0 {
        result.byStabilizer += relevance[k]
      } else {
        result.byBias += bias[k] * relevance[k] / s[k]
        result.byStabilizer += (s[k] - z[k]) * relevance[k] / s[k]
      }
    }
    return result
  }
}
