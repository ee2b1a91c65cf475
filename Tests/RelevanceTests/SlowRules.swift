import Networks

@testable import Relevance

/// The rules written straight from their formulas, over an explicit list of connections, in double precision.
struct SlowLayer {
  struct Connection {
    let input: Int
    let output: Int
    let channel: Int
    let weight: Double
  }

  let connections: [Connection]
  let bias: [Double]
  let inputCount: Int
  let outputCount: Int

  init(_ geometry: ConvolutionGeometry, weights: [Float], bias channelBias: [Float]) {
    let g = geometry
    var connections: [Connection] = []
    let perGroup = g.inputChannels / g.groups
    for o in 0..<g.outputChannels {
      for y in 0..<g.outputHeight {
        for x in 0..<g.outputWidth {
          for c in 0..<perGroup {
            for r in 0..<g.kernelHeight {
              for s in 0..<g.kernelWidth {
                let row = y * g.stride - g.padding + r * g.dilation
                let column = x * g.stride - g.padding + s * g.dilation
                guard row >= 0, row < g.inputHeight, column >= 0, column < g.inputWidth else { continue }
                let channel = o / (g.outputChannels / g.groups) * perGroup + c
                connections.append(
                  Connection(
                    input: (channel * g.inputHeight + row) * g.inputWidth + column, output: (o * g.outputHeight + y) * g.outputWidth + x,
                    channel: channel, weight: Double(weights[((o * perGroup + c) * g.kernelHeight + r) * g.kernelWidth + s])))
              }
            }
          }
        }
      }
    }
    self.connections = connections
    inputCount = g.inputCount
    outputCount = g.outputCount
    bias = (0..<g.outputCount).map { Double(channelBias[$0 / (g.outputHeight * g.outputWidth)]) }
  }

  func relevance(_ rule: Rule, input x: [Float], relevance: [Float]) -> [Double] {
    func plus(_ value: Double) -> Double { max(0, value) }
    func minus(_ value: Double) -> Double { min(0, value) }
    func at(_ c: Connection) -> Double { Double(x[c.input]) }
    switch rule {
    case .epsilon(let epsilon):
      return shares(relevance, epsilon: Double(epsilon), bias: { $0 }, contribution: { at($0) * $0.weight })
    case .zPlus:
      return shares(relevance, bias: plus, contribution: { plus(at($0)) * plus($0.weight) + minus(at($0)) * minus($0.weight) })
    case .alphaBeta(let alpha, let beta):
      let positive = shares(relevance, bias: plus, contribution: { plus(at($0)) * plus($0.weight) + minus(at($0)) * minus($0.weight) })
      let negative = shares(relevance, bias: minus, contribution: { plus(at($0)) * minus($0.weight) + minus(at($0)) * plus($0.weight) })
      return zip(positive, negative).map { Double(alpha) * $0 - Double(beta) * $1 }
    case .flat:
      return shares(relevance, bias: { _ in 0 }, contribution: { _ in 1 })
    case .zBox(let low, let high):
      return shares(
        relevance, bias: { _ in 0 },
        contribution: {
          at($0) * $0.weight - Double(low[$0.channel]) * plus($0.weight) - Double(high[$0.channel]) * minus($0.weight)
        })
    case .norm, .pass, .winnerTakesAll: preconditionFailure("not a rule of linear layers")
    }
  }

  /// R_i = sum_k part_ik R_k / s(sum_i part_ik + bias part of k).
  private func shares(
    _ relevance: [Float], epsilon: Double = 1e-6, bias part: (Double) -> Double, contribution: (Connection) -> Double
  ) -> [Double] {
    var denominators = bias.map(part)
    for connection in connections { denominators[connection.output] += contribution(connection) }
    var result = [Double](repeating: 0, count: inputCount)
    for connection in connections {
      let z = denominators[connection.output]
      result[connection.input] += contribution(connection) * Double(relevance[connection.output]) / (z >= 0 ? z + epsilon : z - epsilon)
    }
    return result
  }
}
