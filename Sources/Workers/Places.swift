import Datasets
import Files
import Foundation

/// Where the program finds what it was not told: shipped assets, data, its cache.
public struct Places: Sendable {
  /// The folder with the shipped network and map; nil where it cannot be found.
  public let assets: String?
  public let folders: StandardFolders
  /// `HEATLENS_MNIST`.
  private let dataFromEnvironment: String?

  /// Assets are looked for in `HEATLENS_ASSETS`, then beside the program's folder and in the folders above it (a build folder inside
  /// the checkout), then in `../share/heatlens`.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment, executable: String? = Self.executable) {
    var candidates: [String] = []
    if let folder = environment["HEATLENS_ASSETS"], !folder.isEmpty {
      candidates = [folder]
    } else if let executable {
      var folder = URL(fileURLWithPath: executable).deletingLastPathComponent()
      candidates.append(folder.deletingLastPathComponent().appendingPathComponent("share/heatlens").path)
      for _ in 0..<6 {
        candidates.append(folder.appendingPathComponent("Assets").path)
        folder = folder.deletingLastPathComponent()
      }
    }
    assets = candidates.first { FileManager.default.fileExists(atPath: "\($0)/\(Self.networkName)") }
    folders = StandardFolders(environment: environment)
    dataFromEnvironment = environment["HEATLENS_MNIST"].flatMap { $0.isEmpty ? nil : $0 }
  }

  public static let networkName = "resnet50-mnist.safetensors"

  public static var executable: String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }

  /// The network's file: the one that was asked for, or the shipped one.
  public func network(_ path: String?) throws(FileError) -> String {
    if let path { return path }
    guard let assets else {
      throw FileError(
        .noInput, path: "Assets/\(Self.networkName)", found: "cannot be found beside the program",
        allowed: "name its folder in HEATLENS_ASSETS, or a network with --model")
    }
    return "\(assets)/\(Self.networkName)"
  }

  /// Digits from where the person said; else from `HEATLENS_MNIST` or the folder that `Scripts/get-mnist` fills; else built-in ones.
  public func digits(_ path: String?) throws(FileError) -> DigitCollection {
    if let path = path ?? dataFromEnvironment { return try loadDigits(from: path) }
    if let folder = folders.path(.data).map({ "\($0)/mnist" }), FileManager.default.fileExists(atPath: folder) {
      return try loadDigits(from: folder)
    }
    return syntheticDigits()
  }

  public var composites: CompositeStore {
    CompositeStore(folder: folders.path(.config).map { "\($0)/composites" })
  }

  public var maps: MapStore {
    MapStore(cacheFolder: mapCache, shippedFolder: assets)
  }

  var predictions: PredictionStore {
    PredictionStore(cacheFolder: mapCache, shippedFolder: assets)
  }

  var channelRanks: ChannelRankStore { ChannelRankStore(folder: mapCache) }

  /// Where maps and what they are made of are kept for the next start.
  var mapCache: String? { folders.path(.cache).map { "\($0)/maps" } }

  /// Where pictures of the window and drawings go.
  func pictures() throws(FileError) -> String { try folders.created(.data) + "/pictures" }

  /// Where the last session is kept.
  public var session: String? { folders.path(.state).map { "\($0)/session.json" } }

  /// Where maps go that are saved for other programs.
  func exports() throws(FileError) -> String { try folders.created(.data) + "/maps" }
}
