import Foundation
import Testing

@testable import Embedding

@Suite("Embedding run")
struct EmbeddingRunTests {
  private var short: EmbeddingParameters {
    var parameters = EmbeddingParameters()
    parameters.earlyIterations = 40
    parameters.iterations = 40
    return parameters
  }

  private func map(_ images: [UInt8], count: Int, dimension: Int, parameters: EmbeddingParameters) throws -> EmbeddingResult {
    let rows = try ProjectedRows(
      images: images, count: count, dimension: dimension, matrices: SlowMatrixProduct(), progress: { _ in true })
    return try embed(try #require(rows), parameters: parameters, report: { _ in })
  }

  @Test("Very few pictures, duplicates and constants give finite maps", arguments: [1, 2, 3, 4, 5, 30])
  func few(count: Int) throws {
    var random = TestNumbers(UInt64(count))
    let sets = [random.bytes(count * 16), [UInt8](repeating: 9, count: count * 16), [UInt8](repeating: 0, count: count * 16)]
    for images in sets {
      let result = try map(images, count: count, dimension: 16, parameters: short)
      #expect(result.completed && result.iterations == 80)
      #expect(result.positions.count == 2 * count && result.positions.allSatisfy { $0.isFinite && abs($0) < 1000 })
      let divergence = try #require(result.divergence)
      #expect(divergence.isFinite)
      #expect(result.effectivePerplexity >= 1 && result.effectivePerplexity <= max(1, Double(count - 1) / 3))
      #expect(!result.messages.isEmpty)
    }
  }

  @Test("Duplicates part and stay near each other, by mesh as well")
  func duplicates() throws {
    var random = TestNumbers(77)
    let distinct = random.bytes(300 * 8)
    var images: [UInt8] = []
    for point in 0..<1200 {
      let first = point % 300 * 8
      images += distinct[first..<first + 8]
    }
    let result = try map(images, count: 1200, dimension: 8, parameters: short)
    #expect(result.positions.allSatisfy { $0.isFinite })
    let labels = (0..<1200).map { point in UInt8(point % 300 % 250) }
    let share = MapQuality.labelAgreement(positions: result.positions, labels: labels, k: 3)
    // By chance it would be less than a hundredth.
    #expect(share > 0.5)
    let same = try map([UInt8](repeating: 3, count: 1100 * 4), count: 1100, dimension: 4, parameters: short)
    #expect(same.positions.allSatisfy { $0.isFinite })
  }

  @Test("No pictures give an empty map")
  func none() throws {
    let result = try map([], count: 0, dimension: 784, parameters: short)
    #expect(result.positions.isEmpty && result.completed)
  }

  @Test("The same seed gives the same bytes")
  func deterministic() throws {
    var random = TestNumbers(5)
    let images = random.bytes(200 * 20)
    let first = try map(images, count: 200, dimension: 20, parameters: short).positions.map(\.bitPattern)
    let second = try map(images, count: 200, dimension: 20, parameters: short).positions.map(\.bitPattern)
    #expect(first == second)
    var other = short
    other.seed = 2
    let third = try map(images, count: 200, dimension: 20, parameters: other).positions.map(\.bitPattern)
    #expect(third != first)
  }

  @Test("Every stage reports, in order, and fractions never leave 0...1")
  func reports() throws {
    var stages: [EmbeddingSnapshot.Stage] = []
    var last: EmbeddingSnapshot?
    let result = try embed(
      try rows(150, seed: 6), parameters: short,
      report: { snapshot in
        if stages.last != snapshot.stage { stages.append(snapshot.stage) }
        #expect(snapshot.fraction >= 0 && snapshot.fraction <= 1)
        #expect(snapshot.positions.isEmpty || snapshot.positions.count == 300)
        last = snapshot
      })
    #expect(stages == [.neighbours, .affinities, .optimization])
    #expect(last?.positions == result.positions && last?.iteration == 80 && last?.divergence == result.divergence)
    #expect(last?.secondsLeft == 0)
  }

  @Test("Stopping keeps the map as far as it came, and before the first iteration the start")
  func stopped() throws {
    let control = EmbeddingControl()
    let rows = try rows(120, seed: 7)
    let result = try embed(
      rows, parameters: EmbeddingParameters(iterations: 1_000_000), control: control,
      report: { if $0.iteration >= 1 { control.stop() } })
    #expect(!result.completed && result.iterations >= 1 && result.positions.count == 240)
    #expect(result.positions.allSatisfy { $0.isFinite } && result.divergence != nil)
    let never = try embed(rows, parameters: EmbeddingParameters(), control: control, report: { _ in })
    #expect(!never.completed && never.iterations == 0 && never.neighbours == nil && never.positions.count == 240)
    #expect(
      try ProjectedRows(images: [1, 2, 3], count: 1, dimension: 3, matrices: SlowMatrixProduct(), progress: { _ in false }) == nil)
  }

  @Test("The divergence of a finished map is what its run said")
  func divergenceOfMap() throws {
    let result = try embed(try rows(150, seed: 12), parameters: short, report: { _ in })
    let again = try divergence(of: result.positions, neighbours: try #require(result.neighbours), perplexity: short.perplexity)
    #expect(abs(again - (result.divergence ?? .nan)) < 1e-4)
    #expect(throws: EmbeddingError.self) {
      try divergence(of: [1, 2], neighbours: try #require(result.neighbours), perplexity: 30)
    }
  }

  @Test("How good a map is is told by ten neighbours, also where the perplexity asks for fewer; a stopped one too")
  func judgedByTen() throws {
    let rows = try rows(150, seed: 3)
    var parameters = short
    parameters.perplexity = 2
    let ten = try #require(
      NearestNeighbours(
        points: rows.points, count: 150, dimension: rows.dimension, k: 10, team: WorkerTeam(threadCount: 1), progress: { _ in true }))
    let result = try embed(rows, parameters: parameters, report: { _ in })
    #expect(result.neighbours?.k == 10)
    #expect(result.neighboursKept == MapQuality(positions: result.positions, neighbours: ten, labels: nil).neighboursKept)
    let control = EmbeddingControl()
    parameters.iterations = 1_000_000
    let stopped = try embed(rows, parameters: parameters, control: control) { if $0.iteration > 5 { control.stop() } }
    #expect(!stopped.completed && stopped.neighboursKept != nil)
  }

  @Test("Neighbours that this machine cannot hold are refused before they are looked for; so are maps whose distances are no numbers")
  func tooMuch() throws {
    // Rows of one number: the limit is by what neighbours take.
    let many = 4_000_000
    let rows = try #require(
      try ProjectedRows(
        images: [UInt8](repeating: 0, count: many), count: many, dimension: 1, matrices: SlowMatrixProduct(), progress: { _ in true }))
    #expect { try embed(rows, parameters: EmbeddingParameters(perplexity: 10_000), report: { _ in }) } throws: {
      ($0 as? EmbeddingError)?.description.contains("memory") == true
    }
    let result = try embed(try self.rows(20, seed: 1), parameters: short, report: { _ in })
    let wild = result.positions.map { $0 * 1e30 }
    #expect(throws: EmbeddingError.self) {
      try divergence(of: wild, neighbours: try #require(result.neighbours), perplexity: 2)
    }
  }

  private func rows(_ count: Int, seed: UInt64) throws -> ProjectedRows {
    var random = TestNumbers(seed)
    let rows = try ProjectedRows(
      images: random.bytes(count * 12), count: count, dimension: 12, matrices: SlowMatrixProduct(), progress: { _ in true })
    return try #require(rows)
  }

  @Test("A run that was paused and resumed gives the bytes of one that was not, and tells both")
  func paused() throws {
    let rows = try rows(150, seed: 8)
    let through = try embed(rows, parameters: short, report: { _ in })
    let control = EmbeddingControl()
    var told: [Bool] = []
    let result = try embed(
      rows, parameters: short, control: control,
      report: { snapshot in
        if told.last != snapshot.isPaused { told.append(snapshot.isPaused) }
        if snapshot.stage == .optimization, snapshot.iteration > 0, !told.contains(true) { control.pause() }
        if snapshot.isPaused {
          #expect(control.isPaused)
          Thread.detachNewThread { control.resume() }
        }
      })
    #expect(told == [false, true, false])
    #expect(result.completed && result.positions.map(\.bitPattern) == through.positions.map(\.bitPattern))
  }

  @Test("Stopping ends a pause and keeps the map, and nothing resumes a run that was stopped")
  func stoppedWhilePaused() throws {
    let control = EmbeddingControl()
    let result = try embed(
      try rows(150, seed: 9), parameters: EmbeddingParameters(iterations: 1_000_000), control: control,
      report: { snapshot in
        if snapshot.iteration > 0 { control.pause() }
        if snapshot.isPaused { Thread.detachNewThread { control.stop() } }
      })
    #expect(!result.completed && result.iterations >= 1 && result.positions.count == 300 && result.divergence != nil)
    control.resume()
    control.pause()
    #expect(control.isStopped && !control.isPaused)
  }

  @Test("A restart with the neighbours of before gives the bytes of a run of its own")
  func restarted() throws {
    let rows = try rows(160, seed: 10)
    let first = try embed(rows, parameters: short, report: { _ in })
    var other = short
    other.perplexity = 12
    other.exaggeration = 8
    other.learningRate = 50
    var stages: Set<EmbeddingSnapshot.Stage> = []
    let restarted = try embed(
      rows, neighbours: first.neighbours, parameters: other, report: { stages.insert($0.stage) })
    let own = try embed(rows, parameters: other, report: { _ in })
    #expect(!stages.contains(.neighbours) && restarted.neighbours?.k == first.neighbours?.k)
    #expect(restarted.positions.map(\.bitPattern) == own.positions.map(\.bitPattern))
    #expect(restarted.positions != first.positions)
    // More neighbours than are known must be looked for.
    other.perplexity = 40
    let wider = try embed(rows, neighbours: own.neighbours, parameters: other, report: { _ in })
    #expect(wider.neighbours?.k == 120)
  }

  @Test("A run that starts from a map keeps its arrangement more than one that does not")
  func fromMap() throws {
    let rows = try rows(200, seed: 11)
    let first = try embed(rows, parameters: short, report: { _ in }).positions
    let turned = (0..<200).flatMap { [-first[2 * $0 + 1], first[2 * $0]] }
    let next = try embed(rows, initial: turned, parameters: short, report: { _ in }).positions
    func product(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    #expect(product(next, turned) > 0.5 * (product(next, next) * product(turned, turned)).squareRoot())
    #expect(throws: EmbeddingError.self) {
      try embed(rows, initial: [1, 2], parameters: short, report: { _ in })
    }
    #expect(throws: EmbeddingError.self) {
      try embed(
        rows, initial: [Float](repeating: .nan, count: 400), parameters: short, report: { _ in })
    }
  }

  @Test("Sizes and parameters that make no sense are refused by name")
  func refused() {
    #expect(throws: EmbeddingError.wrongSize(values: 10, count: 3, dimension: 4)) {
      try ProjectedRows(
        images: [UInt8](repeating: 0, count: 10), count: 3, dimension: 4, matrices: SlowMatrixProduct(), progress: { _ in true })
    }
    #expect(throws: EmbeddingError.self) {
      try ProjectedRows(images: [], count: .max, dimension: .max, matrices: SlowMatrixProduct(), progress: { _ in true })
    }
    for perplexity in [0, -1, .nan, .infinity] {
      #expect(throws: EmbeddingError.self) { try EmbeddingParameters(perplexity: perplexity).check() }
    }
    #expect(EmbeddingError.parameter(name: "perplexity", found: 0.5, allowed: "1 to 10000").description.contains("perplexity is 0.5"))
  }

  @Test("Neighbours kept is one for a map that is the data and small for a random one")
  func quality() throws {
    var random = TestNumbers(9)
    let team = WorkerTeam(threadCount: 2)
    let plane = random.normals(2 * 500)
    let neighbours = try #require(
      NearestNeighbours(
        points: plane, count: 500, dimension: 2, k: 12, team: team, progress: { _ in true }))
    #expect(MapQuality(positions: plane, neighbours: neighbours, labels: nil).neighboursKept > 0.999)
    let noise = random.normals(2 * 500)
    #expect(MapQuality(positions: noise, neighbours: neighbours, labels: nil).neighboursKept < 0.1)
    let labels = (0..<500).map { plane[2 * $0] > 0 ? UInt8(1) : 0 }
    #expect(MapQuality.labelAgreement(positions: plane, labels: labels) > 0.9)
  }
}

@Suite("Worker team")
struct WorkerTeamTests {
  @Test("Every slab runs exactly once, run after run", arguments: [1, 2, 4])
  func once(threads: Int) {
    let team = WorkerTeam(threadCount: threads)
    #expect(team.threadCount == threads)
    for round in 1...200 {
      let counts = Block<Int>(37, repeating: 0)
      team.run(37) { slab, worker in counts.start[slab] += worker < threads ? 1 : 100 }
      #expect(counts.array == [Int](repeating: 1, count: 37), "round \(round)")
    }
    team.run(0) { _, _ in Issue.record("there is no slab") }
  }

  @Test("Ranges cover everything once, more slabs than items included")
  func ranges() {
    let team = WorkerTeam(threadCount: 2)
    for count in [0, 1, 5, 64, 1000] {
      let counts = Block<Int>(count, repeating: 0)
      team.ranges(count, slabs: 16) { _, range, _ in for index in range { counts.start[index] += 1 } }
      #expect(counts.array.allSatisfy { $0 == 1 })
    }
  }
}
