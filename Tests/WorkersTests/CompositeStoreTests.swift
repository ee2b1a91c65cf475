import Files
import Foundation
import Relevance
import Testing

@testable import Workers

@Suite("Composites of one's own on disk") struct CompositeStoreTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path
  private let mine = Composite(
    name: "my-epsilon-plus", summary: "mine", rows: [Composite.Row(.name("layer3.*"), .gamma(0.5)), Composite.Row(.all, .epsilon(0.01))])

  @Test("What is saved is there at the next start, rules and all")
  func roundTrip() throws {
    let store = CompositeStore(folder: folder)
    #expect(store.all().isEmpty)
    let saved = try store.save(mine)
    #expect(saved.composite == mine && saved.path == "\(folder)/my-epsilon-plus.json")
    #expect(CompositeStore(folder: folder).all() == [mine])
  }

  @Test("Other rules under the same name get a number; the same rules no second file")
  func names() throws {
    let store = CompositeStore(folder: folder)
    var other = mine
    other.rows.removeFirst()
    _ = try store.save(mine)
    #expect(try store.save(other).composite.name == "my-epsilon-plus-2")
    #expect(try store.save(mine).composite.name == "my-epsilon-plus")
    #expect(store.all().count == 2)
  }

  @Test("A name never leaves the folder", arguments: ["../../etc/x", "a/b", "..", "ä ö"])
  func fileNames(name: String) {
    let file = CompositeStore.fileName(name)
    #expect(!file.contains("/") && !file.hasPrefix("..") && file.hasSuffix(".json"))
  }

  @Test("A file that is no composite is passed over; a folder that cannot be made is an error with its name")
  func hostile() throws {
    let store = CompositeStore(folder: folder)
    _ = try store.save(mine)
    try writeFileAtomically(Array("{]".utf8), to: "\(folder)/bad.json")
    #expect(store.all() == [mine])
    let error = #expect(throws: FileError.self) { _ = try CompositeStore(folder: "\(folder)/bad.json/x").save(mine) }
    #expect(error?.description.contains("bad.json") == true)
    #expect(throws: FileError.self) { _ = try CompositeStore(folder: nil).save(mine) }
  }
}
