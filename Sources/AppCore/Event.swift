import Datasets
import Embedding
import Geometry
import GraphLayout
import Networks
import Relevance
import Tensors

/// Everything that can happen to the program.
public enum Event: Sendable {
  // The person at the window
  case windowResized(Size)
  case pointerMoved(Point, Modifiers)
  case pointerLeft
  case pointerPressed(PointerButton, Point, clicks: Int, Modifiers)
  case pointerReleased(PointerButton, Point, Modifiers)
  /// Positive notches zoom in.
  case wheelTurned(notches: Double, at: Point, Modifiers)
  case keyPressed(Key, Modifiers)
  /// Of keys that mean something while they are held: Space.
  case keyReleased(Key)
  case filesDropped([String])
  case closeRequested
  /// Time since the program started; sent before each frame while `AppState.isAnimating`, and when a deadline it asked for passes.
  case clock(Duration)

  // What the workers report
  case dataLoaded(DigitCollection)
  case networkLoaded(Network, path: String)
  /// Something could not be read or computed; what was there before stays.
  case failed(Activity, message: String)
  case embeddingAdvanced(RequestID, EmbeddingSnapshot)
  /// The map is there: read from a file or the cache, computed, or computed as far as it came.
  case embeddingFinished(RequestID, EmbeddedMap)
  /// The graph's nodes have their places.
  case laidOut(RequestID, GraphDrawing)
  /// The weights of a layer were counted.
  case weightsDescribed(RequestID, LayerWeightFacts)
  /// What a map is made of is being computed.
  case representationAdvanced(RequestID, fraction: Double)
  /// One of the maps of successive layers, by its place among them.
  case stageFinished(RequestID, Int, EmbeddedMap)
  /// What the network takes successive digits for, from one on.
  case predicted(RequestID, from: Int, [Prediction])
  case neighboursFound(RequestID, [DigitNeighbour])
  /// As far as it is computed.
  case averaged(RequestID, AverageRelevance)
  /// As far as it is known: at once, then again while more digits are looked at, last when all were.
  case channelRanked(RequestID, ChannelPictures)
  case mapExported(path: String)
  /// Of the map that `revision` names.
  case digitsRanked(revision: Int, DigitRanks)
  /// How good a map is that was computed elsewhere: it takes longer than reading it.
  case mapJudged(RequestID, divergence: Double, neighboursKept: Double)
  case placed(RequestID, Placement?)
  case explained(RequestID, Explanations)
  /// How much of what a request needs is done, 0...1.
  case explanationProgressed(RequestID, fraction: Double)
  case identified(path: String, FileKind)
  case folderListed(FolderListing)
  /// A picture in the size of the digits, for the pad.
  case pictureLoaded(path: String, GrayPicture)
  case pictureSaved(path: String)
  /// Composites of the person's own, as their files have them.
  case compositesLoaded([Composite])
  /// A file that the person gave: it is used at once.
  case compositeLoaded(Composite)
  /// A composite is on disk, under the name that it has there.
  case saved(Composite, path: String)
  case explanationFailed(RequestID, message: String)
  case progressed(Activity, fraction: Double)
}

/// What a worker is doing, for the status line and for messages.
public enum Activity: Sendable, Hashable {
  case loadingData
  case loadingNetwork
  case embedding
  case predicting
  case explaining
  case saving
}

/// Counts requests, so that a result can be told from the result of an older request.
public struct RequestID: Sendable, Hashable, Comparable {
  public let number: Int
  public init(_ number: Int) { self.number = number }
  public static func < (a: RequestID, b: RequestID) -> Bool { a.number < b.number }
}

public enum PointerButton: Sendable, Hashable { case left, middle, right }

public struct Modifiers: OptionSet, Sendable, Hashable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  public static let shift = Modifiers(rawValue: 1)
  public static let control = Modifiers(rawValue: 2)
  public static let alt = Modifiers(rawValue: 4)
}

public enum Key: Sendable, Hashable {
  /// A printable key by what it types without modifiers but Shift: "a", "7", "?", "[", "/".
  case character(Character)
  case escape, enter, tab, space, backspace, delete
  case left, right, up, down, home, end, pageUp, pageDown
  case function(Int)
}
