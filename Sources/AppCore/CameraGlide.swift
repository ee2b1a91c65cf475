import Geometry

/// The view on its way from one place to another: about the point of the window that both show alike, so that what is under the pointer
/// while one zooms stays there.
struct CameraGlide: Sendable {
  /// For a notch of the wheel, and for longer ways.
  static let short = Duration.milliseconds(130)
  static let long = Duration.milliseconds(280)

  let from: Camera
  var to: Camera
  let duration: Duration
  /// The first clock event after it was asked for.
  var since: Duration?

  func isOver(at now: Duration) -> Bool { since.map { now - $0 >= duration } ?? false }

  /// Fast at first, then ever slower: 1 - (1 - t)^3 of the way, the scale by equal factors in equal steps.
  func camera(at now: Duration) -> Camera {
    guard let since else { return from }
    let time = min(1, max(0, (now - since).inSeconds / duration.inSeconds))
    guard time < 1 else { return to }
    let left = 1 - time
    let share = 1 - left * left * left
    let scale = from.scale * power(to.scale / from.scale, share)
    // What lies under a point q of the window is c + q / s; the same for both ends where c changes with 1 / s.
    let whole = 1 / from.scale - 1 / to.scale
    let part = abs(whole) > 1e-9 / from.scale ? (1 / from.scale - 1 / scale) / whole : share
    return Camera(centre: from.centre + (to.centre - from.centre) * part, scale: scale)
  }

  /// `base` to a power of 0...1, by square roots: the core is without a library of functions.
  private func power(_ base: Double, _ exponent: Double) -> Double {
    var (result, root, rest) = (1.0, base, exponent)
    for _ in 0..<24 {
      root = root.squareRoot()
      rest *= 2
      if rest >= 1 {
        result *= root
        rest -= 1
      }
    }
    return result
  }
}

extension AppState {
  /// Where the view is, or is on its way to.
  var settledCamera: Camera { map.glide?.to ?? map.camera }

  /// Moves the view there; at once before the first frame, and where nothing is to move.
  mutating func glide(to camera: Camera, _ duration: Duration) {
    guard !appearance.reducesMotion, now > .zero, map.camera != camera else {
      map.glide = nil
      map.camera = camera
      return
    }
    map.glide = CameraGlide(from: map.camera, to: camera, duration: duration)
  }

  mutating func advanceCamera() {
    guard map.glide != nil else { return }
    if map.glide?.since == nil { map.glide?.since = now }
    guard let glide = map.glide else { return }
    map.camera = glide.camera(at: now)
    if glide.isOver(at: now) { map.glide = nil }
    refreshHover()
  }
}
