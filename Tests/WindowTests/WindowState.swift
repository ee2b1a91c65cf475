import Foundation
import ProgramDriver

/// What the program writes into its state file.
struct WindowState: Decodable, Equatable {
  struct View: Decodable, Equatable {
    let centre: [Double]
    let scale: Double

    /// The embedding's point under a point of the screen, while the map's middle is at `middle`; y points up.
    func embeddingPoint(under point: ScreenPoint, middle: (x: Double, y: Double)) -> (x: Double, y: Double) {
      (centre[0] + (Double(point.x) - middle.x) / scale, centre[1] - (Double(point.y) - middle.y) / scale)
    }
  }

  struct Map: Decodable, Equatable {
    let phase: String
    let source: String?
    let iteration: Int?
    let millisecondsPerIteration: Double?
    let secondsLeft: Double?
    let divergence: Double?
    let neighboursKept: Double?
    let labelAgreement: Double?
    let isFollowed: Bool
    let isMoving: Bool
    let order: Int?
    let stage: Double?
    let stages: Int
    let coloring: String
    let hidden: [String]
    let search: String?
    let matches: Int?
    let predicted: Int
    let chosen: Int
    let drawing: [Double]
    let neighbours: [Int]
    let thumbnails: String
    let pictures: Int
    let nearest: [Int]
    let averaged: Int
  }

  struct Network: Decodable, Equatable {
    struct Node: Decodable, Equatable {
      let name: String
      let kind: String
      /// Left, top, width, height in window pixels.
      let frame: [Double]
      let sum: Double?

      var left: Double { frame[0] }
      var top: Double { frame[1] }
      var width: Double { frame[2] }
      var height: Double { frame[3] }
      var right: Double { left + width }
      var bottom: Double { top + height }

      func overlaps(_ other: Node) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
      }

      /// A pixel by shares of the sides.
      func point(_ x: Double = 0.5, _ y: Double = 0.5) -> ScreenPoint {
        ScreenPoint(x: Int((left + x * width).rounded()), y: Int((top + y * height).rounded()))
      }

      /// On the sign that opens it.
      var plus: ScreenPoint { ScreenPoint(x: Int(left.rounded()) + 5, y: Int(top.rounded()) + 5) }

      /// How far the farthest of its corners went.
      func distance(to other: Node) -> Double {
        hypot(
          max(abs(left - other.left), abs(right - other.right)), max(abs(top - other.top), abs(bottom - other.bottom)))
      }
    }

    struct Sum: Decodable, Equatable {
      let name: String
      let parts: [Double]
    }

    let level: String
    let open: [String]
    let nodes: [Node]
    let sums: [Sum]
    let scale: Double
    let isWaiting: Bool
    let isActive: Bool
    let shownLayer: String?
    let tab: String
    let order: String
    let mapScale: String
    let channels: [Int]
    let channel: Int?
    let relevance: [Double]
    let activation: [Double]
    let search: String?
    let found: Int?
    let step: Int?
    let steps: Int?
    let byRelevance: [Int]
    let byActivation: [Int]

    var blocks: [Node] { nodes.filter { $0.kind == "block" } }

    func node(_ name: String) throws -> Node {
      guard let node = nodes.first(where: { $0.name == name }) else { throw DriverFailure("no node \(name) among \(nodes.map(\.name))") }
      return node
    }
  }

  enum Subject: Decodable, Equatable {
    case point(Int)
    case drawing

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let index = try? container.decode(Int.self) {
        self = .point(index)
      } else if try container.decode(String.self) == "drawing" {
        self = .drawing
      } else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither an index nor \"drawing\"")
      }
    }
  }

  let frame: Int
  let points: Int
  let view: View
  let hovered: Int?
  let selected: Int?
  let explained: Subject?
  let prediction: Int?
  let target: Int?
  let targetDescription: String?
  let composite: String?
  let attribution: String
  let parameters: [String: String]
  let comparison: String?
  let correlation: Double?
  let classes: [Int]
  let conditions: [String]
  let warnings: [String]
  struct Pixel: Decodable, Equatable {
    let row: Int
    let column: Int
    let input: Int
    let relevance: Double
  }

  let overlay: String?
  let focused: String?
  let tab: String
  let theme: String
  let unit: Double
  let pixel: Pixel?
  let colormap: String
  let normalization: String
  let colorEnd: Double?
  let layer: String?
  let network: Network
  let map: Map
  let progress: Double?
  let message: String?
}
