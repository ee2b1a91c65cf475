import Embedding

/// Maps of successive layers, each started from the one before, and the slider that stands on one of them or between two.
struct MapStages: Sendable {
  struct Stage: Sendable {
    let title: String
    let representation: Representation
    var map: EmbeddedMap?
  }

  let order: RequestID
  var stages: [Stage]
  /// Where the slider is: a whole number on a stage, between two otherwise.
  var place = 0.0
  /// Where it glides to, and from where since when; nil while it rests or is held.
  var glide: Glide?
  /// Whether a person moved it: it goes along with what is computed no more.
  var isTaken = false

  struct Glide: Sendable {
    let from: Double
    let to: Double
    var since: Duration?
  }

  /// How many stages from the first on have a map.
  var available: Int { stages.firstIndex { $0.map == nil } ?? stages.count }

  /// The stage that the slider stands on, or is nearest to.
  var nearest: Int { min(max(0, Int(place.rounded())), stages.count - 1) }

  /// The slider within what is there.
  func bounded(_ place: Double) -> Double { min(Double(max(0, available - 1)), max(0, place)) }

  /// The positions of every point where the slider stands; nil before the first map is there.
  var positions: [Float]? {
    let lower = min(max(0, Int(place.rounded(.down))), stages.count - 1)
    guard let low = stages[lower].map?.positions else { return nil }
    let share = place - Double(lower)
    guard share > 0, lower + 1 < stages.count, let high = stages[lower + 1].map?.positions else { return low }
    return mixed(low, high, Float(share))
  }
}
