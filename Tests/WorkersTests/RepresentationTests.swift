import Datasets
import Embedding
import Files
import Foundation
import Networks
import Relevance
import Tensors
import TestSupport
import Testing

@testable import AppCore
@testable import Workers

@Suite("What maps are made of") struct RepresentationTests {
  private let digits = syntheticDigits(count: 90, seed: 6)
  private let network = tinyNetwork()
  private let composite = Composite.epsilonPlusFlat

  private func job(isCancelled: @escaping () -> Bool = { false }) -> RepresentationJob {
    RepresentationJob(digits: digits, network: network, kernels: ReferenceKernels(), components: 50) { !isCancelled() }
  }

  /// What the network gives out for one digit alone, without any of the code under test.
  private func outputs(_ index: Int, of layer: String) throws -> [Float] {
    let input = network.preprocessing.input(fromGray: Array(digits.picture(index)), width: digits.width, height: digits.height)
    let trace = ForwardPass(network, kernels: ReferenceKernels()).trace(of: FeatureMaps(input.reshaped([1] + input.shape)))
    return try #require(trace).outputs[try #require(network.index(ofLayerNamed: layer))].values
  }

  private func distance(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Double {
    zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }.squareRoot()
  }

  @Test("projected rows of two layers, computed in one pass over batches, keep the distances of what the network gives out")
  func layers() throws {
    let found = try #require(try job().run([.layer("maxpool"), .layer("flatten")]) { _ in })
    for (rows, layer) in zip(found, ["maxpool", "flatten"]) {
      #expect(rows.count == digits.count)
      let some = stride(from: 0, to: digits.count, by: 7).map { $0 }
      let own = try some.map { try outputs($0, of: layer) }
      for (place, a) in some.enumerated() {
        for (other, b) in some.enumerated().prefix(place) {
          let width = rows.dimension
          let kept = distance(rows.points[a * width..<(a + 1) * width], rows.points[b * width..<(b + 1) * width])
          // 48 and 4 numbers have no more than 50 components: nothing is lost.
          #expect(abs(kept - distance(own[place], own[other])) < 1e-3)
        }
      }
    }
  }

  @Test("relevance is that of the engine")
  func relevance() throws {
    let found = try #require(try job().run([.relevance(composite)]) { _ in })
    let explainer = Explainer(network, kernels: ReferenceKernels())
    var own: [[Float]] = []
    for index in 0..<20 {
      let input = network.preprocessing.input(fromGray: Array(digits.picture(index)), width: digits.width, height: digits.height)
      let explanation = try #require(try explainer.explain(input, Query(.relevance(RelevanceSettings(composite: composite)))))
      own.append(explanation.relevance.values)
    }
    let rows = found[0]
    for a in 0..<20 {
      let query = own[a].withUnsafeBufferPointer { rows.components.project(row: $0) }
      #expect(distance(query, rows.points[a * rows.dimension..<(a + 1) * rows.dimension]) < 1e-3)
    }
  }

  @Test("it tells how far it is, in order, and ends when it is told to")
  func progress() throws {
    var shares: [Double] = []
    _ = try job().run([.layer("flatten")]) { shares.append($0) }
    #expect(shares == shares.sorted() && shares.last == 1 && shares.count == 3)
    var asked = 0
    let cancelled = try job {
      asked += 1
      return asked > 2
    }.run([.layer("flatten")]) { _ in }
    #expect(cancelled == nil)
  }

  @Test("a layer that is not there is named")
  func missing() {
    #expect(throws: RepresentationJob.Failure.self) { try job().run([.layer("layer9")]) { _ in } }
  }

  @Test("rows come back from their file bit by bit; a file that is cut, changed or of other data is refused")
  func file() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path
    try createFolder(folder)
    let rows = try #require(try job().run([.layer("maxpool")]) { _ in })[0]
    let key = RepresentationKey(.layer("maxpool"), pictures: digits.contentDigest, network: network.contentDigest, components: 50)
    try RowsFile.write(rows, key: key, to: "\(folder)/a.rows")
    let back = try RowsFile.read("\(folder)/a.rows", key: key, count: digits.count)
    #expect(back.points == rows.points && back.components.basis == rows.components.basis && back.components.mean == rows.components.mean)
    #expect(back.components.variances == rows.components.variances && back.components.scale == rows.components.scale)
    let bytes = try readFile("\(folder)/a.rows", limit: 1 << 24)
    for (name, changed) in [
      ("cut", Array(bytes.dropLast())), ("empty", []),
      ("a number", bytes.enumerated().map { $0.offset == 300 ? $0.element ^ 1 : $0.element }),
      ("the count", bytes.enumerated().map { $0.offset == 72 ? $0.element ^ 1 : $0.element }),
    ] {
      try writeFileAtomically(changed, to: "\(folder)/b.rows")
      #expect(throws: FileError.self, "\(name)") { try RowsFile.read("\(folder)/b.rows", key: key, count: digits.count) }
    }
    let other = RepresentationKey(.layer("flatten"), pictures: digits.contentDigest, network: network.contentDigest, components: 50)
    #expect(throws: FileError.self) { try RowsFile.read("\(folder)/a.rows", key: other, count: digits.count) }
  }

  @Test("the key changes with the pictures, the layer, the composite and every weight, and with nothing else")
  func keys() {
    func key(_ representation: Representation, _ network: Network, _ digits: DigitCollection) -> RepresentationKey {
      RepresentationKey(representation, pictures: digits.contentDigest, network: network.contentDigest, components: 50)
    }
    let one = key(.layer("flatten"), network, digits)
    #expect(one == key(.layer("flatten"), tinyNetwork(), syntheticDigits(count: 90, seed: 6)))
    #expect(one != key(.layer("flatten"), tinyNetwork(seed: 2), digits))
    #expect(one != key(.layer("flatten"), tinyNetwork(hasBias: false), digits))
    #expect(one != key(.layer("flatten"), network, syntheticDigits(count: 90, seed: 7)))
    #expect(one != key(.layer("maxpool"), network, digits))
    #expect(key(.relevance(.epsilonPlusFlat), network, digits) != key(.relevance(.epsilonPlus), network, digits))
    #expect(key(.pixels, network, digits) == key(.pixels, tinyNetwork(seed: 2), digits))
  }
}

@Suite("Maps by the worker") struct MapWorkerTests {
  private let digits = syntheticDigits(count: 120, seed: 6)
  private let network = tinyNetwork()
  private let home = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path

  private func request(_ number: Int, _ representation: Representation, takesKnownMap: Bool = true, iterations: Int = 30) -> MapRequest {
    MapRequest(
      id: RequestID(number), digits: digits, network: network, representation: representation,
      parameters: EmbeddingParameters(perplexity: 8, earlyIterations: 20, iterations: iterations), takesKnownMap: takesKnownMap)
  }

  private func finished(_ inbox: Inbox, _ number: Int) -> (events: [Event], map: EmbeddedMap?) {
    let events = inbox.events {
      if case .embeddingFinished(let id, _) = $0 { id == RequestID(number) } else if case .failed = $0 { true } else { false }
    }
    if case .embeddingFinished(_, let map)? = events.last { return (events, map) }
    return (events, nil)
  }

  private func representing(_ events: [Event]) -> Int { events.count { if case .representationAdvanced = $0 { true } else { false } } }

  @Test("a map of a layer is computed, is there at once the next time and in the next start, and a run anew gives the same bytes")
  func known() throws {
    var inbox = Inbox(home: home)
    inbox.workers.perform(.embed(request(1, .layer("flatten"))))
    let first = finished(inbox, 1)
    let map = try #require(first.map)
    #expect(map.positions.count == 240 && map.isComplete && map.divergence != nil && map.neighboursKept != nil)
    #expect(representing(first.events) > 0)
    inbox.workers.perform(.embed(request(2, .layer("flatten"), takesKnownMap: false)))
    let again = finished(inbox, 2)
    #expect(again.map?.positions == map.positions && representing(again.events) == 0)
    inbox.workers.stop()
    inbox = Inbox(home: home)
    inbox.workers.perform(.embed(request(3, .layer("flatten"))))
    let later = finished(inbox, 3)
    let stored = try #require(later.map)
    #expect(later.events.count == 1 && stored.positions.count == 240)
    #expect(stored.labelAgreement.map { abs($0 - (map.labelAgreement ?? 0)) < 1e-6 } == true)
    inbox.workers.perform(.embed(request(4, .layer("flatten"), takesKnownMap: false)))
    #expect(representing(finished(inbox, 4).events) == 0, "what the map is made of is on disk")
    inbox.workers.stop()
  }

  @Test("a pause halts the run until it goes on; a stop hands over the map as it is")
  func control() {
    let inbox = Inbox()
    inbox.workers.perform(.embed(request(1, .pixels, iterations: 100_000)))
    _ = inbox.events { if case .embeddingAdvanced(_, let snapshot) = $0 { snapshot.iteration > 10 } else { false } }
    inbox.workers.perform(.pauseEmbedding)
    let halted = inbox.events { if case .embeddingAdvanced(_, let snapshot) = $0 { snapshot.isPaused } else { false } }
    guard case .embeddingAdvanced(_, let rest)? = halted.last else { return }
    inbox.workers.perform(.resumeEmbedding)
    let next = inbox.events { if case .embeddingAdvanced(_, let snapshot) = $0 { !snapshot.isPaused } else { false } }
    // Nothing happened in between.
    if case .embeddingAdvanced(_, let snapshot)? = next.first { #expect(snapshot.iteration == rest.iteration) }
    inbox.workers.perform(.pauseEmbedding)
    inbox.workers.perform(.stopEmbedding)
    let end = finished(inbox, 1)
    #expect(end.map?.isComplete == false && end.map?.positions.count == 240)
    inbox.workers.stop()
  }

  @Test("a newer order ends the older one, of which nothing is heard any more")
  func replacing() {
    let inbox = Inbox()
    inbox.workers.perform(.embed(request(1, .pixels, iterations: 100_000)))
    _ = inbox.events { if case .embeddingAdvanced(_, let snapshot) = $0 { snapshot.iteration > 10 } else { false } }
    inbox.workers.perform(.embed(request(2, .pixels)))
    let end = finished(inbox, 2)
    #expect(end.map?.isComplete == true)
    #expect(!end.events.contains { if case .embeddingFinished(let id, _) = $0 { id == RequestID(1) } else { false } })
    inbox.workers.stop()
  }

  @Test("maps of successive layers come in order, each turned to lie like the one before, and from the cache the next time")
  func stages() throws {
    let inbox = Inbox(home: home)
    let stages = StagesRequest(
      id: RequestID(5), digits: digits, network: network, representations: [.pixels, .layer("maxpool"), .layer("flatten")],
      parameters: EmbeddingParameters(perplexity: 8, earlyIterations: 20, iterations: 30))
    func maps() -> (maps: [EmbeddedMap], events: [Event]) {
      inbox.workers.perform(.embedStages(stages))
      let events = inbox.events { if case .stageFinished(_, 2, _) = $0 { true } else if case .failed = $0 { true } else { false } }
      return (events.compactMap { if case .stageFinished(_, _, let map) = $0 { map } else { nil } }, events)
    }
    let first = maps()
    #expect(first.maps.count == 3)
    for (before, after) in zip(first.maps, first.maps.dropFirst()) {
      let turned = Procrustes(aligning: after.positions, to: before.positions)(after.positions)
      let span = (after.positions.max() ?? 0) - (after.positions.min() ?? 0)
      for (a, b) in zip(turned, after.positions) { #expect(abs(a - b) < 1e-3 * span) }
      #expect(before.positions != after.positions)
    }
    let again = maps()
    #expect(again.events.count == 3)
    for (a, b) in zip(first.maps[2].positions, again.maps[2].positions) { #expect(abs(a - b) < 0.01) }
    inbox.workers.stop()
  }

  @Test(
    "a digit of the data is placed beside itself, by its pixels and by what a layer makes of it",
    arguments: [Representation.pixels, .layer("flatten")])
  func placing(representation: Representation) throws {
    let inbox = Inbox()
    inbox.workers.perform(.embed(request(1, representation, iterations: 200)))
    let map = try #require(finished(inbox, 1).map)
    for index in [3, 57] {
      inbox.workers.perform(
        .place(
          PlacementRequest(
            id: RequestID(10 + index), picture: GrayPicture(width: 28, height: 28, pixels: Array(digits.picture(index))), digits: digits,
            network: network, representation: representation, positions: map.positions, components: 50, revision: 1)))
      let events = inbox.events { if case .placed = $0 { true } else { false } }
      guard case .placed(_, let placement?)? = events.last else {
        Issue.record("no place")
        continue
      }
      #expect(placement.neighbours.count == 10 && placement.neighbours.first?.distance ?? 1 < 1e-3)
      #expect(placement.position.x.isFinite && placement.position.y.isFinite)
    }
    inbox.workers.stop()
  }

  @Test("coordinates go to a table and to an array, under a new name where one is taken, and come back as a map")
  func files() throws {
    let folder = "\(home)/maps"
    let positions: [Float] = (0..<240).map { Float($0) * 0.37 - 11 }
    var export = MapExport(format: .csv, name: "map-of-pixels", positions: positions, labels: digits.labels, predictions: [1: 8])
    let path = try export.write(into: folder)
    #expect(path == "\(folder)/map-of-pixels.csv")
    #expect(try export.write(into: folder) == "\(folder)/map-of-pixels-2.csv")
    let lines = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 122 && lines[0] == "index,label,prediction,x,y" && lines.last == "")
    #expect(lines[1] == "0,\(digits.labels[0]),,\(positions[0]),\(positions[1])")
    #expect(lines[2] == "1,\(digits.labels[1]),8,\(positions[2]),\(positions[3])")
    export.format = .npy
    let array = try export.write(into: folder)
    let map = try readMap(array, for: digits)
    #expect(map.positions == positions && map.labelAgreement != nil && map.divergence == nil)
    // In the window it comes at once, and how good it is when that is known.
    let inbox = Inbox()
    inbox.workers.perform(.loadMap(RequestID(5), path: array, digits, perplexity: 10))
    let events = inbox.events { if case .mapJudged = $0 { true } else { false } }
    inbox.workers.stop()
    guard case .embeddingFinished(RequestID(5), _)? = events.first, case .mapJudged(RequestID(5), let divergence, let kept)? = events.last
    else {
      Issue.record("no map, or nothing of how good it is")
      return
    }
    let rows = try #require(
      try ProjectedRows(
        images: digits.pixels, count: digits.count, dimension: digits.width * digits.height, components: 50, matrices: ReferenceKernels(),
        progress: { _ in true }))
    var parameters = EmbeddingParameters(perplexity: 10)
    (parameters.earlyIterations, parameters.iterations) = (0, 0)
    let neighbours = try #require(try embed(rows, parameters: parameters, report: { _ in }).neighbours)
    #expect(abs(divergence - (try Embedding.divergence(of: positions, neighbours: neighbours, perplexity: 10))) < 1e-4)
    #expect(abs(kept - MapQuality(positions: positions, neighbours: neighbours, labels: nil).neighboursKept) < 0.02)
    let fewer = syntheticDigits(count: 100, seed: 6)
    do {
      _ = try readMap(array, for: fewer)
      Issue.record("a map of other digits was read")
    } catch {
      #expect(error.description.contains(array) && error.description.contains("[100, 2]") && error.description.contains("[120, 2]"))
    }
  }
}
