import Datasets
import Networks

/// The data set with what is asked of it in every frame.
struct LoadedData: Sendable {
  let collection: DigitCollection
  let revision: Int
  /// What the status line calls it.
  let title: String
  var predictions: Predictions

  init(_ collection: DigitCollection, revision: Int) {
    self.collection = collection
    self.revision = revision
    predictions = Predictions(digits: collection.count)
    title =
      switch collection.origin {
      case .files(let path): lastComponent(of: path)
      case .synthetic: "synthetic digits"
      }
  }

  func picture(_ index: Int) -> GrayPicture {
    GrayPicture(width: collection.width, height: collection.height, pixels: Array(collection.picture(index)))
  }

  /// "train #12" or "test #3" as the splits count.
  func splitTitle(_ index: Int) -> String {
    index < collection.trainCount ? "train #\(index)" : "test #\(index - collection.trainCount)"
  }
}

struct LoadedNetwork: Sendable {
  let network: Network
  let path: String
  let revision: Int
  let outline: NetworkOutline
  /// The layers that keep it from running, by themselves.
  let unsupported: Set<Int>
  /// Why it cannot run; nil where it can.
  let problem: String?
  /// Whether all digits can be predicted without being asked for: minutes, not hours.
  let isQuick: Bool

  /// The shipped network gives out a million and a half numbers for a picture, a ResNet50 for pictures of 224 x 224 twenty million.
  private static let quickNumbers = 4 << 20

  init(_ network: Network, path: String, revision: Int) {
    self.network = network
    self.path = path
    self.revision = revision
    outline = NetworkOutline(network)
    let names = Set(network.unsupported.map(\.name))
    unsupported = Set(network.layers.indices.filter { names.contains(network.layers[$0].name) })
    problem = network.problem
    isQuick = network.layers.reduce(0) { $0 + $1.outputCount } <= Self.quickNumbers
  }
}
