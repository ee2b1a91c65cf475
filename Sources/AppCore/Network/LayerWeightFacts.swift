import Networks
import Scene

/// The weights of a layer, with what was merged into them, in a few numbers.
public struct LayerWeightFacts: Sendable, Equatable {
  public let weights: NumberStatistics
  public let bias: NumberStatistics

  /// Nil where the layer has none. Cost: two passes over them.
  public init?(_ layer: Layer) {
    switch layer.operation {
    case .convolution(let convolution):
      weights = NumberStatistics(convolution.weights)
      bias = NumberStatistics(convolution.bias)
    case .dense(let dense):
      weights = NumberStatistics(dense.weights)
      bias = NumberStatistics(dense.bias)
    default: return nil
    }
  }
}

extension Layer {
  /// Whether the numbers that are computed with are others than the file's: it counts more of them, those of a normalization.
  var hasMergedNormalization: Bool {
    switch operation {
    case .convolution(let convolution): convolution.rowFactors != nil || parameterCount > convolution.weights.count + convolution.bias.count
    default: false
    }
  }
}

/// The kernels of a convolution that reads the picture, as pictures.
struct LayerFilters: Sendable {
  let layer: Int
  /// One for each output channel.
  let pictures: [ImageAsset]
  let height: Int
  let width: Int
  /// What the ends of the colours stand for; nil where three channels are shown as red, green and blue.
  let end: Float?

  /// Kernels that read more channels than these are no pictures.
  static let mostChannels = 4
}

extension AppState {
  /// Makes the filters those of a layer, where they can be seen as pictures: its kernels read one channel, or the three of a coloured
  /// picture.
  mutating func refreshFilters(_ layer: Int) {
    guard view.inspector.filters?.layer != layer else { return }
    view.inspector.filters = nil
    guard let network, case .convolution(let convolution) = network.network.layers[layer].operation else { return }
    let geometry = convolution.geometry
    let (channels, height, width) = (geometry.inputsPerGroup, geometry.kernelHeight, geometry.kernelWidth)
    guard height * width > 1, channels <= LayerFilters.mostChannels, network.readsPicture(layer) else { return }
    let size = height * width
    let largest = convolution.weights.reduce(0) { max($0, abs($1)) }
    let pictures = (0..<geometry.outputChannels).map { output -> PixelBuffer in
      let kernel = convolution.weights[output * channels * size..<(output + 1) * channels * size]
      if channels == 3 { return Pictures.colours(kernel, width, height) }
      // Several channels of a grey picture: what they come to together.
      let sums = (0..<size).map { place in (0..<channels).reduce(Float(0)) { $0 + kernel[kernel.startIndex + $1 * size + place] } }
      return Pictures.heatmap(sums, width, height, largest, signColormap)
    }
    view.inspector.filters = LayerFilters(
      layer: layer, pictures: pictures.enumerated().map { asset("filter.\($0)", $1) }, height: height, width: width,
      end: channels == 3 ? nil : largest)
  }
}

extension LoadedNetwork {
  /// Whether nothing with weights stands between the picture and a layer.
  func readsPicture(_ layer: Int) -> Bool {
    var next = network.layers[layer].inputs
    while let source = next.first {
      if network.layers[source].hasWeights { return false }
      next = network.layers[source].inputs
    }
    return true
  }
}

extension Pictures {
  /// Three planes as red, green and blue, from the smallest number to the largest.
  static func colours(_ values: ArraySlice<Float>, _ width: Int, _ height: Int) -> PixelBuffer {
    let size = width * height
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let range = max(high - low, .leastNormalMagnitude)
    var rgba = [UInt8](repeating: 255, count: 4 * size)
    for place in 0..<size {
      for channel in 0..<3 {
        let value = (values[values.startIndex + channel * size + place] - low) / range
        rgba[4 * place + channel] = value.isFinite ? UInt8(min(1, max(0, value)) * 255) : 0
      }
    }
    return PixelBuffer(width: width, height: height, rgba: rgba)
  }
}
