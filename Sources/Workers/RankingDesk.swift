import AppCore

/// Takes requests about channels to the pass over the data that answers them, and keeps the last pass: other channels of the same network,
/// digits and method are answered from it at once.
final class RankingDesk: Sendable {
  private let pass = Locked<RankingJob?>(nil)
  private let inference: InferenceWorker
  private let store: ChannelRankStore
  private let mailbox: Mailbox
  private let threads: RunningThreads

  init(inference: InferenceWorker, store: ChannelRankStore, mailbox: Mailbox, threads: RunningThreads) {
    self.inference = inference
    self.store = store
    self.mailbox = mailbox
    self.threads = threads
  }

  /// Answers at once with what is known, and goes on with the pass.
  func rank(_ request: ChannelRequest) {
    pass.withLock { pass in
      if let pass, pass.answers(request) {
        pass.answer(request, mailbox)
        if pass.isWanted { inference.rank(pass) }
        return
      }
      drop(pass)
      let job = RankingJob(request, store: store, threads: threads)
      pass = job
      job.answer(request, mailbox)
      threads.start("ranking", givesWay: true) {
        job.open(self.mailbox)
        self.pass.withLock { if $0 === job, job.isWanted { self.inference.rank(job) } }
      }
    }
  }

  /// What was found stays, in memory and on disk.
  func stop() { pass.withLock { drop($0) } }

  /// Other digits or another network came: what was found stays on disk.
  func forget() {
    pass.withLock { pass in
      drop(pass)
      pass = nil
    }
  }

  private func drop(_ job: RankingJob?) {
    guard let job else { return }
    inference.rank(nil)
    job.answer(nil, mailbox)
    job.keepAside()
  }
}
