import Datasets
import Scene
import Tensors

/// Numbers to pixels.
enum Pictures {
  struct Plane {
    var values: [Float]
    let width: Int
    let height: Int
  }

  /// `[C, H, W]` summed over channels; `[F]` is a row of F pixels.
  static func channelSum(_ tensor: Tensor) -> Plane? {
    guard let (channels, height, width) = planes(of: tensor.shape), channels > 0 else { return nil }
    var values = Array(tensor.values.prefix(height * width))
    for channel in 1..<max(1, channels) {
      for index in 0..<height * width { values[index] += tensor.values[channel * height * width + index] }
    }
    return Plane(values: values, width: width, height: height)
  }

  /// Channels, height and width of a layer's output; a vector counts as pictures of one pixel.
  static func planes(of shape: [Int]) -> (channels: Int, height: Int, width: Int)? {
    switch shape.count {
    case 1: (shape[0], 1, 1)
    case 3: (shape[0], shape[1], shape[2])
    default: nil
    }
  }

  static func gray(_ picture: GrayPicture) -> PixelBuffer {
    buffer(picture.width, picture.height) { index in
      let value = picture.pixels[index]
      return (value, value, value)
    }
  }

  /// Linear from `low` (black) to `high` (white).
  static func gray(_ values: ArraySlice<Float>, _ width: Int, _ height: Int, low: Float, high: Float) -> PixelBuffer {
    let range = max(high - low, .leastNormalMagnitude)
    return buffer(width, height) { index in
      let value = (values[values.startIndex + index] - low) / range
      let byte = value.isFinite ? UInt8(min(1, max(0, value)) * 255) : 0
      return (byte, byte, byte)
    }
  }

  static func heatmap(
    _ values: some RandomAccessCollection<Float>, _ width: Int, _ height: Int, _ largest: Float, _ colormap: Colormap
  ) -> PixelBuffer {
    let factor = largest > 0 ? 1 / largest : 0
    let numbers = Array(values)
    return buffer(width, height) { colormap.bytes(numbers[$0] * factor) }
  }

  /// The digit in dim grey under the heatmap, which covers it the more the stronger it is; dark on white under colours for light ground.
  ///
  /// - Parameter strength: 1 where |R| of eight tenths of `end` covers all of it.
  static func overlay(
    _ heat: HeatPlane, _ end: Float, _ picture: GrayPicture, _ colormap: Colormap, strength: Double
  ) -> PixelBuffer {
    let (width, height) = (heat.width, heat.height)
    let factor = end > 0 ? 1 / end : 0
    let covering = Float(1.1 * strength)
    return buffer(width, height) { index in
      let value = heat.values[index] * factor
      let row = index / width * picture.height / height
      let column = index % width * picture.width / width
      let ink = Float(picture.pixels[row * picture.width + column]) * 0.5
      let ground = colormap.isDark ? ink : 255 - ink
      let cover = value.isFinite ? min(1, abs(value).squareRoot() * covering) : 0
      let color = colormap.bytes(value)
      func mix(_ channel: UInt8) -> UInt8 { UInt8(ground + (Float(channel) - ground) * cover) }
      return (mix(color.0), mix(color.1), mix(color.2))
    }
  }

  private static func buffer(_ width: Int, _ height: Int, _ color: (Int) -> (UInt8, UInt8, UInt8)) -> PixelBuffer {
    var rgba = [UInt8](repeating: 255, count: 4 * width * height)
    for index in 0..<width * height {
      (rgba[4 * index], rgba[4 * index + 1], rgba[4 * index + 2]) = color(index)
    }
    return PixelBuffer(width: width, height: height, rgba: rgba)
  }
}
