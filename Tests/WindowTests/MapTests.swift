import Foundation
import ProgramDriver
import Testing

extension WindowTests {
  @Suite("Map") struct Map {
    @Test("five notches of the wheel enlarge by 1.25 each, and the point under the cursor stays within a pixel")
    func zoom() throws {
      let window = try WindowTests.openWindow()
      let fitting = try window.state().view
      let cursor = ScreenPoint(x: 250, y: 180)
      try window.move(to: cursor)
      let anchor = fitting.embeddingPoint(under: cursor, middle: HeatlensWindow.mapMiddle)
      try window.turnWheel(notches: 5)
      let factor = 1.25 * 1.25 * 1.25 * 1.25 * 1.25
      let zoomed = try window.wait(for: "a scale of \(factor)") { abs($0.view.scale / fitting.scale / factor - 1) <= 0.02 }.view
      let now = zoomed.embeddingPoint(under: cursor, middle: HeatlensWindow.mapMiddle)
      #expect(hypot(now.x - anchor.x, now.y - anchor.y) * zoomed.scale < 1)

      try window.key("f")
      try window.wait(for: "the view that fits the map") { $0.view == fitting }
    }

    @Test("a drag of 200 pixels pans by 200 pixels and selects nothing, even from a digit")
    func pan() throws {
      let window = try WindowTests.openWindow()
      let find = try window.findDigits(1)[0]
      let before = try window.state()
      #expect(before.hovered == find.index)
      // Towards the middle, so that the drag stays inside the map.
      let right = find.place.x < 386 ? 200 : -200
      let down = find.place.y < 283 ? 60 : -60
      try window.press()
      for step in 1...10 {
        try window.move(to: ScreenPoint(x: find.place.x + right * step / 10, y: find.place.y + down * step / 10))
      }
      let dragged = try window.wait(for: "the map under the pointer") { state in
        let moved = movement(from: before.view, to: state.view)
        return abs(moved.right - Double(right)) <= 1 && abs(moved.down - Double(down)) <= 1
      }
      #expect(dragged.hovered == nil)
      #expect(dragged.view.scale == before.view.scale)
      try window.release()
      // A later answer proves that the release was answered too.
      let frame = try window.state().frame
      try window.key("question")
      let after = try window.wait(for: "a frame with the keys") { $0.frame > frame && $0.selected == nil }
      let moved = movement(from: before.view, to: after.view)
      #expect(abs(moved.right - Double(right)) <= 1 && abs(moved.down - Double(down)) <= 1)
      #expect(after.selected == nil && after.explained == nil)
    }

    @Test("what is typed into the search field finds the digits of each label, Enter explains the first, Esc closes it")
    func search() throws {
      let window = try WindowTests.openWindow()
      let points = try window.state().points
      try window.key("slash")
      var total = 0
      for label in 0..<10 {
        if label > 0 { try window.key("BackSpace") }
        try window.type(label == 0 ? "label:0" : "\(label)")
        let state = try window.wait(for: "label \(label)") { $0.map.search == "label:\(label)" && $0.map.matches != nil }
        #expect(state.selected == nil, "digits that are typed choose no target and no point")
        total += state.map.matches ?? 0
      }
      #expect(total == points)
      try window.key("Return")
      let found = try window.wait(for: "a match that is explained") { $0.selected != nil && $0.explained == $0.selected.map { .point($0) } }
      #expect(found.map.search == "label:9")
      try window.key("Escape")
      try window.wait(for: "no search") { $0.map.search == nil && $0.selected == found.selected }
    }

    @Test("Shift and a drag around everything choose all digits, with Alt none is left; C changes what the colours tell")
    func lasso() throws {
      let window = try WindowTests.openWindow()
      let points = try window.state().points
      let corners = [(20, 45), (745, 45), (745, 500), (20, 500)].map { ScreenPoint(x: $0.0, y: $0.1) }
      func drag() throws {
        try window.move(to: corners[0])
        try window.press()
        for corner in corners.dropFirst() { try window.move(to: corner) }
        try window.release()
      }
      try window.holding("shift") { try drag() }
      try window.wait(for: "all digits") { $0.map.chosen == points && $0.selected == nil }
      try window.holding("alt") { try window.holding("shift") { try drag() } }
      try window.wait(for: "none") { $0.map.chosen == 0 }
      try window.key("c")
      try window.wait(for: "another colouring") { $0.map.coloring == "prediction" }
    }

    @Test("a press that slips by two pixels is a click: it selects and does not pan")
    func slip() throws {
      let window = try WindowTests.openWindow()
      let find = try window.findDigits(1)[0]
      let view = try window.state().view
      try window.press()
      try window.move(to: ScreenPoint(x: find.place.x + 2, y: find.place.y))
      try window.release()
      let state = try window.wait(for: "a selection") { $0.selected != nil }
      #expect(state.selected == find.index)
      #expect(state.view == view)
    }

    @Test("the digit under the pointer is named, each in its place, and none while the map is dragged")
    func hover() throws {
      let window = try WindowTests.openWindow()
      let finds = try window.findDigits(3)
      // The same places name the same digits again.
      for find in finds {
        try window.move(to: find.place)
        try window.wait(for: "digit \(find.index) under the pointer") { $0.hovered == find.index }
      }
      let last = finds[2].place
      try window.press()
      try window.move(to: ScreenPoint(x: last.x + 10, y: last.y + 10))
      try window.wait(for: "no digit while dragging") { $0.hovered == nil }
      try window.release()
      // The map came along: the digit is under the pointer again.
      try window.wait(for: "the digit that was dragged") { $0.hovered == finds[2].index }
      #expect(try window.state().selected == nil)
    }

    @Test("while a map is computed the view zooms, pans and fits; Esc stops the run and keeps the map")
    func neverBlocks() throws {
      let window = try HeatlensWindow(withoutMNIST: true)
      try window.startLongRun()
      let first = try window.state()
      try window.move(to: ScreenPoint(x: 386, y: 283))
      try window.turnWheel(notches: 3)
      // The view follows the growing map until somebody moves it, so its scale alone says little: it must stand still from now on.
      try Self.stands(window, "zoomed", not: first.view)
      let zoomed = try window.state().view
      try window.press()
      for step in 1...5 { try window.move(to: ScreenPoint(x: 386 + 20 * step, y: 283)) }
      try window.release()
      let panned = try window.wait(for: "the map under the pointer") { abs(movement(from: zoomed, to: $0.view).right - 100) <= 1 }
      #expect(panned.progress != nil)
      #expect(panned.view.scale == zoomed.scale)
      try window.key("f")
      let fitted = try window.wait(for: "another view") { $0.view.scale != zoomed.scale }
      #expect(fitted.progress != nil)
      try window.key("Escape")
      let stopped = try window.wait(for: "the end of the run") { $0.progress == nil }
      #expect(stopped.points == 10_000)
    }

    /// The view changes from `old` and is then the same in two frames while the map goes on.
    private static func stands(_ window: HeatlensWindow, _ what: String, not old: WindowState.View) throws {
      var last = try window.wait(for: what) { $0.view != old }
      for _ in 0..<100 {
        let next = try window.wait(for: "a next frame") { $0.frame > last.frame || $0.progress == nil }
        #expect(next.progress != nil)
        if next.view == last.view { return }
        last = next
      }
      throw DriverFailure("the view does not stand still: \(last)")
    }
  }
}

/// How far the map moved on the screen, in pixels to the right and down.
func movement(from old: WindowState.View, to new: WindowState.View) -> (right: Double, down: Double) {
  ((old.centre[0] - new.centre[0]) * new.scale, (new.centre[1] - old.centre[1]) * new.scale)
}
