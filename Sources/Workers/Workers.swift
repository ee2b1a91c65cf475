import AppCore
import Datasets
import Files
import GraphLayout
import Networks
import Relevance
import Scene

/// Carries effects out on their own threads and posts what comes of them to the mailbox.
public final class Workers: Sendable {
  public let mailbox: Mailbox
  private let places: Places
  private let threads = RunningThreads()
  private let inference: InferenceWorker
  private let rankings: RankingDesk
  private let embedding: EmbeddingWorker
  private let placement: PlacementWorker
  private let wantedPredictions = Locked<RequestID?>(nil)
  private let wantedNeighbours = Locked<RequestID?>(nil)
  private let wantedLayout = Locked<RequestID?>(nil)
  /// Counts loads, so that a slow load that a newer one overtook is dropped.
  private let newestLoad = Locked<[Activity: Int]>([:])

  /// - Parameter wake: called from any thread when the mailbox has something.
  public init(kernels: any Kernels, places: Places, wake: @escaping @Sendable () -> Void) {
    self.places = places
    mailbox = Mailbox(wake: wake)
    inference = InferenceWorker(kernels: kernels, mailbox: mailbox, threads: threads)
    rankings = RankingDesk(inference: inference, store: places.channelRanks, mailbox: mailbox, threads: threads)
    let rows = RowsStore(folder: places.mapCache)
    embedding = EmbeddingWorker(kernels: kernels, maps: places.maps, rows: rows, mailbox: mailbox, threads: threads)
    placement = PlacementWorker(kernels: kernels, rows: rows, mailbox: mailbox, threads: threads)
  }

  /// Starts what an effect asks for; returns at once. Effects about the window itself are not for workers and are ignored.
  public func perform(_ effect: Effect) {
    switch effect {
    case .loadData(let path):
      load(.loadingData) { [places] () throws(FileError) in
        let digits = try places.digits(path)
        return {
          $0.inference.use(digits)
          $0.rankings.forget()
          $0.mailbox.post(.dataLoaded(digits))
        }
      }
    case .loadNetwork(let path, let preprocessing):
      load(.loadingNetwork) { [places] () throws(FileError) in
        let file = try places.network(path)
        let network = try readNetwork(from: file, preprocessing: preprocessing)
        return {
          $0.inference.use(network)
          $0.rankings.forget()
          $0.mailbox.post(.networkLoaded(network, path: file))
        }
      }
    case .embed(let request): embedding.embed(request)
    case .embedStages(let request): embedding.embed(request)
    case .pauseEmbedding: embedding.pause()
    case .resumeEmbedding: embedding.resume()
    case .stopEmbedding: embedding.stopRun()
    case .loadMap(let id, let path, let digits, let perplexity):
      // A run that goes on would answer an order that is no longer the newest.
      embedding.stopRun()
      threads.start("files") { [mailbox, embedding] in
        do throws(FileError) {
          let map = try readMap(path, for: digits)
          mailbox.post(.embeddingFinished(id, map))
          embedding.judge(MapJudgement(id: id, digits: digits, positions: map.positions, perplexity: perplexity))
        } catch {
          mailbox.post(.failed(.embedding, message: error.description))
        }
      }
    case .exportMap(let export):
      onDisk { [places] () throws(FileError) in .mapExported(path: try export.write(into: places.exports())) }
    case .rankDigits(let revision, let positions):
      threads.start("ranks", givesWay: true) { [mailbox] in
        mailbox.post(.digitsRanked(revision: revision, DigitRanks(positions)))
      }
    case .findNeighbours(let request):
      wantedNeighbours.withLock { $0 = request.id }
      threads.start("neighbours", givesWay: true) { [mailbox, wantedNeighbours] in
        let found = request.digits.nearest(to: request.index, count: request.count) {
          wantedNeighbours.withLock { $0 != request.id }
        }
        if let found { mailbox.post(.neighboursFound(request.id, found)) }
      }
    case .layOut(let id, let request):
      wantedLayout.withLock { $0 = id }
      threads.start("layout") { [mailbox, wantedLayout] in
        if let drawing = layOut(request, isCancelled: { wantedLayout.withLock { $0 != id } }) { mailbox.post(.laidOut(id, drawing)) }
      }
    case .describeWeights(let id, let network, let layer):
      threads.start("weights", givesWay: true) { [mailbox] in
        if let facts = LayerWeightFacts(network.layers[layer]) { mailbox.post(.weightsDescribed(id, facts)) }
      }
    case .average(let request): inference.average(AverageJob(request))
    case .stopAveraging: inference.average(nil)
    case .rankChannel(let request): rankings.rank(request)
    case .stopRanking: rankings.stop()
    case .predict(let request):
      inference.pausePredicting(false)
      wantedPredictions.withLock { $0 = request.id }
      // Hashing what they belong to takes a while.
      threads.start("predictions", givesWay: true) { [places, inference, mailbox, wantedPredictions] in
        let (key, store) = (PredictionKey(digits: request.digits, network: request.network), places.predictions)
        if let known = store.predictions(for: key, count: request.digits.count) {
          mailbox.post(.predicted(request.id, from: 0, known))
          returnFreeMemory()
        } else if wantedPredictions.withLock({ $0 == request.id }) {
          inference.predict(PredictionJob(request, key: key, store: store))
        }
      }
    case .pausePredicting: inference.pausePredicting(true)
    case .resumePredicting: inference.pausePredicting(false)
    case .stopPredicting:
      wantedPredictions.withLock { $0 = nil }
      inference.stopPredicting()
    case .place(let request): placement.place(request)
    case .explain(let request): inference.explain(request)
    case .cancelExplanation: inference.cancel()
    case .loadComposites:
      threads.start("composites") { [places, mailbox] in mailbox.post(.compositesLoaded(places.composites.all())) }
    case .loadComposite(let path):
      onDisk { () throws(FileError) in .compositeLoaded(try Composite(fromFile: path)) }
    case .save(let composite):
      onDisk { [places] () throws(FileError) in
        let saved = try places.composites.save(composite)
        return .saved(saved.composite, path: saved.path)
      }
    case .identify(let path):
      threads.start("files") { [mailbox] in
        let whole = FolderListing.expanded(path)
        do throws(FileError) { mailbox.post(.identified(path: whole, try FileKind.identify(whole))) } catch {
          mailbox.post(.failed(.saving, message: error.description))
        }
      }
    case .listFolder(let path):
      onDisk { () throws(FileError) in .folderListed(try FolderListing.read(path)) }
    case .loadPicture(let path):
      onDisk { () throws(FileError) in .pictureLoaded(path: path, try readHandwrittenPNG(path)) }
    case .savePNG(let name, let pixels):
      onDisk { [places] () throws(FileError) in
        let bytes = pngBytes(width: pixels.width, height: pixels.height, rgba: pixels.rgba)
        return .pictureSaved(path: try writeUnderFreeName(bytes, name: name, ending: "png", into: places.pictures()))
      }
    case .saveSVG(let name, let scene):
      onDisk { [places] () throws(FileError) in
        let text = scene.svg { pngBytes(width: $0.width, height: $0.height, rgba: $0.rgba) }
        return .pictureSaved(path: try writeUnderFreeName(Array(text.utf8), name: name, ending: "svg", into: places.pictures()))
      }
    case .saveScene, .fillScreen, .copy, .quit: break
    }
  }

  /// Cancels everything and waits for the threads to end: well under a second but for a file that is being read.
  public func stop() {
    wantedNeighbours.withLock { $0 = nil }
    wantedLayout.withLock { $0 = nil }
    rankings.stop()
    inference.stop()
    embedding.close()
    placement.close()
    threads.waitForAll()
  }

  /// Reads or writes a small file, and says what came of it.
  private func onDisk(_ activity: Activity = .saving, _ work: @escaping @Sendable () throws(FileError) -> Event) {
    threads.start("files") { [mailbox] in
      let event: Event
      do throws(FileError) { event = try work() } catch { event = .failed(activity, message: error.description) }
      mailbox.post(event)
    }
  }

  private func load(
    _ activity: Activity, _ read: @escaping @Sendable () throws(FileError) -> (@Sendable (Workers) -> Void)
  ) {
    let number = newestLoad.withLock { newest in
      newest[activity, default: 0] += 1
      return newest[activity, default: 0]
    }
    threads.start("\(activity)") {
      let announce: @Sendable (Workers) -> Void
      do throws(FileError) { announce = try read() } catch {
        announce = { $0.mailbox.post(.failed(activity, message: error.description)) }
      }
      if self.newestLoad.withLock({ $0[activity] == number }) { announce(self) }
      returnFreeMemory()
    }
  }
}
