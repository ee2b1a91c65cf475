import AppCore
import Datasets
import Embedding
import Networks
import Relevance
import Tensors

/// Computes what maps are made of for a whole collection: batches of pictures go through the network, and what comes out is projected to
/// a few components at once, so that memory does not grow with the size of a layer.
struct RepresentationJob {
  /// Pictures at once: more gain nothing.
  private static let mostPictures = 32
  /// Numbers that all layers may give out for them: a hundred megabytes.
  private static let mostNumbers = 24 << 20

  let digits: DigitCollection
  let network: Network
  let kernels: any Kernels
  let components: Int
  /// Asked between batches; waits while there is a pause.
  let goOn: () -> Bool

  /// Why there are no rows.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// One pass for all of `representations`; nil when cancelled.
  ///
  /// - Parameter progress: told the share done.
  func run(
    _ representations: [Representation], progress: (Double) -> Void
  ) throws(Failure) -> [ProjectedRows]? {
    guard let representer = Representer(representations, network: network, kernels: kernels) else {
      throw Failure(description: "the network has no \(representations.map(\.title).joined(separator: ", ")) to map")
    }
    let dimensions = representer.dimensions
    let streams = dimensions.map { StreamBox(RowStream(count: digits.count, dimension: $0, components: components, matrices: kernels)) }
    let numbers = network.layers.reduce(0) { $0 + $1.outputCount }
    let batch = max(1, min(Self.mostPictures, Self.mostNumbers / max(1, numbers)))
    for start in stride(from: 0, to: digits.count, by: batch) {
      guard goOn() else { return nil }
      let pictures = (start..<min(digits.count, start + batch)).map { Array(digits.picture($0)) }
      do throws(RelevanceError) {
        guard let found = try representer.rows(of: pictures, width: digits.width, height: digits.height) else { return nil }
        for (stream, rows) in zip(streams, found) {
          guard rows.allSatisfy(\.isFinite) else {
            throw .parameter("numbers of digits \(start) to \(start + pictures.count - 1) are not finite")
          }
          stream.add(rows)
        }
      } catch {
        throw Failure(description: error.description)
      }
      progress(Double(start + pictures.count) / Double(digits.count))
    }
    return streams.map { $0.finished() }
  }
}

/// Holds what cannot be copied in an array.
private final class StreamBox {
  private var stream: RowStream?

  init(_ stream: consuming RowStream) { self.stream = consume stream }

  func add(_ rows: [Float]) { stream?.add(rows) }

  func finished() -> ProjectedRows {
    guard let stream = stream.take() else { preconditionFailure("a stream ends once") }
    return stream.finished()
  }
}
