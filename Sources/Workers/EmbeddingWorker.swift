import AppCore
import Datasets
import Embedding
import Networks
import Tensors

/// Finds or computes maps on a thread of its own. A newer order replaces an older one, also while it runs.
final class EmbeddingWorker: Sendable {
  private enum Job {
    case map(MapRequest)
    case judge(MapJudgement)
    case stages(StagesRequest)
  }

  private struct Orders {
    var next: Job?
    /// Of the job that runs.
    var control: EmbeddingControl?
    var isPaused = false
    var isClosing = false

    /// Whether what runs now is wanted no longer.
    var isReplaced: Bool { next != nil || isClosing }
  }

  private let orders = Locked(Orders())
  private let kernels: any Kernels
  private let maps: MapStore
  private let rowsStore: RowsStore
  private let mailbox: Mailbox

  init(kernels: any Kernels, maps: MapStore, rows: RowsStore, mailbox: Mailbox, threads: RunningThreads) {
    self.kernels = kernels
    self.maps = maps
    rowsStore = rows
    self.mailbox = mailbox
    threads.start("embedding", givesWay: true) { self.run() }
  }

  func embed(_ request: MapRequest) { order(.map(request)) }
  func embed(_ request: StagesRequest) { order(.stages(request)) }
  func judge(_ request: MapJudgement) { order(.judge(request)) }

  /// Neither computes nor forgets anything.
  func pause() {
    orders.change {
      $0.isPaused = true
      $0.control?.pause()
    }
  }

  func resume() {
    orders.change {
      $0.isPaused = false
      $0.control?.resume()
    }
  }

  /// Ends the run and hands over the map as far as it came.
  func stopRun() {
    orders.change {
      $0.isPaused = false
      $0.control?.stop()
    }
  }

  func close() {
    orders.change {
      $0.isClosing = true
      $0.control?.stop()
    }
  }

  private func order(_ job: Job) {
    orders.change {
      $0.next = job
      $0.isPaused = false
      $0.control?.stop()
    }
  }

  private func run() {
    /// Of the rows that were mapped last: a run anew begins at once.
    var neighbours: (key: RepresentationKey, found: NearestNeighbours)?
    while true {
      let work = orders.wait { orders -> (Job, EmbeddingControl)?? in
        if orders.isClosing { return .some(nil) }
        guard let next = orders.next else { return nil }
        let control = EmbeddingControl()
        orders.next = nil
        orders.control = control
        return (next, control)
      }
      guard let (job, control) = work else { return }
      switch job {
      case .map(let request): map(request, control, &neighbours)
      case .judge(let request): judge(request, control)
      case .stages(let request): mapStages(request, control)
      }
      orders.withLock { $0.control = nil }
    }
  }

  private var isReplaced: Bool { orders.withLock { $0.isReplaced } }

  /// Waits while there is a pause; false after a stop.
  private func mayGoOn(_ control: EmbeddingControl) -> Bool {
    orders.wait { orders in
      if control.isStopped { return false }
      return orders.isPaused ? nil : true
    }
  }

  // MARK: - One map

  private func map(
    _ request: MapRequest, _ control: EmbeddingControl, _ neighbours: inout (key: RepresentationKey, found: NearestNeighbours)?
  ) {
    let content = content(of: request.digits, request.network, [request.representation], request.parameters.components)
    let key =
      request.representation == .pixels
      ? MapKey(digits: request.digits, parameters: request.parameters) : MapKey(content[0], parameters: request.parameters)
    if request.takesKnownMap, let map = maps.map(for: key, count: request.digits.count) {
      if !isReplaced { mailbox.post(.embeddingFinished(request.id, map)) }
      return
    }
    guard
      let rows = rows(
        [request.representation], content, digits: request.digits, network: request.network, request.parameters, control, request.id)
    else { return endedEarly(request.id) }
    let known = neighbours?.key == content[0] ? neighbours?.found : nil
    guard
      let map = optimize(
        rows[0], known, nil, request.parameters, request.digits, control,
        report: { [mailbox] in
          mailbox.post(.embeddingAdvanced(request.id, $0))
        }, found: { neighbours = (content[0], $0) })
    else { return }
    mailbox.post(.embeddingFinished(request.id, map))
    if map.isComplete { maps.keep(map, for: key) }
  }

  /// Neighbours in the pixels, and what the map makes of them; silent where it is stopped or cannot be told.
  private func judge(_ request: MapJudgement, _ control: EmbeddingControl) {
    var parameters = EmbeddingParameters(perplexity: request.perplexity)
    (parameters.earlyIterations, parameters.iterations) = (0, 0)
    let content = content(of: request.digits, nil, [.pixels], parameters.components)
    let rows = rows([.pixels], content, digits: request.digits, network: nil, parameters, control, request.id)?.first
    guard let rows, let neighbours = try? Embedding.embed(rows, parameters: parameters, control: control, report: { _ in }).neighbours,
      let divergence = try? divergence(of: request.positions, neighbours: neighbours, perplexity: request.perplexity), !control.isStopped
    else { return }
    let quality = MapQuality(positions: request.positions, neighbours: neighbours, labels: nil)
    guard !isReplaced else { return }
    mailbox.post(.mapJudged(request.id, divergence: divergence, neighboursKept: quality.neighboursKept))
  }

  /// Stopped before there was a map: what is on screen stays.
  private func endedEarly(_ id: RequestID) {
    guard !isReplaced else { return }
    mailbox.post(.embeddingFinished(id, EmbeddedMap(positions: [], isComplete: false)))
  }

  /// Nil where the run was replaced or failed, which is told then.
  private func optimize(
    _ rows: ProjectedRows, _ neighbours: NearestNeighbours?, _ initial: [Float]?, _ parameters: EmbeddingParameters,
    _ digits: DigitCollection, _ control: EmbeddingControl, report: (EmbeddingSnapshot) -> Void,
    found: (NearestNeighbours) -> Void = { _ in }
  ) -> EmbeddedMap? {
    do throws(EmbeddingError) {
      let result = try Embedding.embed(
        rows, neighbours: neighbours, initial: initial, parameters: parameters, control: control, report: report)
      if let neighbours = result.neighbours { found(neighbours) }
      // A run that was replaced by a newer one has nothing more to say.
      guard !isReplaced else { return nil }
      let hasMap = result.iterations > 0 || result.completed
      return EmbeddedMap(
        positions: hasMap ? result.positions : [], divergence: result.divergence, neighboursKept: result.neighboursKept,
        labelAgreement: hasMap && digits.count > 0 ? MapQuality.labelAgreement(positions: result.positions, labels: digits.labels) : nil,
        isComplete: result.completed, messages: result.messages)
    } catch {
      mailbox.post(.failed(.embedding, message: error.description))
      return nil
    }
  }

  // MARK: - Layer by layer

  private func mapStages(_ request: StagesRequest, _ control: EmbeddingControl) {
    let content = content(of: request.digits, request.network, request.representations, request.parameters.components)
    var before: (key: MapKey, positions: [Float])?
    var rows: [ProjectedRows]?
    for (index, representation) in request.representations.enumerated() {
      let key =
        before == nil && representation == .pixels
        ? MapKey(digits: request.digits, parameters: request.parameters)
        : MapKey(content[index], parameters: request.parameters, start: before?.key)
      var map = maps.map(for: key, count: request.digits.count)
      if map == nil {
        // What one pass through the network gives is computed for all stages at once, when the first is missing.
        rows =
          rows
          ?? self.rows(
            request.representations, content, digits: request.digits, network: request.network, request.parameters, control, request.id)
        guard let rows else { return endedEarly(request.id) }
        map = optimize(
          rows[index], nil, before?.positions, request.parameters, request.digits, control,
          report: { [mailbox] snapshot in
            // The map on screen is that of the stage before until this one is complete.
            var shown = snapshot
            shown.positions = []
            mailbox.post(.embeddingAdvanced(request.id, shown))
          })
        guard map != nil else { return }
        guard map?.isComplete == true else { return endedEarly(request.id) }
        if let before, let found = map { map?.positions = Procrustes(aligning: found.positions, to: before.positions)(found.positions) }
        if let map { maps.keep(map, for: key) }
      }
      guard let map, !isReplaced else { return }
      mailbox.post(.stageFinished(request.id, index, map))
      before = (key, map.positions)
    }
  }

  // MARK: - What maps are made of

  private func content(
    of digits: DigitCollection, _ network: Network?, _ representations: [Representation], _ components: Int
  ) -> [RepresentationKey] {
    let pictures = digits.contentDigest
    let network = representations.contains(where: \.needsNetwork) ? network?.contentDigest : nil
    return representations.map { RepresentationKey($0, pictures: pictures, network: network, components: components) }
  }

  /// Known rows, or computed ones; those of layers in one pass. Nil when stopped or failed, which is told then.
  private func rows(
    _ representations: [Representation], _ content: [RepresentationKey], digits: DigitCollection, network: Network?,
    _ parameters: EmbeddingParameters, _ control: EmbeddingControl, _ id: RequestID
  ) -> [ProjectedRows]? {
    var result = content.map { rowsStore.rows(for: $0, count: digits.count) }
    if let pixels = representations.firstIndex(of: .pixels), result[pixels] == nil {
      guard let rows = pixelRows(digits, parameters, control, id) else { return nil }
      rowsStore.keep(rows, for: content[pixels], onDisk: false)
      result[pixels] = rows
    }
    let missing = result.indices.filter { result[$0] == nil }
    if !missing.isEmpty {
      guard let network else { return nil }
      let job = RepresentationJob(digits: digits, network: network, kernels: kernels, components: parameters.components) {
        self.mayGoOn(control)
      }
      var lastPart = -1
      mailbox.post(.representationAdvanced(id, fraction: 0))
      do throws(RepresentationJob.Failure) {
        let found = try job.run(missing.map { representations[$0] }) { [mailbox] share in
          // Tenths of a per cent are what moves a bar.
          guard Int(share * 1000) > lastPart else { return }
          lastPart = Int(share * 1000)
          mailbox.post(.representationAdvanced(id, fraction: share))
        }
        guard let found else { return nil }
        for (place, rows) in zip(missing, found) {
          rowsStore.keep(rows, for: content[place], onDisk: true)
          result[place] = rows
        }
      } catch {
        if !isReplaced { mailbox.post(.failed(.embedding, message: error.description)) }
        return nil
      }
    }
    return result.compactMap { $0 }
  }

  private func pixelRows(
    _ digits: DigitCollection, _ parameters: EmbeddingParameters, _ control: EmbeddingControl, _ id: RequestID
  ) -> ProjectedRows? {
    do throws(EmbeddingError) {
      return try ProjectedRows(
        images: digits.pixels, count: digits.count, dimension: digits.width * digits.height, components: parameters.components,
        matrices: kernels
      ) { share in
        mailbox.post(
          .embeddingAdvanced(
            id,
            EmbeddingSnapshot(
              positions: [], stage: .components, fraction: share, iteration: 0,
              totalIterations: parameters.earlyIterations + parameters.iterations, divergence: nil, millisecondsPerIteration: 0)))
        return mayGoOn(control)
      }
    } catch {
      mailbox.post(.failed(.embedding, message: error.description))
      return nil
    }
  }
}
