import Files
import Geometry
import Networks
import Relevance
import Scene
import Testing

@testable import AppCore

/// Something that the window can look like: how it comes to that, and which part of it the picture shows.
struct GoldenState: Sendable, CustomTestStringConvertible {
  enum Part: Sendable {
    case window
    case panel(Panel)
    /// The list or editor that is open.
    case overlay
  }

  let name: String
  var part = Part.window
  var width = 1000.0
  var height = 640.0
  /// Before anything is read.
  var isStarting = false
  let steps: @Sendable (inout GoldenProgram) throws -> Void

  var testDescription: String { name }

  init(
    _ name: String, _ part: Part = .window, width: Double = 1000, height: Double = 640, isStarting: Bool = false,
    _ steps: @escaping @Sendable (inout GoldenProgram) throws -> Void
  ) {
    self.name = name
    self.part = part
    self.width = width
    self.height = height
    self.isStarting = isStarting
    self.steps = steps
  }

  /// The state, and what of the window is shown of it.
  func reached() throws -> (state: AppState, part: Rect) {
    let size = Size(width, height)
    var program = try isStarting ? GoldenProgram(starting: size) : GoldenProgram(size)
    try steps(&program)
    let state = program.state
    let frame: Rect? =
      switch part {
      case .window: state.layout.window
      case .panel(let panel): state.layout.place(of: panel)?.frame
      case .overlay: state.overlayPlace?.frame
      }
    return (state, try #require(frame, "\(name): what is to be shown is not there"))
  }
}

extension GoldenState {
  static let all = beginning + map + explanation + lists + drawing + network + window

  /// A digit that the network is right about, and one that it takes for another.
  private static let right = firstDigit { $0 == $1 }
  private static let wrong = firstDigit { $0 != $1 }

  private static func firstDigit(where fits: (Int, Int) -> Bool) -> Int {
    let (labels, predictions) = (GoldenWorld.digits.labels, GoldenWorld.predictions)
    return labels.indices.first { $0 > 40 && fits(Int(labels[$0]), predictions[$0].number) && predictions[$0].confidence < 0.95 } ?? 0
  }

  private static let beginning: [GoldenState] = [
    GoldenState("loading", isStarting: true) { try $0.send(.progressed(.loadingData, fraction: 0.4)) },
    GoldenState("map") { _ in },
    GoldenState("hover", .panel(.map)) { program in
      try program.point(at: program.place(ofDigit: right))
      try program.wait(.milliseconds(200))
    },
    GoldenState("explained") { try $0.select(right) },
    GoldenState("mistake", .panel(.explanation)) { try $0.select(wrong) },
  ]

  private static let map: [GoldenState] =
    PointColoring.allCases.dropFirst().enumerated().map { place, coloring in
      GoldenState("colored-by-\(coloring.rawValue)", .panel(.map)) { try $0.type(String(repeating: "c", count: place + 1)) }
    } + [
      GoldenState("legend-with-hidden-group", .panel(.map)) { program in
        try program.click(.toggleLegend(3))
        try program.click(.toggleLegend(7))
        try program.leave()
      },
      GoldenState("search", .panel(.map)) { try $0.type("/label:7") },
      GoldenState("search-for-mistakes", .panel(.map)) { program in
        try program.type("/wrong conf>0.5")
        try program.press(.enter)
      },
      GoldenState("search-problem", .panel(.map)) { try $0.type("/label:7 foo") },
      GoldenState("lasso", .panel(.map)) { try $0.drag($0.circle(), .shift, lets: false) },
      GoldenState("selection") { program in
        try program.drag(program.circle(), .shift)
        try program.leave()
      },
      GoldenState("thumbnails", .panel(.map)) { program in
        try program.type("t")
        try program.press(.escape)
      },
      GoldenState("zoomed-in", .panel(.map)) { program in
        try program.select(right)
        for _ in 0..<7 { try program.send(.wheelTurned(notches: 1, at: program.place(ofDigit: right), [])) }
        try program.leave()
      },
      GoldenState("map-running") { program in
        program.computesMaps = false
        try program.press(.character("r"), .control)
        let id = try #require(program.state.map.run.order?.id)
        // The pace is what only a clock knows.
        try program.send(
          .embeddingAdvanced(
            id,
            .init(
              positions: GoldenWorld.map(order: 0.5).positions, stage: .optimization, fraction: 0.5, iteration: 375, totalIterations: 750,
              divergence: GoldenWorld.map(order: 0.5).divergence, millisecondsPerIteration: 2, secondsLeft: 0.75)))
        try program.type("i")
      },
      GoldenState("map-run", .overlay) { try $0.type("i") },
      GoldenState("layer-by-layer", .panel(.map)) { try $0.type("y") },
      GoldenState("between-layers", .panel(.map)) { program in
        try program.type("y")
        let knob = program.state.sliderTrack.map { Point($0.maxX, $0.center.y) } ?? .zero
        try program.drag([knob, knob + Point(-60, 0)], lets: false)
      },
    ]

  private static let explanation: [GoldenState] = [
    GoldenState("robust-scale-and-outline", .panel(.explanation)) { program in
      try program.select(right)
      try program.type("xo")
    },
    GoldenState("beyond-locked-scale", .panel(.explanation)) { program in
      // Locked at the smallest of some digits, then the largest of them.
      var ends: [(end: Float, index: Int)] = []
      for index in right..<right + 12 {
        try program.select(index)
        ends.append((try #require(program.state.digit.shown).end, index))
      }
      let (smallest, largest) = (try #require(ends.min { $0.end < $1.end }), try #require(ends.max { $0.end < $1.end }))
      try program.select(smallest.index)
      try program.type("xx")
      try program.select(largest.index)
    },
    GoldenState("input", .panel(.explanation)) { program in
      try program.select(right)
      try program.type("v")
    },
    GoldenState("relevance", .panel(.explanation)) { program in
      try program.select(right)
      try program.type("vv")
    },
    GoldenState("overlay", .panel(.explanation)) { program in
      try program.select(right)
      try program.type("vvv))")
    },
    GoldenState("colormap-CET-D1", .panel(.explanation)) { try $0.select(right, in: .cetD1) },
    GoldenState("colormap-CET-CBD1", .panel(.explanation)) { try $0.select(right, in: .cetCBD1) },
    GoldenState("pixel") { program in
      try program.select(right)
      try program.point(at: program.frame(ofImage: "digit.overlay").center)
    },
    GoldenState("all-classes", .panel(.explanation)) { program in
      try program.select(right)
      try program.type("a")
    },
    GoldenState("comparison", .panel(.explanation)) { program in
      try program.select(right)
      try program.compare(with: "epsilon-gamma-box")
    },
    GoldenState("contrast", .panel(.explanation)) { program in
      try program.select(right)
      try program.type("w")
    },
  ]

  private static let lists: [GoldenState] = [
    GoldenState("methods", .overlay) { program in
      try program.select(right)
      try program.type("l")
    },
    GoldenState("methods-narrowed", .overlay) { program in
      try program.select(right)
      try program.type("lgamma")
    },
    GoldenState("parameters", .overlay) { program in
      try program.select(right)
      try program.type("p")
    },
    GoldenState("parameter-not-allowed", .overlay) { program in
      try program.select(right)
      try program.type("p")
      try program.press(.end)
      try program.type("-5")
      try program.press(.enter)
    },
    GoldenState("rules") { program in
      try program.select(right)
      try program.type("r")
      for _ in 0..<4 { try program.press(.down) }
      try program.type("5")
      try program.press(.enter)
    },
    GoldenState("representations", .overlay) { try $0.press(.character("i"), .shift) },
    GoldenState("commands", .overlay) { program in
      try program.press(.character("p"), .control)
      try program.type("map")
    },
    GoldenState("files", .overlay) { program in
      program.folder = FolderListing(
        path: "/home/ann/digits",
        entries: [
          .init(name: "drawings", isFolder: true, size: 0), .init(name: "Older maps", isFolder: true, size: 0),
          .init(name: "small-resnet.safetensors", isFolder: false, size: 94_372_160),
          .init(name: "t10k-images-idx3-ubyte.gz", isFolder: false, size: 1_648_877),
          .init(name: "t10k-labels-idx1-ubyte.gz", isFolder: false, size: 4542), .init(name: "seven.png", isFolder: false, size: 612),
          .init(
            name: "a-file-with-a-name-that-is-longer-than-the-list-is-wide-so-that-something-of-it-must-be-left-out-2024.csv",
            isFolder: false,
            size: 109_575_994),
        ])
      try program.press(.character("o"), .control)
    },
    GoldenState("help") { try $0.type("?") },
  ]

  private static let three = [(0.3, 0.25), (0.5, 0.15), (0.68, 0.3), (0.5, 0.47), (0.7, 0.65), (0.5, 0.84), (0.28, 0.72)]

  private static let drawing: [GoldenState] = [
    GoldenState("pad") { try $0.type("d") },
    GoldenState("drawing") { program in
      try program.type("d")
      try program.draw(three)
      try program.leave()
    },
    GoldenState("editing", .panel(.explanation)) { program in
      try program.select(right)
      try program.press(.character("d"), .shift)
      try program.draw([(0.2, 0.5), (0.8, 0.45)])
      try program.type("e]]")
      try program.draw([(0.3, 0.2), (0.7, 0.3)])
      try program.draw([(0.5, 0.75), (0.62, 0.6)])
      try program.leave()
    },
    GoldenState("editing-wide", .panel(.explanation), width: 1100, height: 700) { program in
      try program.select(wrong)
      try program.press(.function(8))
      try program.press(.character("d"), .shift)
      try program.type("e")
      try program.draw([(0.25, 0.5), (0.7, 0.3)])
      try program.type("e")
      try program.draw([(0.3, 0.7), (0.7, 0.72)])
      try program.leave()
    },
    GoldenState("drawing-compared", .panel(.explanation)) { program in
      try program.compare(with: "input-times-gradient")
      try program.type("d")
      try program.draw(three)
      try program.leave()
    },
  ]

  private static let network: [GoldenState] = [
    GoldenState("feature-maps", .panel(.network)) { program in
      try program.select(right)
      try program.click(.node("layer2.0"))
      try program.type(">>")
      try program.leave()
    },
    GoldenState("node-hint", .panel(.network)) { program in
      try program.select(right)
      try program.point(at: program.place(of: .perform(.node("layer2.1")), isFirst: true))
    },
    GoldenState("layer-hint", .panel(.network)) { program in
      try program.select(right)
      let layer = try #require(GoldenWorld.network.index(ofLayerNamed: "layer1.0.conv2"))
      try program.point(at: program.place(of: .perform(.layer(layer))))
    },
    GoldenState("block-open", .panel(.network)) { program in
      try program.select(right)
      try program.click(.openOrClose("layer2.0"))
      try program.leave()
    },
    GoldenState("stages", .panel(.network)) { program in
      try program.select(right)
      try program.click(.showLevel(.stages))
      try program.leave()
    },
    GoldenState("operations") { program in
      try program.select(right)
      try program.press(.function(9))
      try program.click(.showLevel(.operations))
      try program.leave()
    },
    GoldenState("operations-zoomed", .panel(.network)) { program in
      try program.select(right)
      try program.press(.function(9))
      try program.click(.showLevel(.operations))
      try program.press(.character("+"))
      try program.press(.character("+"))
      try program.press(.character("+"))
      try program.leave()
    },
    GoldenState("layer-facts", .panel(.network)) { program in
      try program.select(right)
      try program.click(.node("layer2.0"))
      try program.press(.tab, .control)
      try program.leave()
    },
    GoldenState("layer-weights", .panel(.network)) { program in
      try program.select(right)
      try program.press(.function(9))
      try program.click(.node("conv1"))
      try program.press(.tab, .control)
      try program.press(.tab, .control)
      try program.leave()
    },
    GoldenState("channel-pictures", .panel(.network)) { program in
      try program.select(right)
      try program.press(.function(9))
      try program.click(.node("layer2.0"))
      try program.type(">")
      try program.leave()
    },
    GoldenState("arithmetic", .panel(.network)) { program in
      try program.select(right)
      try program.press(.function(9))
      try program.click(.node("layer1.0"))
      try program.press(.tab, [.control, .shift])
      try program.leave()
    },
    GoldenState("network-search", .panel(.network)) { program in
      try program.select(right)
      try program.press(.character("f"), [.control, .shift])
      try program.type("conv3x3")
      try program.press(.backspace)
      try program.press(.backspace)
      try program.press(.backspace)
      try program.press(.enter)
      try program.leave()
    },
    GoldenState("story-forward", .panel(.network)) { program in
      try program.select(right)
      try program.press(.function(4))
      for _ in 0..<4 { try program.press(.space) }
      try program.leave()
    },
    GoldenState("story-back") { program in
      try program.select(right)
      try program.press(.function(9))
      try program.press(.function(4))
      let told = try #require(program.state.storyView)
      for _ in 0..<told.count + 3 { try program.press(.space) }
      try program.leave()
    },
    GoldenState("start-at-channel") { program in
      try program.select(right)
      try program.click(.node("layer2.1"))
      try program.type(">s")
      try program.leave()
    },
    GoldenState("through-channel", .panel(.network)) { program in
      try program.select(right)
      try program.click(.node("layer1.0"))
      try program.type(">g")
      try program.leave()
    },
  ]

  private static let window: [GoldenState] = [
    GoldenState("error") { program in
      try program.select(right)
      // As a reader says it of a file that is not there.
      do throws(FileError) { _ = try readNetwork(from: "/no-such-folder/resnet18.safetensors") } catch {
        try program.send(.failed(.loadingNetwork, message: error.description))
      }
    },
    GoldenState("button-with-focus", width: 800, height: 500) { program in
      try program.press(.function(6))
      try program.press(.tab)
    },
    GoldenState("light-explained") { program in
      try program.press(.character("t"), .control)
      try program.select(right)
    },
    GoldenState("light-drawing") { program in
      try program.press(.character("t"), .control)
      try program.type("d")
      try program.draw(three)
      try program.leave()
    },
    GoldenState("light-rules", .overlay) { program in
      try program.press(.character("t"), .control)
      try program.select(right)
      try program.type("r")
    },
    GoldenState("light-selection", .panel(.map)) { program in
      try program.press(.character("t"), .control)
      try program.drag(program.circle(), .shift)
      try program.leave()
    },
    GoldenState("scale-150", width: 1200, height: 760) { program in
      while program.state.appearance.scale < 1.5 { try program.press(.character("+"), .control) }
      try program.select(right)
      try program.press(.escape)
      try program.select(right)
    },
    GoldenState("small", width: 800, height: 500) { program in
      try program.select(right)
      try program.click(.node("layer2.0"))
      try program.leave()
    },
    GoldenState("small-drawing", .panel(.explanation), width: 800, height: 500) { program in
      try program.type("d")
      try program.draw(three)
      try program.leave()
    },
    GoldenState("map-alone", width: 800, height: 560) { try $0.press(.function(7)) },
    GoldenState("explanation-alone", width: 800, height: 560) { program in
      try program.select(right)
      try program.press(.function(8))
    },
    GoldenState("network-alone", width: 800, height: 560) { program in
      try program.select(right)
      try program.click(.node("layer3.0"))
      try program.leave()
      try program.press(.function(9))
    },
    GoldenState("frame-times", .panel(.explanation)) { program in
      try program.select(right)
      try program.press(.function(3))
      for number in 0..<150 { program.note(frame: .microseconds(3000 + 900 * (number * number % 19) + (number % 40 == 7 ? 22_000 : 0))) }
    },
  ]
}

/// What states begin with.
extension GoldenProgram {
  /// Clicks a digit of the map and takes the pointer away.
  fileprivate mutating func select(_ index: Int) throws {
    try click(place(ofDigit: index))
    try leave()
    try #require(state.selected == index, "something lies over digit \(index)")
  }

  fileprivate mutating func select(_ index: Int, in colormap: Colormap) throws {
    try select(index)
    for _ in Colormap.all where state.colormap != colormap { try type("k") }
  }

  fileprivate mutating func compare(with method: String) throws {
    try type("b" + method)
    try press(.enter)
    if state.overlay != nil { try press(.escape) }
  }

  /// A line around the middle of the map.
  fileprivate func circle() -> [Point] {
    let frame = state.mapFrame
    let corners: [(Double, Double)] = [
      (0, -1), (0.5, -0.87), (0.87, -0.5), (1, 0), (0.87, 0.5), (0.5, 0.87), (0, 1), (-0.5, 0.87), (-0.87, 0.5), (-1, 0), (-0.87, -0.5),
      (-0.5, -0.87),
    ]
    return corners.map { Point(frame.center.x + $0.0 * frame.width / 6, frame.center.y + $0.1 * frame.height / 4) }
  }
}
