import Datasets
import Embedding
import Networks
import Relevance
import Tensors

/// Everything the program wants done outside its state.
public enum Effect: Sendable {
  /// Read the data set in this folder or file; nil: where the program looks by itself, synthetic digits as the last resort.
  case loadData(path: String?)
  /// Read the network from this file; nil: the one that is shipped.
  case loadNetwork(path: String?)
  /// Map this collection: from the shipped map or the cache where they fit, computed otherwise.
  case embed(DigitCollection, EmbeddingParameters)
  case stopEmbedding
  /// Explain one picture. A newer request replaces an older one that has not started.
  case explain(ExplanationRequest)
  /// Put text on the clipboard.
  case copy(String)
  case quit
}

public struct ExplanationRequest: Sendable, Equatable {
  public var id: RequestID
  /// A grey picture as in the data set, 0 is background.
  public var picture: GrayPicture
  public var query: Query

  public init(id: RequestID, picture: GrayPicture, query: Query) {
    self.id = id
    self.picture = picture
    self.query = query
  }
}
