import AppCore
import Datasets
import Networks
import Relevance
import Tensors

/// Turns pictures into what a map is made of: the outputs of layers, or relevance of the input. Not for use by two threads at once.
final class Representer {
  private let network: Network
  private let layers: [Int]
  private let composite: Composite?
  private let forward: ForwardPass?
  private let explainer: Explainer?

  /// - Parameter representations: layers, or one relevance.
  /// - Returns: nil where the network has no such layer, cannot run, or where only pixels are asked for.
  init?(_ representations: [Representation], network: Network, kernels: any Kernels) {
    guard network.unsupported.isEmpty, !representations.isEmpty else { return nil }
    var layers: [Int] = []
    var composite: Composite?
    for representation in representations {
      switch representation {
      case .pixels: return nil
      case .layer(let name):
        guard let index = network.index(ofLayerNamed: name) else { return nil }
        layers.append(index)
      case .relevance(let wanted): composite = wanted
      }
    }
    guard composite == nil || layers.isEmpty else { return nil }
    self.network = network
    self.layers = layers
    self.composite = composite
    forward = composite == nil ? ForwardPass(network, kernels: kernels) : nil
    explainer = composite == nil ? nil : Explainer(network, kernels: kernels)
  }

  /// How many numbers one picture becomes, for each representation.
  var dimensions: [Int] {
    composite == nil ? layers.map { network.layers[$0].outputCount } : [network.layers[0].outputCount]
  }

  /// For each representation `[pictures, numbers]`; nil when cancelled.
  func rows(
    of pictures: [[UInt8]], width: Int, height: Int, isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> [[Float]]? {
    let inputs = network.inputs(pictures, width: width, height: height)
    if let explainer, let composite {
      let query = Query(.relevance(RelevanceSettings(composite: composite)))
      guard let found = try explainer.explain(batch: inputs, query, keepsLayers: false, isCancelled: isCancelled) else { return nil }
      return [found.flatMap(\.relevance.values)]
    }
    guard let trace = forward?.trace(of: FeatureMaps(inputs), isCancelled: isCancelled) else { return nil }
    return layers.map { trace.outputs[$0].values }
  }
}
