import AppCore
import Datasets
import Embedding
import Files
import Foundation
import Networks
import Relevance
import TestSupport
import Testing

@testable import Workers

/// Waits on the mailbox as the window's thread does.
private final class Inbox: Sendable {
  private let signal = Locked(0)
  let workers: Workers

  init() {
    let signal = signal
    let temporary = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path
    let places = Places(environment: ["HOME": temporary, "HEATLENS_ASSETS": temporary], executable: nil)
    workers = Workers(kernels: ReferenceKernels(), places: places) { signal.change { $0 += 1 } }
  }

  /// Collects events until one satisfies `isLast`.
  func events(until isLast: (Event) -> Bool) -> [Event] {
    var all: [Event] = []
    while true {
      signal.wait { count -> Void? in
        guard count > 0 else { return nil }
        count = 0
        return ()
      }
      for event in workers.mailbox.drain() {
        all.append(event)
        if isLast(event) { return all }
      }
    }
  }
}

@Suite("Workers") struct WorkersTests {
  private func request(_ number: Int) -> ExplanationRequest {
    ExplanationRequest(
      id: RequestID(number), picture: GrayPicture(width: 8, height: 8, pixels: [UInt8](repeating: UInt8(number % 256), count: 64)),
      composite: .epsilonPlus, target: .predicted)
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
    inbox.workers.perform(.embed(digits, EmbeddingParameters(iterations: 100_000)))
    _ = inbox.events { if case .embeddingAdvanced(let snapshot) = $0 { !snapshot.positions.isEmpty } else { false } }
    inbox.workers.perform(.stopEmbedding)
    let events = inbox.events { if case .embeddingFinished = $0 { true } else { false } }
    guard case .embeddingFinished(let positions)? = events.last else { return }
    #expect(positions.count == 800)
    let isFinite = positions.allSatisfy { $0.isFinite }
    #expect(isFinite)
    inbox.workers.stop()
  }

  @Test("Closing in the midst of computing ends all threads")
  func closing() {
    let inbox = Inbox()
    inbox.workers.perform(.embed(syntheticDigits(count: 2000, seed: 1), EmbeddingParameters(iterations: 100_000)))
    inbox.workers.perform(.explain(request(1)))
    inbox.workers.stop()
  }

  @Test("Unread maps are replaced by newer ones")
  func mailboxStaysSmall() {
    let mailbox = Mailbox {}
    for iteration in 0..<1000 {
      mailbox.post(
        .embeddingAdvanced(
          EmbeddingSnapshot(
            positions: [], stage: .optimization, fraction: 0, iteration: iteration, totalIterations: 1000, divergence: nil,
            millisecondsPerIteration: 1)))
    }
    let events = mailbox.drain()
    #expect(events.count == 1)
    guard case .embeddingAdvanced(let snapshot)? = events.first else { return }
    #expect(snapshot.iteration == 999)
    #expect(mailbox.drain().isEmpty)
  }
}
