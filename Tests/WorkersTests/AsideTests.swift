import AppCore
import Datasets
import Foundation
import Networks
import Relevance
import Scene
import TestSupport
import Testing

@testable import Workers

@Suite("What is computed aside") struct AsideTests {
  @Test("the nearest digits are those of a sort by the distance of their pixels")
  func nearest() throws {
    let digits = syntheticDigits(count: 300, seed: 4)
    for index in [0, 17, 299] {
      func square(_ other: Int) -> Int {
        zip(digits.picture(index), digits.picture(other)).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
      }
      let sorted = (0..<300).filter { $0 != index }.sorted { (square($0), $0) < (square($1), $1) }
      let found = try #require(digits.nearest(to: index, count: 10) { false })
      #expect(found.map(\.index) == Array(sorted.prefix(10)))
      for neighbour in found {
        #expect(abs(Double(neighbour.distance) - Double(square(neighbour.index)).squareRoot()) < 1e-3)
      }
    }
    #expect(digits.nearest(to: 0, count: 10) { true } == nil)
    #expect(syntheticDigits(count: 3, seed: 1).nearest(to: 1, count: 10) { false }?.count == 2)
  }

  @Test("the mean relevance of digits is the mean of what each is explained by, and comes when all of them are in it")
  func average() throws {
    let digits = syntheticDigits(count: 40, seed: 5)
    let network = tinyNetwork()
    let members = [3, 4, 8, 20, 39]
    let inbox = Inbox()
    let threads = RunningThreads()
    let worker = InferenceWorker(kernels: ReferenceKernels(), mailbox: inbox.workers.mailbox, threads: threads)
    worker.use(network)
    let request = AverageRequest(id: RequestID(7), digits: digits, members: members, network: network, query: Query())
    worker.average(AverageJob(request))
    let events = inbox.events {
      if case .averaged(RequestID(7), let average) = $0 { average.count == members.count } else { false }
    }
    worker.stop()
    threads.waitForAll()
    inbox.workers.stop()
    guard case .averaged(_, let average)? = events.last else { return }
    let explainer = Explainer(network, kernels: ReferenceKernels())
    var sums = [Double](repeating: 0, count: 64)
    for index in members {
      let input = network.preprocessing.input(fromGray: Array(digits.picture(index)), width: digits.width, height: digits.height)
      let relevance = try #require(try explainer.explain(input)).relevance
      for place in sums.indices { sums[place] += Double(relevance.values[place]) }
    }
    #expect(average.width == 8 && average.height == 8)
    for place in sums.indices { #expect(abs(Double(average.values[place]) - sums[place] / 5) < 1e-5) }
  }

  private func folder(_ files: [String: [UInt8]]) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, bytes) in files { try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
    return path
  }

  @Test("files are known by what they hold, whatever they are called")
  func kinds() throws {
    let files: [(name: String, bytes: [UInt8], kind: FileKind)] = [
      ("a", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .picture), ("b", [0x93] + Array("NUMPY".utf8), .map),
      ("c", [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8), .network), ("d", Array("  {\n\"name\": 1}".utf8), .composite),
      ("e", [0x1F, 0x8B, 8], .data), ("f", [0, 0, 8, 3, 0, 0, 0, 1], .data), ("g", Array("5,0,0,255\n".utf8), .data),
      ("h", [0x08, 0x07, 0x12, 0x07, 0x70, 0x79, 0x74, 0x6F, 0x72, 0x63, 0x68, 0xFF], .network), ("i", [], .data),
    ]
    let path = try folder(Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.bytes) }))
    for file in files { #expect(try FileKind.identify("\(path)/\(file.name)") == file.kind, "\(file.name)") }
    let strangers: [(bytes: [UInt8], name: String)] = [
      ([0xFF, 0xD8, 0xFF, 0xE0], "JPEG"), (Array("GIF89a".utf8), "GIF"), ([0x50, 0x4B, 3, 4, 0], "zip"),
      ([0xDE, 0xAD, 0xBE, 0xEF], "known"),
    ]
    for stranger in strangers {
      try Data(stranger.bytes).write(to: URL(fileURLWithPath: path + "/x"))
      do {
        _ = try FileKind.identify(path + "/x")
        Issue.record("\(stranger.name) is taken")
      } catch { #expect(error.description.contains(stranger.name) && error.description.contains("/x"), "\(error)") }
    }
    #expect(try FileKind.identify(path) == .data)
    #expect(throws: (any Error).self) { try FileKind.identify("\(path)/missing") }
  }

  @Test("a folder is listed with sizes, without what is hidden; of a file its folder is; what is not there is an error that names it")
  func listing() throws {
    let path = try folder(["b.csv": [1, 2, 3], ".hidden": []])
    try FileManager.default.createDirectory(atPath: path + "/inner", withIntermediateDirectories: true)
    let listing = try FolderListing.read(path)
    #expect(listing.entries.map(\.name) == ["b.csv", "inner"] && listing.entries[0].size == 3 && listing.entries[1].isFolder)
    #expect(try FolderListing.read(path + "/b.csv").path == listing.path)
    #expect(try FolderListing.read(path + "/inner/..").path == listing.path)
    do {
      _ = try FolderListing.read(path + "/missing")
      Issue.record("listed")
    } catch { #expect(error.description.contains("missing")) }
  }

  @Test("a picture that is saved gets a name that is free, below the program's data")
  func saving() throws {
    let home = try folder([:])
    let inbox = Inbox(home: home)
    var paths: [String] = []
    for _ in 0..<2 {
      inbox.workers.perform(.savePNG(name: "drawing", PixelBuffer(width: 1, height: 2, rgba: [1, 2, 3, 255, 4, 5, 6, 255])))
      guard case .pictureSaved(let path)? = inbox.events(until: { if case .pictureSaved = $0 { true } else { false } }).last else {
        continue
      }
      paths.append(path)
      #expect(try readPNG(path).pixels == [1, 2, 3, 4, 5, 6])
    }
    #expect(paths == ["\(home)/.local/share/heatlens/pictures/drawing.png", "\(home)/.local/share/heatlens/pictures/drawing-2.png"])
    inbox.workers.stop()
  }
}
