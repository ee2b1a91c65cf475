import Networks
import Tensors

extension Explainer {
  /// (sum over channels of alpha_c A_c)+ with A_c the activations of a layer and alpha_c the mean of the target's gradient over the
  /// channel's positions. Selvaraju et al. 2017, eq. 1 and 2. The map has the layer's size (`coarseMap`) and is enlarged to the input's
  /// by linear interpolation between the centres of positions. Cost: one gradient.
  ///
  /// - Parameter layer: any layer that the target depends on; nil: the last of them that has more than one position.
  func gradCAM(_ pictures: AttributedPictures, layer name: String?, isCancelled: () -> Bool) throws(RelevanceError) -> AttributedRows? {
    guard pictures.shape.count == 3 else { throw .parameter("Grad-CAM needs an input of rows and columns") }
    let trace = pictures.trace
    let named: Int? = if let name { try network.layer(named: name) } else { nil }
    let start = (layer: pictures.subjects.layer, factors: pictures.subjects.factors)
    guard let gradients = GradientPass(weights).gradients(trace, start: start, isCancelled: isCancelled) else { return nil }
    let last = gradients.indices.last { gradients[$0] != nil && trace.outputs[$0].area > 1 }
    guard let chosen = named ?? last else { throw .parameter("no layer that the target depends on has more than one position") }
    guard let gradient = gradients[chosen] else {
      throw .parameter("the target does not depend on layer \(network.layers[chosen].name)")
    }
    guard named == nil || trace.outputs[chosen].area > 1 else {
      throw .parameter("layer \(network.layers[chosen].name) has one position only: Grad-CAM's map would be the same everywhere")
    }
    let activation = trace.outputs[chosen]
    let coarse = (0..<trace.batch).map { Self.classActivation(activation[$0], gradient: gradient[$0]) }
    let (height, width) = (pictures.shape[1], pictures.shape[2])
    let enlarged = coarse.map { map in
      Tensor(
        shape: [1, height, width],
        values: Preprocessing.resize(map.values, from: (map.shape[1], map.shape[2]), to: (height, width)))
    }
    return AttributedRows(enlarged, coarseMaps: coarse.map { Explanation.CoarseMap(layer: network.layers[chosen].name, map: $0) })
  }

  /// `[1, H, W]` from one picture's activations and gradient.
  private static func classActivation(_ activation: FeatureMaps, gradient: FeatureMaps) -> Tensor {
    let (channels, area) = (activation.channels, activation.area)
    var means = [Double](repeating: 0, count: channels)
    for index in gradient.values.indices { means[index % channels] += Double(gradient.values[index]) / Double(area) }
    let values = (0..<area).map { position in
      Float(max(0, (0..<channels).reduce(0.0) { $0 + means[$1] * Double(activation.values[position * channels + $1]) }))
    }
    return Tensor(shape: [1, activation.height, activation.width], values: values)
  }
}
