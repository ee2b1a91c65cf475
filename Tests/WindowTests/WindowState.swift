import Foundation

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
  let map: Map
  let progress: Double?
  let message: String?
}
