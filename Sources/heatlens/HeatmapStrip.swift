import Relevance
import Scene

/// A row for each explanation: the input, its relevance in colours, and the two laid over each other.
struct HeatmapStrip {
  let picture: PixelBuffer
  private static let gap = 4
  private static let smallestSide = 224

  init(_ explanations: [Explanation], colormap: Colormap = .emberAndIce) {
    precondition(!explanations.isEmpty, "a strip shows at least one explanation")
    let (height, width) = (explanations[0].input.shape[1], explanations[0].input.shape[2])
    let scale = max(1, Self.smallestSide / max(height, width))
    let columns = 3
    let totalWidth = columns * width * scale + (columns - 1) * Self.gap
    let rowHeight = height * scale + Self.gap
    let totalHeight = explanations.count * rowHeight - Self.gap
    var rgba = [UInt8](repeating: 255, count: 4 * totalWidth * totalHeight)
    for (row, explanation) in explanations.enumerated() {
      let area = height * width
      let channels = explanation.relevance.count / area
      let relevance = (0..<area).map { pixel in (0..<channels).reduce(Float(0)) { $0 + explanation.relevance.values[$1 * area + pixel] } }
      let largest = relevance.reduce(0) { max($0, abs($1)) }
      let input = explanation.input.values.prefix(area)
      let (least, greatest) = (input.min() ?? 0, input.max() ?? 0)
      for y in 0..<height * scale {
        for x in 0..<width * scale {
          let pixel = (y / scale) * width + x / scale
          let gray = greatest > least ? (input[pixel] - least) / (greatest - least) : 0
          let (red, green, blue) = colormap.bytes(largest > 0 ? relevance[pixel] / largest : 0)
          let byte = UInt8(gray * 255)
          func mixed(_ color: UInt8) -> UInt8 { UInt8(min(255, Int(color) + Int(byte) * 2 / 5)) }
          let colors: [(UInt8, UInt8, UInt8)] = [(byte, byte, byte), (red, green, blue), (mixed(red), mixed(green), mixed(blue))]
          for (column, color) in colors.enumerated() {
            let offset = 4 * ((row * rowHeight + y) * totalWidth + column * (width * scale + Self.gap) + x)
            (rgba[offset], rgba[offset + 1], rgba[offset + 2]) = color
          }
        }
      }
    }
    picture = PixelBuffer(width: totalWidth, height: totalHeight, rgba: rgba)
  }
}
