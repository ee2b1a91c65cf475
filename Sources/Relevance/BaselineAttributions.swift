import Networks
import Tensors

/// What says nothing about the network: a method whose maps look like these explains as little (Adebayo et al. 2018).
extension Explainer {
  /// Normal noise of a shape.
  static func noise(_ shape: [Int], seed: UInt64) -> Tensor {
    var numbers = SeededNoise(seed: seed)
    return Tensor(shape: shape, values: (0..<shape.reduce(1, *)).map { _ in Float(numbers.normal()) })
  }

  /// sqrt(g_x^2 + g_y^2) of the picture's brightness (the mean of its channels before normalization), with Sobel's kernels
  /// ([1, 2, 1] across, [-1, 0, 1] along) and the outermost rows and columns continued past the edge; one channel.
  func edges(_ pictures: AttributedPictures) throws(RelevanceError) -> AttributedRows {
    let shape = pictures.shape
    guard shape.count == 3 else { throw .parameter("edges need an input of rows and columns") }
    let preprocessing = network.preprocessing
    let (height, width) = (shape[1], shape[2])
    return AttributedRows(
      (0..<pictures.trace.batch).map { row in
        let input = pictures.trace.outputs[0].picture(row).values
        var brightness = [Float](repeating: 0, count: height * width)
        for channel in 0..<shape[0] {
          let (mean, deviation) = (preprocessing.mean[channel], preprocessing.std[channel])
          for at in brightness.indices {
            brightness[at] += (input[channel * height * width + at] * deviation + mean) / Float(shape[0])
          }
        }
        func at(_ y: Int, _ x: Int) -> Float { brightness[min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)] }
        var magnitudes: [Float] = []
        magnitudes.reserveCapacity(height * width)
        for y in 0..<height {
          for x in 0..<width {
            let right = at(y - 1, x + 1) + 2 * at(y, x + 1) + at(y + 1, x + 1)
            let left = at(y - 1, x - 1) + 2 * at(y, x - 1) + at(y + 1, x - 1)
            let below = at(y + 1, x - 1) + 2 * at(y + 1, x) + at(y + 1, x + 1)
            let above = at(y - 1, x - 1) + 2 * at(y - 1, x) + at(y - 1, x + 1)
            magnitudes.append(((right - left) * (right - left) + (below - above) * (below - above)).squareRoot())
          }
        }
        return Tensor(shape: [1, height, width], values: magnitudes)
      })
  }
}
