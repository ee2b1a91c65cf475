import AppCore
import Datasets
import Embedding
import Files
import Foundation
import Testing

@testable import Workers

@Suite("Maps on disk") struct MapFileTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path
  private let digits = syntheticDigits(count: 50, seed: 4)
  private var key: MapKey { MapKey(digits: digits, parameters: .init()) }
  private let positions: [Float] = (0..<100).map { Float($0 * $0 % 37) - 18.5 + Float($0) / 1000 }

  private var map: EmbeddedMap { EmbeddedMap(positions: positions, divergence: 2.816, labelAgreement: 0.9625) }

  init() throws { try createFolder(folder) }

  private func path(_ name: String) -> String { "\(folder)/\(name)" }

  @Test("A map comes back to within half a step of 1/65535 of its width")
  func roundTrip() throws {
    try MapFile.write(map, key: key, to: path("a.map"))
    let file = try MapFile.read(path("a.map"), key: key, count: 50)
    #expect(file.divergence == Double(Float(2.816)) && file.neighboursKept == nil && file.labelAgreement == Double(Float(0.9625)))
    let back = file.positions
    for axis in 0..<2 {
      let values = stride(from: axis, to: 100, by: 2).map { positions[$0] }
      let step = ((values.max() ?? 0) - (values.min() ?? 0)) / 65535
      for index in stride(from: axis, to: 100, by: 2) { #expect(abs(back[index] - positions[index]) <= 0.51 * step + 1e-5) }
    }
  }

  @Test("A map in one place has no width and still comes back")
  func constant() throws {
    try MapFile.write(EmbeddedMap(positions: [Float](repeating: 3, count: 100)), key: key, to: path("c.map"))
    #expect(try MapFile.read(path("c.map"), key: key, count: 50).positions == [Float](repeating: 3, count: 100))
  }

  @Test("A map that is cut, changed, of other data or missing is refused")
  func refusals() throws {
    try MapFile.write(map, key: key, to: path("a.map"))
    let bytes = try readFile(path("a.map"), limit: 1 << 20)
    let changes: [(String, [UInt8])] = [
      ("empty", []), ("cut", Array(bytes.dropLast())), ("longer", bytes + [0]),
      ("a position", bytes.enumerated().map { $0.offset == 130 ? $0.element ^ 1 : $0.element }),
      ("the version", bytes.enumerated().map { $0.offset == 7 ? $0.element + 1 : $0.element }),
    ]
    for (name, changed) in changes {
      try writeFileAtomically(changed, to: path("b.map"))
      #expect(throws: FileError.self, "\(name)") { try MapFile.read(path("b.map"), key: key, count: 50) }
    }
    let other = MapKey(digits: syntheticDigits(count: 50, seed: 5), parameters: .init())
    #expect(throws: FileError.self) { try MapFile.read(path("a.map"), key: other, count: 50) }
    #expect(throws: FileError.self) { try MapFile.read(path("missing.map"), key: key, count: 50) }
  }

  @Test("The key changes with the pixels, the parameters and nothing else")
  func keys() {
    #expect(MapKey(digits: digits, parameters: .init()) == MapKey(digits: syntheticDigits(count: 50, seed: 4), parameters: .init()))
    #expect(MapKey(digits: digits, parameters: .init(perplexity: 31)) != key)
    #expect(MapKey(digits: digits, parameters: .init(seed: 2)) != key)
    #expect(MapKey(digits: digits, parameters: .init(learningRate: 200)) != key)
    var pixels = digits.pixels
    pixels[0] ^= 1
    let changed = DigitCollection(
      width: digits.width, height: digits.height, pixels: pixels, labels: digits.labels, trainCount: digits.trainCount,
      origin: digits.origin)
    #expect(MapKey(digits: changed, parameters: .init()) != key)
  }

  @Test("The store keeps a map for the next start, and looks among the shipped ones too")
  func store() {
    let store = MapStore(cacheFolder: path("cache"), shippedFolder: nil)
    #expect(store.map(for: key, count: 50) == nil)
    store.keep(map, for: key)
    #expect(store.map(for: key, count: 50)?.positions.count == 100)
    #expect(MapStore(cacheFolder: nil, shippedFolder: path("cache")).map(for: key, count: 50)?.positions.count == 100)
  }
}
