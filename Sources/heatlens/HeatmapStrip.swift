import Networks
import Relevance
import Scene
import Tensors

/// A row for each input: the input, its relevance in colours, and the two laid over each other; or, for every class, the input and the
/// relevance of each class in turn, on one scale.
struct HeatmapStrip {
  private let rows: Int
  private let classes: Int?
  private let network: Network
  private let colormap: Colormap
  private let scale: Int
  private var canvas: Canvas
  /// Of the input whose row is not full: its relevance per position, class by class.
  private var pending: [[Float]] = []
  private var finishedRows = 0

  private static let gap = 4
  private static let comfortableSide = 224
  /// What readers of PNG, our own among them, take.
  private static let longestSide = 16_384

  /// Pictures are enlarged by a whole factor as far as the strip stays readable by other programs.
  init(rows: Int, classes: Int?, network: Network, colormap: Colormap = .emberAndIce) throws {
    let shape = network.layers[0].outputShape
    let columns = classes.map { $0 + 1 } ?? 3
    let factors = (1...max(1, Self.comfortableSide / max(shape[1], shape[2]))).reversed()
    let fitting = factors.first { factor in
      rows * (shape[1] * factor + Self.gap) <= Self.longestSide && columns * (shape[2] * factor + Self.gap) <= Self.longestSide
    }
    guard let fitting else {
      throw CommandFailure.usage(
        "\(rows) row\(rows == 1 ? "" : "s") of \(columns) pictures are too large for a PNG; npy and json take any number")
    }
    self.rows = rows
    self.classes = classes
    self.network = network
    self.colormap = colormap
    scale = fitting
    canvas = Canvas(
      width: columns * (shape[2] * scale + Self.gap) - Self.gap, height: rows * (shape[1] * scale + Self.gap) - Self.gap)
  }

  var picture: PixelBuffer { PixelBuffer(width: canvas.width, height: canvas.height, rgba: canvas.rgba) }

  /// The next explanation: row by row, and class by class within a row.
  mutating func add(_ explanation: Explanation) {
    let relevance = Self.perPosition(explanation.relevance)
    let input = colors(ofInput: explanation.input)
    guard let classes else {
      let colors = colors(ofRelevance: relevance, largest: relevance.largestMagnitude)
      let overlay = zip(colors, input).map { color, gray in
        color &+ ((SIMD3<UInt8>(repeating: 255) &- color).replacing(with: gray.dimmed, where: gray.dimmed .< 255 &- color))
      }
      for (column, colors) in [input, colors, overlay].enumerated() { draw(colors, column: column) }
      finishedRows += 1
      return
    }
    pending.append(relevance)
    guard pending.count == classes else { return }
    draw(input, column: 0)
    let largest = pending.reduce(0) { max($0, $1.largestMagnitude) }
    for (index, relevance) in pending.enumerated() { draw(colors(ofRelevance: relevance, largest: largest), column: index + 1) }
    pending = []
    finishedRows += 1
  }

  /// The sum over the channels.
  private static func perPosition(_ relevance: Tensor) -> [Float] {
    let area = relevance.shape[1] * relevance.shape[2]
    return (0..<area).map { position in
      stride(from: position, to: relevance.count, by: area).reduce(Float(0)) { $0 + relevance.values[$1] }
    }
  }

  private func colors(ofRelevance relevance: [Float], largest: Float) -> [SIMD3<UInt8>] {
    relevance.map { value in
      let (red, green, blue) = colormap.bytes(largest > 0 ? value / largest : 0)
      return SIMD3(red, green, blue)
    }
  }

  /// The picture that was prepared: in colour where the network reads three channels. Values that no picture has (of an array) are
  /// brought into its range.
  private func colors(ofInput input: Tensor) -> [SIMD3<UInt8>] {
    let preprocessing = network.preprocessing
    let channels = input.shape[0]
    let area = input.shape[1] * input.shape[2]
    let brightness = input.values.enumerated().map { index, value in
      value * preprocessing.std[index / area] + preprocessing.mean[index / area]
    }
    let (least, greatest) = (min(0, brightness.min() ?? 0), max(1, brightness.max() ?? 1))
    func byte(_ channel: Int, _ position: Int) -> UInt8 {
      UInt8((255 * (brightness[channel * area + position] - least) / (greatest - least)).rounded())
    }
    return (0..<area).map { position in
      channels == 3
        ? SIMD3(byte(0, position), byte(1, position), byte(2, position)) : SIMD3(repeating: byte(0, position))
    }
  }

  private mutating func draw(_ colors: [SIMD3<UInt8>], column: Int) {
    let shape = network.layers[0].outputShape
    canvas.draw(
      colors, width: shape[2], scale: scale, left: column * (shape[2] * scale + Self.gap),
      top: finishedRows * (shape[1] * scale + Self.gap))
  }
}

/// White where nothing is drawn.
private struct Canvas {
  let width: Int
  let height: Int
  private(set) var rgba: [UInt8]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    rgba = [UInt8](repeating: 255, count: 4 * width * height)
  }

  /// Pixels row by row, each as a square of `scale` x `scale`.
  mutating func draw(_ colors: [SIMD3<UInt8>], width columns: Int, scale: Int, left: Int, top: Int) {
    for y in 0..<colors.count / columns * scale {
      for x in 0..<columns * scale {
        let color = colors[y / scale * columns + x / scale]
        let offset = 4 * ((top + y) * width + left + x)
        (rgba[offset], rgba[offset + 1], rgba[offset + 2]) = (color.x, color.y, color.z)
      }
    }
  }
}

extension [Float] {
  fileprivate var largestMagnitude: Float { reduce(0) { Swift.max($0, abs($1)) } }
}

extension SIMD3<UInt8> {
  /// Two fifths of the brightness: what a heatmap leaves visible of the picture below.
  fileprivate var dimmed: SIMD3<UInt8> { SIMD3(UInt8(Int(x) * 2 / 5), UInt8(Int(y) * 2 / 5), UInt8(Int(z) * 2 / 5)) }
}
