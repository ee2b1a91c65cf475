import Datasets
import Foundation
import Geometry
import Scene
import Testing

@testable import AppCore

extension Lasso {
  /// Along the rim of a rectangle.
  static func around(_ frame: Rect, _ mode: DigitSelection.Mode = .replace) -> Lasso {
    var lasso = Lasso(mode, at: Point(frame.minX, frame.minY))
    for corner in [Point(frame.maxX, frame.minY), Point(frame.maxX, frame.maxY), Point(frame.minX, frame.maxY)] { lasso.extend(to: corner) }
    return lasso
  }
}

@Suite("Choosing several")
struct SelectionTests {
  /// Drags along corners.
  private func drag(_ state: inout AppState, _ corners: [Point], _ modifiers: Modifiers) {
    _ = update(&state, .pointerPressed(.left, corners[0], clicks: 1, modifiers))
    for corner in corners.dropFirst() { _ = update(&state, .pointerMoved(corner, modifiers)) }
    _ = update(&state, .pointerReleased(.left, corners[corners.count - 1], modifiers))
  }

  /// Around digits `first` to `last`, which are corners of a rectangle in the grid.
  private func corners(_ state: AppState, _ first: Int, _ last: Int) -> [Point] {
    let (a, b) = (state.window(of: first), state.window(of: last))
    let reach = 0.4 * state.map.camera.scale
    let (left, right) = (min(a.x, b.x) - reach, max(a.x, b.x) + reach)
    let (top, bottom) = (min(a.y, b.y) - reach, max(a.y, b.y) + reach)
    return [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)]
  }

  @Test("Shift+drag chooses exactly the digits inside, with Ctrl more, with Alt fewer; the map stands still and nothing is explained")
  func lasso() {
    var state = Fixture.loaded()
    let camera = state.map.camera
    drag(&state, corners(state, 21, 43), .shift)
    #expect(state.selection?.members == [21, 22, 23, 41, 42, 43] && state.map.camera == camera && state.selected == nil)
    drag(&state, corners(state, 101, 102), [.shift, .control])
    #expect(state.selection?.members == [21, 22, 23, 41, 42, 43, 101, 102])
    drag(&state, corners(state, 22, 42), [.shift, .alt])
    #expect(state.selection?.members == [21, 23, 41, 43, 101, 102] && stateReport(of: state, frame: 0).map.chosen == 6)
    drag(&state, corners(state, 290, 290), .shift)
    #expect(state.selection?.members == [290])
  }

  @Test("a lasso of any shape chooses by the even-odd rule, as a slow test of every point by its winding does")
  func shapes() {
    var state = Fixture.loaded()
    // A star that crosses itself: its middle is outside.
    let middle = state.window(of: 150)
    let star = (0..<5).map { number in
      let angle = Double(number) * 4 * Double.pi / 5
      return middle + Point(150 * cos(angle), 150 * sin(angle))
    }
    drag(&state, star, .shift)
    let expected = (0..<Fixture.count).filter { index in
      let point = state.window(of: index)
      // Crossings with a ray upwards instead of to the right.
      let crossings = star.indices.count { at in
        let (a, b) = (star[at], star[(at + 1) % star.count])
        guard (a.x > point.x) != (b.x > point.x) else { return false }
        return a.y + (point.x - a.x) / (b.x - a.x) * (b.y - a.y) < point.y
      }
      return crossings % 2 == 1
    }
    #expect(!expected.isEmpty && state.selection?.members == expected)
  }

  @Test("hidden digits are not chosen; a drag that encloses nothing chooses none")
  func hidden() {
    var state = Fixture.loaded()
    state.toggleGroup(2)
    drag(&state, corners(state, 21, 43), .shift)
    #expect(state.selection?.members == [21, 23, 41, 43])
    drag(&state, [state.window(of: 21), state.window(of: 22)], .shift)
    #expect(state.selection == nil)
  }

  @Test("Ctrl+click adds and removes one, the explained one is chosen with it; a plain click and Esc choose none")
  func toggling() {
    var state = Fixture.loaded()
    Fixture.click(&state, state.window(of: 5))
    func controlClick(_ index: Int) { drag(&state, [state.window(of: index)], .control) }
    controlClick(7)
    #expect(state.selection?.members == [5, 7] && state.selected == 5)
    controlClick(5)
    #expect(state.selection?.members == [7])
    controlClick(7)
    #expect(state.selection == nil)
    controlClick(9)
    Fixture.send(&state, .keyPressed(.escape, []))
    #expect(state.selection == nil && state.selected == 5)
    controlClick(9)
    Fixture.click(&state, state.window(of: 30))
    #expect(state.selection == nil && state.selected == 30)
  }

  @Test("the summary counts labels, right predictions and confidence, and averages the pictures")
  func summary() throws {
    var state = Fixture.loaded()
    drag(&state, corners(state, 4, 8), .shift)
    let selection = try #require(state.selection)
    #expect(selection.count == 5 && selection.countsByLabel == [0, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    // 7 is taken for a 1; confidences .54 to .58.
    #expect(selection.predictedCount == 5 && selection.rightCount == 4 && abs(selection.meanConfidence - 0.56) < 1e-6)
    let pixels = try #require(selection.average).pixels
    for at in [0, 100, 783] {
      let mean = Double((4...8).reduce(0) { $0 + Int(Fixture.data.picture($1)[at + Fixture.data.picture($1).startIndex]) }) / 5
      #expect(abs(Double(pixels.rgba[4 * at]) - mean) <= 0.5)
    }
    #expect(state.map.look.emphasizedCount == 5)
  }

  @Test("Ctrl+C copies what is chosen as a table, Shift+F brings it into view, other data forgets it")
  func using() throws {
    var state = Fixture.loaded()
    drag(&state, corners(state, 6, 7), .shift)
    guard case .copy(let text)? = update(&state, .keyPressed(.character("c"), .control)).first else {
      Issue.record("nothing is copied")
      return
    }
    let lines = text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    #expect(lines.map(\.first) == ["index", "6", "7"] && lines[2] == ["7", "7", "1", "0.57", "7.0", "0.0"])
    Fixture.send(&state, .keyPressed(.character("f"), .shift))
    let frame = state.mapFrame
    #expect([6, 7].allSatisfy { frame.contains(state.window(of: $0)) } && !frame.contains(state.window(of: 299)))
    _ = update(&state, .dataLoaded(Fixture.data))
    #expect(state.selection == nil)
  }
}
