import Networks
import Relevance

/// How relevance is shared out on its way back through the network: 1 starts. At each layer with sums of |R| m_j handed to its inputs, and b
/// and s absorbed by bias and stabilizer, input j gets m_j / (sum of m + |b| + |s|) of what arrives. So whatever is cut through, the shares
/// of the edges that are cut add up to what started, less what was absorbed on the way; and where relevance is let through some channels
/// only, less what the others had.
struct NetworkFlow: Sendable {
  /// For each layer the share that arrives at its output.
  let arriving: [Double]
  /// For each layer the share that it hands to each of its inputs.
  let handed: [[Double]]
  /// For each layer and input what is handed on, as sum of R.
  private let sums: [[Double]]

  /// Nil where the explanation knows nothing of layers.
  ///
  /// - Parameter conditions: the layers that let relevance through some channels only.
  init?(_ explanation: Explanation, _ network: Network, conditions: Set<String> = []) {
    let layers = explanation.layers
    guard layers.count == network.layers.count else { return nil }
    var arriving = [Double](repeating: 0, count: layers.count)
    var handed = network.layers.map { [Double](repeating: 0, count: $0.inputs.count) }
    // Sums of |R| that each layer was handed.
    var given = [Double](repeating: 0, count: layers.count)
    var hasStarted = false
    for index in layers.indices.reversed() {
      // Relevance starts at the last layer that any arrives at.
      if !hasStarted, layers[index].magnitude > 0 {
        hasStarted = true
        arriving[index] = 1
      }
      if conditions.contains(layers[index].name), given[index] > 0 { arriving[index] *= min(1, layers[index].magnitude / given[index]) }
      guard arriving[index] > 0, layers[index].inputs.count == network.layers[index].inputs.count else { continue }
      let magnitudes = layers[index].inputs.map { $0.magnitude.isFinite ? $0.magnitude : 0 }
      let absorbed = abs(layers[index].absorbedByBias) + abs(layers[index].absorbedByStabilizer)
      let total = magnitudes.reduce(0, +) + (absorbed.isFinite ? absorbed : 0)
      guard total > 0 else { continue }
      for (input, source) in network.layers[index].inputs.enumerated() {
        handed[index][input] = arriving[index] * magnitudes[input] / total
        arriving[source] += handed[index][input]
        given[source] += magnitudes[input]
      }
    }
    self.arriving = arriving
    self.handed = handed
    sums = layers.map { $0.inputs.map(\.sum) }
  }

  func share(of flow: VisibleGraph.Flow) -> Double { handed[flow.layer].indices.contains(flow.input) ? handed[flow.layer][flow.input] : 0 }

  /// Sum of R that goes along.
  func sum(of flow: VisibleGraph.Flow) -> Double { sums[flow.layer].indices.contains(flow.input) ? sums[flow.layer][flow.input] : 0 }

  func share(of edge: VisibleGraph.Edge) -> Double { edge.flows.reduce(0) { $0 + share(of: $1) } }
  func sum(of edge: VisibleGraph.Edge) -> Double { edge.flows.reduce(0) { $0 + sum(of: $1) } }

  /// Of what arrives at a layer, the part that this input gets, 0...1: what a sum owes to each of its ways.
  func part(of flow: VisibleGraph.Flow) -> Double {
    let whole = handed[flow.layer].reduce(0, +)
    return whole > 0 ? share(of: flow) / whole : 0
  }
}
