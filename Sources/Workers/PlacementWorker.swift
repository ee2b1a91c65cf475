import AppCore
import Datasets
import Embedding
import Networks
import Relevance

/// Finds the places of new pictures in a map on a thread of its own. A newer request replaces one that waits.
final class PlacementWorker: Sendable {
  private struct Orders {
    var request: PlacementRequest?
    var isClosing = false
  }

  private let orders = Locked(Orders())
  private let kernels: any Kernels
  private let rowsStore: RowsStore
  private let mailbox: Mailbox

  init(kernels: any Kernels, rows: RowsStore, mailbox: Mailbox, threads: RunningThreads) {
    self.kernels = kernels
    rowsStore = rows
    self.mailbox = mailbox
    threads.start("placement") { self.run() }
  }

  func place(_ request: PlacementRequest) { orders.change { $0.request = request } }
  func close() { orders.change { $0.isClosing = true } }

  /// What places pictures in one map.
  private struct Ready {
    let revision: Int
    let rows: ProjectedRows
    let placer: PointPlacer
    /// Nil where pixels are compared.
    let representer: Representer?
  }

  private func run() {
    var ready: Ready?
    while true {
      let request = orders.wait { orders -> PlacementRequest?? in
        if orders.isClosing { return .some(nil) }
        guard let request = orders.request else { return nil }
        orders.request = nil
        return request
      }
      guard let request else { return }
      if ready?.revision != request.revision {
        ready = nil
        ready = prepared(request)
        returnFreeMemory()
      }
      mailbox.post(.placed(request.id, ready.flatMap { place(request.picture, $0) }))
    }
  }

  private var isClosing: Bool { orders.withLock { $0.isClosing } }

  private func prepared(_ request: PlacementRequest) -> Ready? {
    guard request.digits.count > 0, request.positions.count == 2 * request.digits.count else { return nil }
    let representation = request.representation
    let key = RepresentationKey(
      representation, pictures: request.digits.contentDigest, network: representation.needsNetwork ? request.network?.contentDigest : nil,
      components: request.components)
    var rows = rowsStore.rows(for: key, count: request.digits.count)
    if rows == nil, representation == .pixels {
      let digits = request.digits
      rows =
        (try? ProjectedRows(
          images: digits.pixels, count: digits.count, dimension: digits.width * digits.height, components: request.components,
          matrices: kernels
        ) { _ in !isClosing }) ?? nil
      if let rows { rowsStore.keep(rows, for: key, onDisk: false) }
    }
    // Numbers of a layer that are neither in memory nor in the cache would take minutes: such a map takes no new points.
    guard let rows else { return nil }
    var representer: Representer?
    if representation != .pixels {
      guard let network = request.network, let made = Representer([representation], network: network, kernels: kernels) else { return nil }
      representer = made
    }
    // One thread: with more, it would take the cores from the explanation of the same stroke, whose threads wait for each other.
    let placer = PointPlacer(rows: rows, positions: request.positions, threads: 1)
    return Ready(revision: request.revision, rows: rows, placer: placer, representer: representer)
  }

  private func place(_ picture: GrayPicture, _ ready: Ready) -> Placement? {
    guard picture.pixels.contains(where: { $0 > 0 }) else { return nil }
    let components = ready.rows.components
    let query: [Float]
    if let representer = ready.representer {
      guard let found = try? representer.rows(of: [picture.pixels], width: picture.width, height: picture.height),
        let row = found.first, row.count == components.dimension, row.allSatisfy(\.isFinite)
      else { return nil }
      query = row.withUnsafeBufferPointer { components.project(row: $0) }
    } else {
      guard picture.pixels.count == components.dimension else { return nil }
      query = picture.pixels.withUnsafeBufferPointer { components.project(picture: $0) }
    }
    return ready.placer.place(query)
  }
}
