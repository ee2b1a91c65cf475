import AppCore
import Datasets
import Embedding
import Files
import Networks
import Relevance

/// What the numbers are that a map is made of: SHA-256 of the pictures, of the network and of what is taken of it.
public struct RepresentationKey: Sendable, Hashable {
  /// In hexadecimal.
  public let digest: String

  /// - Cost: about 5 ns for every byte of pictures and weights.
  /// - Parameter components: how many are kept of them.
  init(_ representation: Representation, pictures: String, network: String?, components: Int) {
    let what: String
    switch representation {
    case .pixels: what = "pixels"
    case .layer(let name): what = "layer \(name)"
    case .relevance(let composite): what = "relevance \(composite.json)"
    }
    digest = SHA256.hexDigest(of: Array("\(components) \(pictures) \(representation.needsNetwork ? network ?? "" : "") \(what)".utf8))
  }
}

extension DigitCollection {
  /// SHA-256 of the pictures.
  var contentDigest: String {
    let hash = SHA256()
    hash.update(Array("\(count) \(width) \(height)".utf8))
    pixels.withUnsafeBytes { hash.update($0) }
    return hash.finalized()
  }
}

extension Network {
  /// SHA-256 of everything that decides what it computes: preparation, layers, weights.
  var contentDigest: String {
    let hash = SHA256()
    func add(_ text: String) { hash.update(Array("\(text)\n".utf8)) }
    func add(_ numbers: [Float]) { numbers.withUnsafeBytes { hash.update($0) } }
    add("\(preprocessing)")
    for layer in layers {
      add("\(layer.name) \(layer.operation.kind) \(layer.inputs) \(layer.outputShape)")
      switch layer.operation {
      case .convolution(let convolution):
        add("\(convolution.geometry)")
        add(convolution.weights)
        add(convolution.bias)
      case .dense(let dense):
        add(dense.weights)
        add(dense.bias)
      case .affine(let scale, let shift):
        add(scale)
        add(shift)
      case .leakyRelu(let slope): add("\(slope)")
      case .clip(let low, let high): add("\(low) \(high)")
      case .maxPool(let pooling), .averagePool(let pooling): add("\(pooling)")
      case .pad(let padding, let value): add("\(padding) \(value)")
      case .input, .relu, .add, .concatenate, .reshape, .unsupported: break
      }
    }
    return hash.finalized()
  }
}

/// What predictions belong to: the pictures and the network.
public struct PredictionKey: Sendable, Equatable {
  /// SHA-256 in hexadecimal.
  public let digest: String

  /// - Cost: about 5 ns for every byte of pictures and weights.
  public init(digits: DigitCollection, network: Network) {
    digest = SHA256.hexDigest(of: Array("predictions \(digits.contentDigest) \(network.contentDigest)".utf8))
  }
}

/// What lists of the strongest pictures belong to: the pictures, the network, and how relevance is propagated.
struct RankingKey: Sendable, Equatable {
  /// SHA-256 in hexadecimal.
  let digest: String

  /// - Cost: about 5 ns for every byte of pictures and weights.
  /// - Parameter settings: nil where there is no relevance of layers, only what they give out.
  init(digits: DigitCollection, network: Network, settings: RelevanceSettings?) {
    var parts = ["channels", digits.contentDigest, network.contentDigest]
    if let settings {
      let stabilizer = settings.stabilizer.map { "\($0.epsilon) \($0.clips) \($0.scalesByNorm)" }
      parts += [
        settings.composite.json, settings.sumRule.rawValue, stabilizer ?? "own", "\(settings.zeroBias)", "\(settings.low ?? [])",
        "\(settings.high ?? [])",
      ]
    }
    digest = SHA256.hexDigest(of: Array(parts.joined(separator: " ").utf8))
  }
}

/// What a finished map belongs to: the numbers it was made of and the parameters it was made with.
public struct MapKey: Sendable, Equatable {
  /// SHA-256 in hexadecimal of everything that decides the map.
  public let digest: String

  /// A map of pixels.
  public init(digits: DigitCollection, parameters: EmbeddingParameters) {
    let hash = SHA256()
    hash.update(
      Array(
        "\(digits.count) \(digits.width) \(digits.height) \(parameters.perplexity) \(parameters.earlyIterations) \(parameters.iterations) \(parameters.exaggeration) \(parameters.components) \(parameters.seed)\(parameters.learningRateText)"
          .utf8))
    digits.pixels.withUnsafeBytes { hash.update($0) }
    digest = hash.finalized()
  }

  /// A map of other numbers, or one that starts from another map.
  init(_ representation: RepresentationKey, parameters: EmbeddingParameters, start: MapKey? = nil) {
    let parts = [
      representation.digest, "\(parameters.perplexity)", "\(parameters.earlyIterations)", "\(parameters.iterations)",
      "\(parameters.exaggeration)", "\(parameters.components)", "\(parameters.seed)\(parameters.learningRateText)", start?.digest ?? "",
    ]
    digest = SHA256.hexDigest(of: Array(parts.joined(separator: " ").utf8))
  }
}

extension EmbeddingParameters {
  /// Nothing for the usual rate, so that maps keep their names.
  fileprivate var learningRateText: String { learningRate.map { " \($0)" } ?? "" }
}
