import Geometry
import Scene
import TestSupport
import Testing

@testable import AppCore

@Suite("Digits as pictures")
struct ThumbnailTests {
  private func scattered(_ count: Int) -> [Float] {
    var numbers = SeededNumbers(seed: 3)
    return numbers.floats(2 * count, in: 0...10)
  }

  @Test("a digit's distance is that to the nearest one of higher priority: the priorities make one order of all")
  func definition() throws {
    let positions = scattered(400)
    let ranks = DigitRanks(positions)
    #expect(ranks.distances.count { $0 == .infinity } == 1)
    func distance(_ a: Int, _ b: Int) -> Float {
      let (x, y) = (positions[2 * a] - positions[2 * b], positions[2 * a + 1] - positions[2 * b + 1])
      return (x * x + y * y).squareRoot()
    }
    // Whoever is nearest to a digit and has the larger distance, or is the nearer one's equal, outranks it: checked without priorities by
    // what they are for, that shown digits keep apart.
    for least in [Float(0.2), 0.5, 1, 3] {
      let shown = (0..<400).filter { ranks.distances[$0] >= least }
      #expect(shown.count == ranks.end(atLeast: least) && Set(shown) == Set(ranks.order.prefix(shown.count).map { Int($0) }))
      for (place, a) in shown.enumerated() {
        for b in shown[..<place] { #expect(distance(a, b) >= least * 0.999_9) }
      }
      // And no more than needed is left out: a digit that is hidden has one of higher priority within reach, so something within reach of
      // it is nearer than its distance says.
      for hidden in 0..<400 where ranks.distances[hidden] < least {
        #expect((0..<400).contains { $0 != hidden && abs(distance($0, hidden) - ranks.distances[hidden]) < 1e-4 })
      }
    }
  }

  @Test("zooming in only adds pictures, and none is there before it is as good as invisible")
  func monotone() throws {
    var state = Fixture.loaded()
    state.map.thumbnails.mode = .on
    var before: [Int32: Float] = [:]
    for step in 0..<60 {
      let frame = state.mapFrame
      let shown = state.thumbnails(in: frame, unit: 1)?.marks ?? []
      let now = Dictionary(uniqueKeysWithValues: shown.map { ($0.index, $0.opacity) })
      let inner = frame.inset(by: 40)
      for (index, opacity) in before where inner.contains(state.window(of: Int(index))) {
        #expect(now[index, default: 0] >= opacity - 1e-6, "digit \(index) fades at step \(step)")
      }
      for (index, opacity) in now where step > 0 && before[index] == nil {
        // What comes into view from outside is there already.
        let old = Camera(centre: state.map.camera.centre, scale: state.map.camera.scale / 1.02)
        let was = old.windowFromEmbedding(
          Point(Double(state.map.positions[2 * Int(index)]), Double(state.map.positions[2 * Int(index) + 1])), in: frame)
        #expect(opacity < 0.2 || !inner.contains(was), "digit \(index) pops up with \(opacity)")
      }
      before = now
      state.map.camera = state.map.camera.zoomed(by: 1.02, about: frame.center, in: frame)
    }
    #expect(!before.isEmpty)
  }

  @Test("T goes from automatic to always to never; what is hidden in the legend is no picture, what does not stand out is faint")
  func modes() throws {
    var state = Fixture.loaded()
    let frame = state.mapFrame
    Fixture.press(&state, "t")
    #expect(state.map.thumbnails.mode == .on)
    let all = try #require(state.thumbnails(in: frame, unit: 1)).marks
    state.map.look.hidden = [3]
    state.refreshLook()
    let some = try #require(state.thumbnails(in: frame, unit: 1)).marks
    #expect(some.count < all.count && some.allSatisfy { $0.color != 3 })
    Fixture.press(&state, "/7")
    let faint = try #require(state.thumbnails(in: frame, unit: 1)).marks
    #expect(faint.allSatisfy { $0.color == 7 || $0.opacity <= 0.25 })
    _ = update(&state, .keyPressed(.escape, []))
    Fixture.press(&state, "t")
    #expect(state.map.thumbnails.mode == .off)
    _ = update(&state, .clock(.seconds(1)))
    _ = update(&state, .clock(.seconds(2)))
    #expect(state.thumbnails(in: frame, unit: 1) == nil)
  }

  @Test("a picture answers the pointer where no point is nearer")
  func hovering() throws {
    var state = Fixture.loaded()
    state.map.thumbnails.mode = .on
    let mark = try #require(state.thumbnails(in: state.mapFrame, unit: 1)?.marks.first { $0.opacity > 0.9 })
    let corner = mark.centre + Point(13, 13)
    #expect(state.digit(under: corner) == Int(mark.index))
    state.map.thumbnails.mode = .off
    state.map.thumbnails.presence = 0
    #expect(state.digit(under: corner) == nil)
  }

  @Test("the order is asked for once for each map that stands still, and of an older map it counts for nothing")
  func asking() {
    var state = Fixture.unpredicted()
    let asked = state.map.positionsRevision
    #expect(state.map.thumbnails.revision == asked)
    let effects = update(&state, .pointerMoved(Point(300, 300), []))
    #expect(!effects.contains { if case .rankDigits = $0 { true } else { false } })
    _ = update(&state, .digitsRanked(revision: asked - 1, DigitRanks([])))
    #expect(state.map.thumbnails.ranks?.distances.count == Fixture.count)
  }
}

@Suite("A view that glides")
struct CameraGlideTests {
  @Test("the point under the pointer stays within a hundredth of a pixel on the whole way, and the scale ends where it should")
  func fixedPoint() {
    let frame = Rect(10, 20, 700, 500)
    let from = Camera(centre: Point(3, -2), scale: 12)
    let pointer = Point(123, 456)
    let to = from.zoomed(by: 1.953_125, about: pointer, in: frame)
    let under = from.embeddingFromWindow(pointer, in: frame)
    var glide = CameraGlide(from: from, to: to, duration: .milliseconds(100), since: .zero)
    for time in 0...100 {
      let camera = glide.camera(at: .milliseconds(time))
      #expect(camera.windowFromEmbedding(under, in: frame).distance(to: pointer) < 0.01)
      #expect(camera.scale >= from.scale - 1e-9 && camera.scale <= to.scale + 1e-9)
    }
    #expect(glide.camera(at: .milliseconds(100)) == to && glide.isOver(at: .milliseconds(100)))
    glide.to = from.panned(by: Point(100, 0))
    #expect(abs(glide.camera(at: .milliseconds(50)).centre.x - (from.centre.x - 100 / 12 * 0.875)) < 1e-9)
  }

  @Test("a notch goes on from where the last one leads; a drag takes the view where it is; without motion all of it is at once")
  func wheel() {
    var state = Fixture.loaded()
    _ = update(&state, .clock(.seconds(1)))
    let (start, pointer) = (state.map.camera, state.mapFrame.center + Point(50, 20))
    for _ in 0..<5 { _ = update(&state, .wheelTurned(notches: 1, at: pointer, [])) }
    #expect(state.map.camera == start && state.isAnimating)
    #expect(abs(state.settledCamera.scale / start.scale - 3.051_757_812_5) < 1e-9)
    _ = update(&state, .clock(.seconds(1) + .milliseconds(16)))
    _ = update(&state, .clock(.seconds(1) + .milliseconds(60)))
    #expect(state.map.camera.scale > start.scale && state.map.camera.scale < state.settledCamera.scale)
    _ = update(&state, .pointerPressed(.left, pointer, clicks: 1, []))
    _ = update(&state, .pointerMoved(pointer + Point(30, 0), []))
    #expect(state.map.glide == nil)
    state.appearance.reducesMotion = true
    let before = state.map.camera.scale
    _ = update(&state, .keyPressed(.character("+"), []))
    #expect(abs(state.map.camera.scale / before - 1.25) < 1e-9 && state.map.glide == nil)
  }
}
