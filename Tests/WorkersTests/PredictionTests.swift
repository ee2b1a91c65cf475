import AppCore
import Datasets
import Files
import Foundation
import Networks
import Relevance
import TestSupport
import Testing

@testable import Workers

@Suite("Predictions in the background") struct PredictionTests {
  private let digits = syntheticDigits(count: 60, seed: 6)
  private let network = tinyNetwork()
  private let home = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path

  private func found(_ inbox: Inbox, _ number: Int) -> [Prediction] {
    var all: [Prediction] = []
    _ = inbox.events {
      guard case .predicted(RequestID(number), let start, let part) = $0 else { return false }
      #expect(start == all.count)
      all += part
      return all.count == digits.count
    }
    return all
  }

  private func request(_ number: Int) -> PredictionRequest { PredictionRequest(id: RequestID(number), digits: digits, network: network) }

  private func job(_ request: PredictionRequest) -> PredictionJob {
    let places = Places(environment: ["HOME": home, "HEATLENS_ASSETS": home], executable: nil)
    return PredictionJob(request, key: PredictionKey(digits: request.digits, network: request.network), store: places.predictions)
  }

  /// Lets `work` use an inference worker that has the network.
  private func withWorker(_ work: (InferenceWorker, Inbox) throws -> Void) rethrows {
    let inbox = Inbox(home: home)
    let threads = RunningThreads()
    let worker = InferenceWorker(kernels: ReferenceKernels(), mailbox: inbox.workers.mailbox, threads: threads)
    worker.use(network)
    try work(worker, inbox)
    worker.stop()
    threads.waitForAll()
    inbox.workers.stop()
  }

  @Test("they are the engine's classes and probabilities, and lie in the cache for the next start")
  func predictions() throws {
    var computed: [Prediction] = []
    withWorker { worker, inbox in
      worker.predict(job(request(1)))
      computed = found(inbox, 1)
    }
    let explainer = Explainer(network, kernels: ReferenceKernels())
    for index in stride(from: 0, to: digits.count, by: 7) {
      let input = network.preprocessing.input(fromGray: Array(digits.picture(index)), width: digits.width, height: digits.height)
      let explanation = try #require(try explainer.explain(input))
      #expect(computed[index].number == explanation.prediction)
      #expect(abs(computed[index].confidence - explanation.probabilities[explanation.prediction]) < 1e-5)
    }
    // No network is needed for what is known.
    let later = Inbox(home: home)
    later.workers.perform(.predict(request(2)))
    let known = found(later, 2)
    later.workers.stop()
    #expect(known.map(\.number) == computed.map(\.number))
    #expect(zip(known, computed).allSatisfy { abs($0.confidence - $1.confidence) < 1e-5 })
  }

  @Test("an explanation that is asked for meanwhile is answered, and they go on after it")
  func order() {
    withWorker { worker, inbox in
      worker.predict(job(request(1)))
      let picture = GrayPicture(width: digits.width, height: digits.height, pixels: Array(digits.picture(0)))
      worker.explain(ExplanationRequest(id: RequestID(2), picture: picture, query: Query()))
      var predicted = 0
      var explained = 0
      _ = inbox.events {
        if case .explained = $0 { explained += 1 }
        if case .predicted(_, _, let part) = $0 { predicted += part.count }
        return explained == 1 && predicted == digits.count
      }
    }
  }

  @Test("paused they wait until they may go on")
  func pausing() {
    withWorker { worker, inbox in
      worker.pausePredicting(true)
      worker.predict(job(request(1)))
      Thread.sleep(forTimeInterval: 0.2)
      #expect(inbox.workers.mailbox.drain().isEmpty)
      worker.pausePredicting(false)
      #expect(found(inbox, 1).count == digits.count)
    }
  }

  @Test("those that were asked for of another network than the one that came are not computed")
  func otherNetwork() {
    withWorker { worker, inbox in
      worker.predict(job(PredictionRequest(id: RequestID(1), digits: digits, network: tinyNetwork(seed: 2))))
      Thread.sleep(forTimeInterval: 0.2)
      #expect(inbox.workers.mailbox.drain().isEmpty)
      worker.predict(job(request(2)))
      #expect(found(inbox, 2).count == digits.count)
    }
  }

  @Test("a file that is cut, changed, or of other digits or another network is refused")
  func file() throws {
    let folder = "\(home)/files"
    try createFolder(folder)
    let key = PredictionKey(digits: digits, network: network)
    let all = (0..<60).map { Prediction(number: $0 * 1000, confidence: Float($0) / 60) }
    let path = "\(folder)/\(PredictionStore.fileName(key))"
    try PredictionStore.write(all, key: key, to: path)
    let back = try PredictionStore.read(path, key: key, count: 60)
    #expect(back.map(\.number) == all.map(\.number) && zip(back, all).allSatisfy { abs($0.confidence - $1.confidence) < 1e-5 })
    #expect(throws: FileError.self) {
      try PredictionStore.read(path, key: PredictionKey(digits: syntheticDigits(count: 60, seed: 7), network: network), count: 60)
    }
    #expect(throws: FileError.self) { try PredictionStore.read(path, key: key, count: 59) }
    let bytes = try readFile(path, limit: 1 << 20)
    for at in [0, 20, 75, 85, bytes.count - 1] {
      var changed = bytes
      changed[at] ^= 1
      try writeFileAtomically(changed, to: path)
      #expect(throws: FileError.self) { try PredictionStore.read(path, key: key, count: 60) }
    }
    try writeFileAtomically(Array(bytes.dropLast()), to: path)
    #expect(PredictionStore(cacheFolder: folder, shippedFolder: nil).predictions(for: key, count: 60) == nil)
  }
}
