import Networks

/// A network's weights, packed once for all plans. Not for use by two threads at once.
public final class PackedWeights {
  public let network: Network
  public let forward: ForwardPass
  let kernels: any Kernels
  private var weights: [Int: LayerWeights] = [:]

  public init(_ network: Network, kernels: any Kernels) {
    self.network = network
    self.kernels = kernels
    forward = ForwardPass(network, kernels: kernels)
  }

  func weights(ofLayer index: Int) -> LayerWeights {
    if let known = weights[index] { return known }
    let layer = network.layers[index]
    guard let linear = layer.linear, let map = forward.linearMap(ofLayer: index) else { preconditionFailure("\(layer.name) has weights") }
    let made = LayerWeights(
      linear, inputShape: network.layers[layer.inputs[0]].outputShape, outputShape: layer.outputShape, map: map, kernels: kernels)
    weights[index] = made
    return made
  }
}
