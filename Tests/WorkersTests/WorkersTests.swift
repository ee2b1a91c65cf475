import AppCore
import Datasets
import Embedding
import Files
import Foundation
import Networks
import TestSupport
import Testing

@testable import Relevance
@testable import Workers

@Suite("Workers") struct WorkersTests {
  private func request(_ number: Int) -> ExplanationRequest {
    ExplanationRequest(
      id: RequestID(number), picture: GrayPicture(width: 8, height: 8, pixels: [UInt8](repeating: UInt8(number % 256), count: 64)),
      query: Query(.epsilonPlus))
  }

  @Test("Ten thousand requests at once end with the explanation of the newest, and most are never computed")
  func newestWins() {
    let inbox = Inbox()
    let threads = RunningThreads()
    let worker = InferenceWorker(kernels: ReferenceKernels(), mailbox: inbox.workers.mailbox, threads: threads)
    worker.use(tinyNetwork())
    for number in 1...10_000 { worker.explain(request(number)) }
    let events = inbox.events {
      if case .explained(let id, _) = $0 { id == RequestID(10_000) } else { false }
    }
    let numbers = events.compactMap { if case .explained(let id, _) = $0 { id.number } else { nil } }
    #expect(numbers == numbers.sorted())
    #expect(numbers.last == 10_000)
    worker.stop()
    threads.waitForAll()
    inbox.workers.stop()
  }

  @Test("A request that comes before its network is answered when the network is there")
  func requestBeforeNetwork() {
    let inbox = Inbox()
    let threads = RunningThreads()
    let worker = InferenceWorker(kernels: ReferenceKernels(), mailbox: inbox.workers.mailbox, threads: threads)
    worker.explain(request(1))
    worker.use(tinyNetwork())
    let events = inbox.events { if case .explained = $0 { true } else { false } }
    #expect(events.count == 1)
    worker.stop()
    threads.waitForAll()
    inbox.workers.stop()
  }

  /// Runs one worker on the tiny network; gives the events up to the first that satisfies `isLast`.
  private func answer(
    _ request: ExplanationRequest, digits: DigitCollection? = nil, until isLast: (Event) -> Bool,
    afterwards: (InferenceWorker) -> Void = { _ in }
  ) -> [Event] {
    let inbox = Inbox()
    let threads = RunningThreads()
    let worker = InferenceWorker(kernels: ReferenceKernels(), mailbox: inbox.workers.mailbox, threads: threads)
    worker.use(tinyNetwork())
    if let digits { worker.use(digits) }
    worker.explain(request)
    afterwards(worker)
    let events = inbox.events(until: isLast)
    worker.stop()
    threads.waitForAll()
    inbox.workers.stop()
    return events
  }

  private func isAnswer(_ event: Event) -> Bool {
    switch event {
    case .explained(_, let explanations): !explanations.isPartial
    case .explanationFailed: true
    default: false
    }
  }

  @Test("A request for two methods and all classes is answered with what the engine says of each")
  func companions() throws {
    var wanted = request(9)
    wanted.compared = Query(.gradient(.raw))
    wanted.classes = 10
    let events = answer(wanted, until: isAnswer)
    guard case .explained(_, let found)? = events.last else {
      Issue.record("\(events)")
      return
    }
    let network = tinyNetwork()
    let explainer = Explainer(network, kernels: ReferenceKernels())
    let input = network.preprocessing.input(fromGray: wanted.picture.pixels, width: 8, height: 8)
    #expect(found.main.relevance == (try explainer.explain(input, wanted.query)?.relevance))
    #expect(found.compared?.relevance == (try explainer.explain(input, Query(.gradient(.raw)))?.relevance))
    #expect(found.classes.map(\.targetClass) == [0, 1, 2])
    for (number, explanation) in found.classes.enumerated() {
      let alone = try #require(try explainer.explain(input, Query(.epsilonPlus, target: .class(number))))
      for (a, b) in zip(explanation.relevance.values, alone.relevance.values) {
        #expect(abs(a - b) <= 1e-5 * alone.relevance.largestMagnitude)
      }
    }
  }

  @Test("Of more classes than are wanted come those with the largest logits, the largest first")
  func fewClasses() {
    var wanted = request(9)
    wanted.classes = 2
    guard case .explained(_, let found)? = answer(wanted, until: isAnswer).last else {
      Issue.record("no answer")
      return
    }
    let logits = found.main.logits
    let order = logits.indices.sorted { logits[$0] > logits[$1] }
    #expect(found.classes.map(\.targetClass) == Array(order.prefix(2)))
  }

  @Test("What cannot be explained is reported with the method's name and the cause")
  func failingRequest() {
    var wanted = request(4)
    wanted.query.target = .class(77)
    guard case .explanationFailed(let id, let message)? = answer(wanted, until: isAnswer).last else {
      Issue.record("no failure")
      return
    }
    #expect(id == RequestID(4))
    #expect(message.contains("epsilon-plus") && message.contains("77") && message.contains("0 to 2"))
  }

  @Test("A slow method tells how far it is; a slow second method comes after the first")
  func progress() {
    var wanted = request(3)
    wanted.compared = Query(.occlusion(window: 2, stride: 1, baseline: .brightness(0)))
    let events = answer(wanted, until: isAnswer)
    let fractions = events.compactMap { if case .explanationProgressed(_, let fraction) = $0 { fraction } else { nil } }
    #expect(fractions == fractions.sorted() && fractions.allSatisfy { (0...1).contains($0) })
    let partial = events.compactMap { if case .explained(_, let found) = $0 { found.isPartial } else { nil } }
    #expect(partial == [true, false])
  }

  @Test("Prediction difference learns from the loaded digits; without any it says what is missing")
  func predictionDifference() {
    var wanted = request(2)
    wanted.query = Query(.predictionDifference(window: 2, stride: 2, padding: 1, samples: 3, seed: 1))
    let digits = syntheticDigits(count: 60, seed: 3)
    guard case .explained(_, let found)? = answer(wanted, digits: digits, until: isAnswer).last else {
      Issue.record("no answer")
      return
    }
    let isFinite = found.main.relevance.values.allSatisfy(\.isFinite)
    #expect(isFinite)
    guard case .explanationFailed(_, let message)? = answer(wanted, until: isAnswer).last else {
      Issue.record("no failure")
      return
    }
    #expect(message.contains("prediction-difference") && message.contains("data set"))
  }

  @Test("Prediction difference learns from digits all over the data, which may be in order")
  func patchesOfOrderedDigits() throws {
    // The first 3,000 are black, the last 1,000 white.
    let digits = DigitCollection(
      width: 8, height: 8, pixels: (0..<4000 * 64).map { $0 < 3000 * 64 ? 0 : 255 }, labels: [UInt8](repeating: 0, count: 4000),
      trainCount: 4000, origin: .files("/data"))
    let models = PatchModels()
    models.digits = digits
    let network = tinyNetwork()
    let model = try #require(try models.model(window: 2, padding: 1, seed: 1, for: network) { false })
    func input(_ gray: UInt8) -> Float {
      network.preprocessing.input(fromGray: [UInt8](repeating: gray, count: 64), width: 8, height: 8).values[0]
    }
    #expect(model.lowest == [input(0)] && model.highest == [input(255)] && model.pictureCount == 4000)
    #expect(abs(model.mean[0] - Double(input(0) * 0.75 + input(255) * 0.25)) < 1e-3)
  }

  @Test("What is cancelled is not answered, and the next request is")
  func cancelling() {
    var slow = request(1)
    slow.query = Query(.smoothGrad(noise: 0.1, samples: 1000, seed: 1))
    let next = request(2)
    let events = answer(slow, until: isAnswer) { worker in
      worker.cancel()
      worker.explain(next)
    }
    let answers = events.compactMap { if case .explained(let id, _) = $0 { id.number } else { nil } }
    #expect(answers == [2])
  }

  @Test("Data and a network that cannot be read are reported by name")
  func failures() {
    let inbox = Inbox()
    inbox.workers.perform(.loadData(path: "/nowhere/digits"))
    inbox.workers.perform(.loadNetwork(path: "/nowhere/net.safetensors"))
    var messages: [String] = []
    _ = inbox.events {
      if case .failed(_, let message) = $0 { messages.append(message) }
      return messages.count == 2
    }
    #expect(messages.contains { $0.contains("/nowhere/digits") })
    #expect(messages.contains { $0.contains("/nowhere/net.safetensors") })
    inbox.workers.stop()
  }

  @Test("Without any data the built-in digits are mapped, and stopping keeps the map as far as it came")
  func embeddingStops() {
    let inbox = Inbox()
    let digits = syntheticDigits(count: 400, seed: 2)
    inbox.workers.perform(.embed(MapRequest(id: RequestID(1), digits: digits, parameters: EmbeddingParameters(iterations: 100_000))))
    _ = inbox.events {
      if case .embeddingAdvanced(_, let snapshot) = $0 { !snapshot.positions.isEmpty && snapshot.stage == .optimization } else { false }
    }
    inbox.workers.perform(.stopEmbedding)
    let events = inbox.events { if case .embeddingFinished = $0 { true } else { false } }
    guard case .embeddingFinished(let id, let map)? = events.last else { return }
    #expect(id == RequestID(1) && !map.isComplete)
    #expect(map.positions.count == 800)
    let isFinite = map.positions.allSatisfy { $0.isFinite }
    #expect(isFinite)
    inbox.workers.stop()
  }

  @Test("Closing in the midst of computing ends all threads")
  func closing() {
    let inbox = Inbox()
    inbox.workers.perform(
      .embed(
        MapRequest(id: RequestID(1), digits: syntheticDigits(count: 2000, seed: 1), parameters: EmbeddingParameters(iterations: 100_000))))
    inbox.workers.perform(.explain(request(1)))
    inbox.workers.stop()
  }

  @Test("Unread maps are replaced by newer ones")
  func mailboxStaysSmall() {
    let mailbox = Mailbox {}
    for iteration in 0..<1000 { mailbox.post(advanced(iteration)) }
    let events = mailbox.drain()
    #expect(events.count == 1)
    guard case .embeddingAdvanced(_, let snapshot)? = events.first else { return }
    #expect(snapshot.iteration == 999)
    #expect(mailbox.drain().isEmpty)
  }

  @Test("A map that nobody looks at is left for a newer one; what comes behind it brings it along")
  func mapIsLeft() {
    let mailbox = Mailbox {}
    func iterations(_ events: [Event]) -> [Int] {
      events.compactMap { if case .embeddingAdvanced(_, let snapshot) = $0 { snapshot.iteration } else { nil } }
    }
    mailbox.post(.progressed(.saving, fraction: 0.5))
    mailbox.post(advanced(1))
    #expect(mailbox.drain(leavesMap: true).count == 1)
    mailbox.post(advanced(2))
    #expect(mailbox.drain(leavesMap: true).isEmpty)
    mailbox.post(.progressed(.saving, fraction: 0.7))
    let events = mailbox.drain(leavesMap: true)
    #expect(events.count == 2 && iterations(events) == [2])
    mailbox.post(advanced(3))
    #expect(iterations(mailbox.drain()) == [3])
  }

  private func advanced(_ iteration: Int) -> Event {
    .embeddingAdvanced(
      RequestID(1),
      EmbeddingSnapshot(
        positions: [], stage: .optimization, fraction: 0, iteration: iteration, totalIterations: 1000, divergence: nil,
        millisecondsPerIteration: 1))
  }
}
