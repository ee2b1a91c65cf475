import Networks
import Tensors

/// How strong every channel of every layer is in each picture of a batch.
public struct ChannelStrengths: Sendable {
  /// For each layer `[N, C]`: the channel's relevance, summed over all positions; nil where the attribution knows nothing of layers.
  public let relevance: [[Float]]?
  /// For each layer `[N, C]`: the largest number that the channel gives out.
  public let activation: [[Float]]
}

extension Explainer {
  /// How strong every channel is in each of the inputs `[N, C, H, W]`; nil when cancelled.
  ///
  /// Cost: that of explaining them, or of predicting them where the attribution knows nothing of layers, and one more pass over what layers
  /// give out; nothing is copied.
  public func channelStrengths(
    batch input: Tensor, _ query: Query, isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> ChannelStrengths? {
    guard let trace = try trace(of: FeatureMaps(input), for: query.attribution, isCancelled: isCancelled) else { return nil }
    var relevance: [[Float]]?
    if case .relevance(let settings) = query.attribution {
      let subjects = try Subjects(network, trace: trace, targets: [query.target])
      guard let found = try layerwise(try plan(settings), query, trace, subjects, isCancelled: isCancelled) else { return nil }
      relevance = ofLayers { layer in
        guard let maps = found.relevance[layer] else { return [Float](repeating: 0, count: trace.batch * trace.outputs[layer].channels) }
        return (0..<maps.batch).flatMap { maps.sumsByChannel(ofPicture: $0).map { Float($0) } }
      }
    }
    let activation = ofLayers { layer in (0..<trace.batch).flatMap { trace.outputs[layer].largestByChannel(ofPicture: $0) } }
    return ChannelStrengths(relevance: relevance, activation: activation)
  }

  /// What `body` makes of each layer's index, on several threads.
  private func ofLayers(_ body: (Int) -> [Float]) -> [[Float]] {
    let count = network.layers.count
    // Neighbours are about equally large: each share has some of all sizes.
    let shares = min(count, 16)
    return [[Float]](unsafeUninitializedCapacity: count) { buffer, initialized in
      weights.kernels.forEachShare(of: shares) { some in
        for share in some {
          for layer in stride(from: share, to: count, by: shares) { buffer.initializeElement(at: layer, to: body(layer)) }
        }
      }
      initialized = count
    }
  }
}
