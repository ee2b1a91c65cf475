import AppCore
import Datasets
import Foundation
import Networks
import Relevance

/// Looks at all digits of a collection, a few at a time, for those in which each channel of each layer is strongest: one pass answers
/// requests about every channel.
///
/// The inference thread takes its steps. Any other thread may ask it, and others read and write its file: they hold up neither.
final class RankingJob: BackgroundJob {
  /// How often what was found is told, and how often it is kept, in seconds.
  private static let period = 0.5
  private static let keepingPeriod = 30.0
  /// What layers give out and their relevance stay in memory together.
  private static let mostAtOnce = 8

  private struct State {
    /// nil until it is known what was found before.
    var ranks: ChannelRanks?
    var request: ChannelRequest?
    var lastTold = Date()
    var lastKept = Date()
    var pace = BatchPace(most: RankingJob.mostAtOnce)

    /// Posted under the lock, so that answers come in the order of what they know.
    mutating func tell(_ mailbox: Mailbox, of count: Int) {
      guard let request else { return }
      let pictures =
        ranks?.pictures(layer: request.layer, channel: request.channel, most: request.count)
        ?? ChannelPictures(layer: request.layer, channel: request.channel, byRelevance: [], byActivation: [], seen: 0, of: count)
      mailbox.post(.channelRanked(request.id, pictures))
      lastTold = Date()
    }
  }

  /// What is on disk; the lock is held while a file is read or written.
  private struct Kept {
    var key: RankingKey?
    var seen = 0
  }

  let network: Network
  private let digits: DigitCollection
  private let attribution: Attribution
  private let order: MixedOrder
  private let store: ChannelRankStore
  private let threads: RunningThreads
  private let state = Locked(State())
  private let kept = Locked(Kept())

  init(_ request: ChannelRequest, store: ChannelRankStore, threads: RunningThreads) {
    network = request.network
    digits = request.digits
    attribution = request.query.attribution
    order = MixedOrder(request.digits.count)
    self.store = store
    self.threads = threads
  }

  /// How relevance is propagated; nil where the method knows nothing of layers.
  private static func settings(_ attribution: Attribution) -> RelevanceSettings? {
    if case .relevance(let settings) = attribution { settings } else { nil }
  }

  /// Whether the same pass answers a request.
  func answers(_ request: ChannelRequest) -> Bool {
    network.sharesLayers(with: request.network) && digits.sharesPictures(with: request.digits)
      && Self.settings(attribution) == Self.settings(request.query.attribution)
  }

  /// Whether steps would find more, and somebody wants it.
  var isWanted: Bool { state.withLock { $0.request != nil && $0.ranks?.isComplete == false } }

  /// Answers with what is known, and again while more is found; nil: nobody asks any more.
  func answer(_ request: ChannelRequest?, _ mailbox: Mailbox) {
    state.withLock {
      $0.request = request
      $0.tell(mailbox, of: digits.count)
    }
  }

  /// Finds out what is on disk. Takes a while: hashing what it belongs to.
  func open(_ mailbox: Mailbox) {
    let ranksRelevance = Self.settings(attribution) != nil
    let found = kept.withLock { kept in
      let key = RankingKey(digits: digits, network: network, settings: Self.settings(attribution))
      let found = store.ranks(for: key, network, count: digits.count, ranksRelevance: ranksRelevance)
      kept = Kept(key: key, seen: found?.seen ?? 0)
      return found
    }
    state.withLock {
      $0.ranks = found ?? ChannelRanks(network, count: digits.count, ranksRelevance: ranksRelevance)
      $0.lastKept = Date()
      $0.tell(mailbox, of: digits.count)
    }
  }

  func step(_ explainer: Explainer, _ mailbox: Mailbox) -> Bool {
    let next = state.withLock { state in
      state.ranks.map { $0.seen..<min($0.count, $0.seen + state.pace.batch) }
    }
    guard let next, !next.isEmpty else { return true }
    let start = Date()
    let some = next.map { order[$0] }
    let inputs = network.inputs(some.map { Array(digits.picture($0)) }, width: digits.width, height: digits.height)
    // A method that fails here fails for the selected digit too, where it is told.
    guard let strengths = try? explainer.channelStrengths(batch: inputs, Query(attribution)) else { return true }
    let (isOver, isToBeKept) = state.withLock { state in
      state.ranks?.add(strengths, of: some)
      let isOver = next.upperBound == digits.count
      let isToBeKept = isOver || Date().timeIntervalSince(state.lastKept) > Self.keepingPeriod
      if isToBeKept { state.lastKept = Date() }
      if isOver || Date().timeIntervalSince(state.lastTold) > Self.period { state.tell(mailbox, of: digits.count) }
      state.pace.took(Date().timeIntervalSince(start))
      return (isOver, isToBeKept)
    }
    // Explanations do not wait for the disk.
    if isToBeKept { keepAside() }
    return isOver
  }

  /// Writes what is known, on a thread of its own.
  func keepAside() { threads.start("ranking", givesWay: true) { self.keep() } }

  private func keep() {
    kept.withLock { kept in
      guard let key = kept.key, let ranks = state.withLock({ $0.ranks }), ranks.seen > kept.seen else { return }
      store.keep(ranks, for: key)
      kept.seen = ranks.seen
    }
  }
}

extension DigitCollection {
  /// Whether both are copies of one value; cheap, where comparing pictures is not.
  func sharesPictures(with other: DigitCollection) -> Bool {
    pixels.withUnsafeBufferPointer { ours in
      other.pixels.withUnsafeBufferPointer { ours.baseAddress == $0.baseAddress && ours.count == $0.count }
    }
  }
}
