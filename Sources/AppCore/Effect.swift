import Datasets
import Embedding
import Geometry
import GraphLayout
import Networks
import Relevance
import Scene
import Tensors

/// Everything the program wants done outside its state.
public enum Effect: Sendable {
  /// Read the data set in this folder or file; nil: where the program looks by itself, synthetic digits as the last resort.
  case loadData(path: String?)
  /// Read the network from this file; nil: the one that is shipped.
  ///
  /// - Parameter preprocessing: what its file says of preparing pictures, where the user says otherwise.
  case loadNetwork(path: String?, preprocessing: PreprocessingOverride? = nil)
  /// Map a collection: from the shipped map or the cache where they fit and will do, computed otherwise.
  case embed(MapRequest)
  /// Map successive layers.
  case embedStages(StagesRequest)
  case pauseEmbedding, resumeEmbedding
  /// Ends the run; the map comes as far as it is.
  case stopEmbedding
  /// Read a map that was computed elsewhere, for this collection, and judge it by the pixels with this perplexity.
  case loadMap(RequestID, path: String, DigitCollection, perplexity: Double)
  case exportMap(MapExport)
  /// Find in which order digits become pictures, for the map that `revision` names.
  case rankDigits(revision: Int, positions: [Float])
  /// Predict all digits, in the background.
  case predict(PredictionRequest)
  case pausePredicting, resumePredicting
  case stopPredicting
  /// Find the digits that are most like one. A newer request replaces an older one.
  case findNeighbours(NeighbourRequest)
  /// Add up the relevance of many digits, in the background. A newer request replaces an older one.
  case average(AverageRequest)
  case stopAveraging
  /// Find the digits that speak most for a channel, in the background. A newer request replaces an older one; what was computed for any
  /// channel serves all of them.
  case rankChannel(ChannelRequest)
  case stopRanking
  /// Find the place of a new picture in the map. A newer request replaces an older one that has not started.
  case place(PlacementRequest)
  /// Find places for the nodes of the graph. A newer request replaces an older one.
  case layOut(RequestID, LayoutRequest)
  /// Count the weights of a layer.
  case describeWeights(RequestID, Network, layer: Int)
  /// Explain one picture. A newer request replaces an older one that has not started.
  case explain(ExplanationRequest)
  /// Drop what is being explained and what waits to be.
  case cancelExplanation
  /// Read the composites that were saved before.
  case loadComposites
  /// Read one composite's file.
  case loadComposite(path: String)
  /// Keep a composite for the next start.
  case save(Composite)
  /// Find out what a file holds.
  case identify(path: String)
  /// Read a picture for the pad.
  case loadPicture(path: String)
  /// List a folder; nil: the one that the program was started in. `~` is the person's own.
  case listFolder(path: String?)
  /// Write pixels as a PNG among the program's data, under a name that is free.
  case savePNG(name: String, PixelBuffer)
  /// Draw a scene and write a part of it as a PNG.
  case saveScene(name: String, Scene, part: Rect)
  /// Write a scene as SVG.
  case saveSVG(name: String, Scene)
  case fillScreen(Bool)
  /// Put text on the clipboard.
  case copy(String)
  case quit
}

public struct ExplanationRequest: Sendable, Equatable {
  public var id: RequestID
  /// A grey picture as in the data set, 0 is background.
  public var picture: GrayPicture
  public var query: Query
  /// A second method to explain the same picture with.
  public var compared: Query?
  /// The query once more for each of this many classes: all of them, or those with the largest logits and the target's.
  public var classes: Int

  public init(id: RequestID, picture: GrayPicture, query: Query, compared: Query? = nil, classes: Int = 0) {
    self.id = id
    self.picture = picture
    self.query = query
    self.compared = compared
    self.classes = classes
  }
}

/// What comes of a request.
public struct Explanations: Sendable {
  public var main: Explanation
  /// By the second method, where there is one.
  public var compared: Explanation?
  /// One per class, in the order in which they are shown.
  public var classes: [Explanation]
  /// Whether more comes of the same request: a second method that takes long does not hold up the first.
  public var isPartial: Bool

  public init(_ main: Explanation, compared: Explanation? = nil, classes: [Explanation] = [], isPartial: Bool = false) {
    self.main = main
    self.compared = compared
    self.classes = classes
    self.isPartial = isPartial
  }
}
