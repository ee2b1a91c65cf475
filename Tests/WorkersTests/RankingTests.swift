import AppCore
import Datasets
import Files
import Foundation
import Networks
import Relevance
import TestSupport
import Testing

@testable import Workers

@Suite("The strongest pictures of channels") struct RankingTests {
  private let digits = syntheticDigits(count: 60, seed: 6)
  private let network = tinyNetwork()
  private let home = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path

  private func request(_ number: Int, layer: String, channel: Int, _ query: Query = Query(), of digits: DigitCollection? = nil)
    -> ChannelRequest
  {
    ChannelRequest(
      id: RequestID(number), digits: digits ?? self.digits, network: network, query: query, layer: network.index(ofLayerNamed: layer) ?? 0,
      channel: channel)
  }

  /// Every digit explained by itself, sorted.
  private func direct(_ request: ChannelRequest) throws -> ChannelPictures {
    let explainer = Explainer(request.network, kernels: ReferenceKernels())
    var (relevance, activation): ([ChannelPictures.Entry], [ChannelPictures.Entry]) = ([], [])
    for digit in 0..<request.digits.count {
      let input = request.network.preprocessing.input(
        fromGray: Array(request.digits.picture(digit)), width: request.digits.width, height: request.digits.height)
      let attribution: Attribution = if case .relevance = request.query.attribution { request.query.attribution } else { .standard }
      let layer = try #require(try explainer.explain(input, Query(attribution))).layers[request.layer]
      let area = layer.shape.dropFirst().reduce(1, *)
      let plane = request.channel * area..<(request.channel + 1) * area
      let sum = layer.relevance.values[plane].reduce(0.0) { $0 + Double($1) }
      relevance.append(ChannelPictures.Entry(digit: digit, value: Float(sum)))
      activation.append(ChannelPictures.Entry(digit: digit, value: try #require(layer.activation.values[plane].max())))
    }
    func strongest(_ all: [ChannelPictures.Entry]) -> [ChannelPictures.Entry] {
      Array(all.sorted { ($1.value, $0.digit) < ($0.value, $1.digit) }.prefix(request.count))
    }
    let knowsLayers = if case .relevance = request.query.attribution { true } else { false }
    return ChannelPictures(
      layer: request.layer, channel: request.channel, byRelevance: knowsLayers ? strongest(relevance) : [],
      byActivation: strongest(activation), seen: request.digits.count, of: request.digits.count)
  }

  private func answers(_ inbox: Inbox, _ number: Int, until isLast: (ChannelPictures) -> Bool = { $0.seen == $0.of }) -> [ChannelPictures] {
    let events = inbox.events {
      guard case .channelRanked(RequestID(number), let pictures) = $0 else { return false }
      return isLast(pictures)
    }
    return events.compactMap { if case .channelRanked(RequestID(number), let pictures) = $0 { pictures } else { nil } }
  }

  private struct Bench {
    let desk: RankingDesk
    let worker: InferenceWorker
    let inbox: Inbox
    let threads = RunningThreads()

    init(_ network: Network?, home: String) {
      inbox = Inbox(home: home)
      worker = InferenceWorker(kernels: ReferenceKernels(), mailbox: inbox.workers.mailbox, threads: threads)
      desk = RankingDesk(inference: worker, store: RankingTests.places(home).channelRanks, mailbox: inbox.workers.mailbox, threads: threads)
      if let network { worker.use(network) }
    }

    func close() {
      desk.stop()
      worker.stop()
      threads.waitForAll()
      inbox.workers.stop()
    }
  }

  private static func places(_ home: String) -> Places {
    Places(environment: ["HOME": home, "HEATLENS_ASSETS": home], executable: nil)
  }

  private func job(_ request: ChannelRequest, _ threads: RunningThreads) -> RankingJob {
    RankingJob(request, store: Self.places(home).channelRanks, threads: threads)
  }

  private func path(_ query: Query = Query()) throws -> String {
    let settings: RelevanceSettings? = if case .relevance(let settings) = query.attribution { settings } else { nil }
    let key = RankingKey(digits: digits, network: network, settings: settings)
    return "\(try #require(Self.places(home).mapCache))/\(ChannelRankStore.fileName(key))"
  }

  @Test("they are those that a sort of all digits finds, for every channel of every layer, and one pass finds all of them")
  func lists() throws {
    let bench = Bench(network, home: home)
    let first = request(1, layer: "layer1.0.add", channel: 2)
    bench.desk.rank(first)
    let told = answers(bench.inbox, 1)
    #expect(told.first?.seen == 0 && told.first?.of == 60)
    #expect(zip(told, told.dropFirst()).allSatisfy { $0.seen <= $1.seen })
    #expect(told.last == (try direct(first)))
    // Nobody computes any more.
    bench.worker.stop()
    var number = 1
    for layer in network.layers {
      for channel in 0..<layer.outputShape[0] {
        number += 1
        let other = request(number, layer: layer.name, channel: channel)
        bench.desk.rank(other)
        #expect(answers(bench.inbox, number) == [try direct(other)], "\(layer.name) \(channel)")
      }
    }
    bench.close()
  }

  @Test("other settings have other lists; a method that knows nothing of layers has those of activations alone")
  func methods() throws {
    let bench = Bench(network, home: home)
    for (number, query) in [
      Query(), Query(.epsilonPlus), Query(.relevance(RelevanceSettings(composite: .epsilonPlus, sumRule: .half))), Query(.gradient(.raw)),
      Query(.edges),
    ].enumerated() {
      let request = request(number, layer: "layer1.0.conv1", channel: 1, query)
      bench.desk.rank(request)
      #expect(answers(bench.inbox, number).last == (try direct(request)))
    }
    bench.close()
    // The last two share a pass.
    let folder = try #require(Self.places(home).mapCache)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("channels-") }.count == 4)
  }

  @Test("what was found lies on disk, and is the same when it is read back without the network")
  func disk() throws {
    let request = request(1, layer: "layer1.0.relu2", channel: 3)
    let bench = Bench(network, home: home)
    bench.desk.rank(request)
    let computed = answers(bench.inbox, 1).last
    bench.close()
    let later = Bench(nil, home: home)
    later.desk.rank(request)
    let known = answers(later.inbox, 1)
    later.close()
    #expect(known.count <= 2 && known.last == computed && computed?.seen == 60)
  }

  @Test("a file that is cut, changed, or of other data is computed anew", arguments: [-1, 0, 20, 75, 80, 100, 5000])
  func damage(at: Int) throws {
    let request = request(1, layer: "maxpool", channel: 0)
    let bench = Bench(network, home: home)
    bench.desk.rank(request)
    let computed = answers(bench.inbox, 1).last
    bench.close()
    let path = try path()
    var bytes = try readFile(path, limit: 1 << 24)
    if at < 0 { bytes.removeLast(40) } else { bytes[at] ^= 4 }
    try writeFileAtomically(bytes, to: path)
    let other = Bench(nil, home: home)
    other.desk.rank(request)
    // Without a network nothing more comes than that nothing is known.
    #expect(answers(other.inbox, 1) { $0.seen == 0 }.count == 1)
    other.worker.use(network)
    other.desk.rank(request)
    #expect(answers(other.inbox, 1).last == computed)
    other.close()
    let written = try readFile(path, limit: 1 << 24)
    #expect(written != bytes && written.count > 5000)
  }

  @Test("numbers of a file that are no lists are refused, though its digest fits")
  func wrongNumbers() throws {
    let key = RankingKey(digits: digits, network: network, settings: nil)
    let file = "\(home)/ranks.bin"
    try createFolder(home)
    var ranks = ChannelRanks(network, count: 60, ranksRelevance: false)
    let explainer = Explainer(network, kernels: ReferenceKernels())
    let inputs = network.inputs([Array(digits.picture(7))], width: digits.width, height: digits.height)
    ranks.add(try #require(try explainer.channelStrengths(batch: inputs, Query(.edges))), of: [7])
    try ChannelRankStore.write(ranks, key: key, to: file)
    func read(count: Int = 60, ranksRelevance: Bool = false, _ network: Network? = nil) throws -> ChannelRanks {
      try ChannelRankStore.read(file, key: key, network ?? self.network, count: count, ranksRelevance: ranksRelevance)
    }
    #expect(try read() == ranks)
    #expect(throws: FileError.self) { try read(count: 59) }
    #expect(throws: FileError.self) { try read(ranksRelevance: true) }
    #expect(throws: FileError.self) { try read(smallResNet()) }
    let body = Array(try readFile(file, limit: 1 << 24).dropFirst(KeyedFile.headerLength).dropLast(64))
    let lists = ranks.activation.lists
    // The number of pictures that were looked at, a value, a picture.
    for (at, byte) in [(8, 61), (32 + 3, 0x7F), (32 + 48 * lists, 60)] as [(Int, UInt8)] {
      var changed = body
      changed[at] = byte
      if at == 35 { changed[34] = 0x80 }
      try KeyedFile.write("HEATCHN1", key: key.digest, changed, to: file)
      #expect(throws: FileError.self, "\(at)") { try read() }
    }
  }

  @Test("a pass that is stopped is kept as far as it came, and goes on from there")
  func stopping() throws {
    let request = request(1, layer: "fc", channel: 1)
    let explainer = Explainer(network, kernels: ReferenceKernels())
    let inbox = Inbox(home: home)
    let threads = RunningThreads()
    let first = job(request, threads)
    first.answer(request, inbox.workers.mailbox)
    first.open(inbox.workers.mailbox)
    for _ in 0..<3 { #expect(first.step(explainer, inbox.workers.mailbox) == false) }
    first.keepAside()
    threads.waitForAll()
    let second = job(request, threads)
    second.answer(request, inbox.workers.mailbox)
    _ = inbox.workers.mailbox.drain()
    second.open(inbox.workers.mailbox)
    let known = answers(inbox, 1) { $0.seen > 0 }
    // Batches grow from one to at most twice as many.
    #expect(known.count == 1 && known[0].of == 60 && (3...7).contains(known[0].seen))
    #expect(second.isWanted)
    while !second.step(explainer, inbox.workers.mailbox) {}
    #expect(answers(inbox, 1).last == (try direct(request)))
    #expect(!second.isWanted)
    threads.waitForAll()
    inbox.workers.stop()
  }

  @Test("the desk keeps what is stopped, and answers from it when it is asked again")
  func stoppedDesk() throws {
    let request = request(1, layer: "fc", channel: 1)
    let bench = Bench(network, home: home)
    bench.desk.rank(request)
    _ = answers(bench.inbox, 1)
    bench.desk.stop()
    bench.worker.stop()
    bench.desk.rank(request)
    #expect(answers(bench.inbox, 1).count == 1)
    bench.desk.forget()
    bench.close()
    #expect(FileManager.default.fileExists(atPath: try path()))
  }

  @Test("a newer request replaces an older one")
  func replacing() throws {
    let bench = Bench(nil, home: home)
    for number in 1...5 { bench.desk.rank(request(number, layer: "fc", channel: number % 3)) }
    bench.worker.use(network)
    let last = request(6, layer: "conv1", channel: 2)
    bench.desk.rank(last)
    var asked: [Int] = []
    var channels: Set<Int> = []
    _ = bench.inbox.events {
      guard case .channelRanked(let id, let pictures) = $0 else { return false }
      asked.append(id.number)
      if id.number == 6 { channels.insert(pictures.channel) }
      return id.number == 6 && pictures.seen == pictures.of
    }
    // Nothing is said to an older one any more.
    #expect(asked == asked.sorted() && channels == [2])
    bench.close()
  }

  @Test("those of other digits replace the pass, and those of another network than the one that came are not computed")
  func otherData() throws {
    let bench = Bench(network, home: home)
    bench.desk.rank(request(1, layer: "fc", channel: 0))
    let other = request(2, layer: "fc", channel: 0, of: syntheticDigits(count: 30, seed: 9))
    bench.desk.rank(other)
    #expect(answers(bench.inbox, 2).last == (try direct(other)))
    bench.desk.rank(
      ChannelRequest(id: RequestID(3), digits: digits, network: tinyNetwork(seed: 2), query: Query(), layer: 1, channel: 0))
    #expect(answers(bench.inbox, 3) { _ in true }.last?.seen == 0)
    bench.desk.rank(request(4, layer: "fc", channel: 2))
    #expect(answers(bench.inbox, 4).last == (try direct(request(4, layer: "fc", channel: 2))))
    bench.close()
  }

  @Test("a channel or layer that is not there has no pictures, and a request can ask for fewer")
  func limits() throws {
    let bench = Bench(network, home: home)
    var request = request(1, layer: "fc", channel: 0)
    request.count = 3
    bench.desk.rank(request)
    let found = answers(bench.inbox, 1).last
    #expect(found == (try direct(request)) && found?.byRelevance.count == 3)
    request.layer = 99
    request.id = RequestID(2)
    bench.desk.rank(request)
    #expect(answers(bench.inbox, 2).last?.byActivation == [])
    request.layer = 1
    request.channel = 3
    request.id = RequestID(3)
    bench.desk.rank(request)
    #expect(answers(bench.inbox, 3).last?.byActivation == [])
    bench.close()
  }

  @Test("an explanation that is asked for meanwhile is answered, and the pass goes on after it")
  func order() {
    let bench = Bench(network, home: home)
    bench.desk.rank(request(1, layer: "fc", channel: 0))
    let picture = GrayPicture(width: digits.width, height: digits.height, pixels: Array(digits.picture(0)))
    bench.worker.explain(ExplanationRequest(id: RequestID(2), picture: picture, query: Query()))
    var (isExplained, isOver) = (false, false)
    _ = bench.inbox.events {
      if case .explained = $0 { isExplained = true }
      if case .channelRanked(_, let pictures) = $0 { isOver = pictures.seen == pictures.of }
      return isExplained && isOver
    }
    bench.close()
  }

  @Test("only the files that were used last are kept")
  func bounded() throws {
    let store = Self.places(home).channelRanks
    let folder = try #require(Self.places(home).mapCache)
    let ranks = ChannelRanks(network, count: 60, ranksRelevance: false)
    var keys: [RankingKey] = []
    for number in 0..<ChannelRankStore.mostFiles + 2 {
      let settings = RelevanceSettings(low: [Float(number)])
      keys.append(RankingKey(digits: digits, network: network, settings: settings))
      store.keep(ranks, for: keys[number])
      let date = Date(timeIntervalSince1970: 1_000_000 + Double(number))
      try FileManager.default.setAttributes(
        [.modificationDate: date], ofItemAtPath: "\(folder)/\(ChannelRankStore.fileName(keys[number]))")
      // The first one is read again and again.
      if number > 0 { #expect(store.ranks(for: keys[0], network, count: 60, ranksRelevance: false) != nil) }
    }
    let left = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
    #expect(left == Set(([keys[0]] + keys.suffix(ChannelRankStore.mostFiles - 1)).map(ChannelRankStore.fileName)))
  }

  @Test("lists are the largest values whatever the order, the smaller index first on ties, without what is not finite")
  func strongest() {
    var numbers = SeededNumbers(seed: 3)
    // Many ties.
    var values = (0..<200).map { _ in Float.random(in: -2...2, using: &numbers).rounded() }
    values[10] = .nan
    values[20] = .infinity
    values[30] = -.infinity
    let expected = (0..<200).filter { values[$0].isFinite }.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(12)
    for order in [Array(0..<200), (0..<200).reversed(), (0..<200).shuffled(using: &numbers)] {
      var lists = StrongestPictures(lists: 3)
      for picture in order { lists.add([0, values[picture]], to: 1, of: UInt32(picture)) }
      #expect(lists.entries(of: 0).isEmpty)
      #expect(lists.entries(of: 1).map(\.digit) == Array(0..<12))
      #expect(lists.entries(of: 2).map(\.digit) == Array(expected))
      #expect(lists.entries(of: 2).map(\.value) == expected.map { values[$0] })
    }
    var few = StrongestPictures(lists: 1)
    few.add([-5], to: 0, of: 4)
    #expect(few.entries(of: 0) == [ChannelPictures.Entry(digit: 4, value: -5)])
  }

  @Test("the order of digits has each of them once, and every beginning is spread over all", arguments: [1, 2, 3, 10, 60, 1000, 70_000])
  func mixedOrder(count: Int) {
    let order = MixedOrder(count)
    let all = (0..<count).map { order[$0] }
    #expect(all.sorted() == Array(0..<count))
    guard count >= 1000 else { return }
    for length in [50, 200] {
      let tenths = all.prefix(length).reduce(into: [Int](repeating: 0, count: 10)) { $0[$1 * 10 / count] += 1 }
      #expect(tenths.allSatisfy { abs($0 - length / 10) <= length / 50 + 1 }, "\(tenths)")
    }
  }
}
