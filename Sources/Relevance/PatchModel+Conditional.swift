import Networks

extension PatchModel {
  /// The distribution of a window that lies at (row, column) of a patch, given the rest of the patch.
  ///
  /// With the surroundings o first and the window w behind, the covariance's Cholesky factor is [[L_oo, 0], [L_wo, L_ww]]; then the
  /// window's mean is m_w + L_wo L_oo^-1 (x_o - m_o), and L_ww L_ww^T its covariance.
  struct Conditional {
    /// Indices in a patch: of what surrounds the window, and of the window row by row, channel innermost.
    private let surroundings: [Int]
    private let windowIndices: [Int]
    private let factor: CholeskyFactor
    private let model: PatchModel

    init(_ model: PatchModel, row: Int, column: Int) throws(RelevanceError) {
      let side = model.side
      var surroundings: [Int] = []
      var windowIndices: [Int] = []
      for index in 0..<model.size {
        let position = index / model.channels
        let isInside =
          (row..<row + model.window).contains(position / side) && (column..<column + model.window).contains(position % side)
        if isInside { windowIndices.append(index) } else { surroundings.append(index) }
      }
      let order = surroundings + windowIndices
      let permuted = order.flatMap { a in order.map { b in model.covariance[a * model.size + b] } }
      guard let factor = CholeskyFactor(permuted, size: model.size) else {
        throw .parameter("the covariance of patches of \(side) x \(side) is not positive definite")
      }
      self.surroundings = surroundings
      self.windowIndices = windowIndices
      self.factor = factor
      self.model = model
    }

    /// The window's mean, given the numbers of the whole patch, of which the window's do not count.
    func mean(_ patch: [Double]) -> [Double] {
      let y = factor.solved(surroundings.map { patch[$0] - model.mean[$0] }, first: surroundings.count)
      return windowIndices.indices.map { at in
        model.mean[windowIndices[at]] + factor.row(surroundings.count + at, from: 0, times: y)
      }
    }

    /// A sample around a mean, clipped to what the data has. Cost: half the square of the window's numbers.
    func sample(around mean: [Double], _ numbers: inout SeededNoise) -> [Float] {
      let noise = mean.indices.map { _ in numbers.normal() }
      return mean.indices.map { at in
        let drawn = mean[at] + factor.row(surroundings.count + at, from: surroundings.count, times: Array(noise[...at]))
        let channel = windowIndices[at] % model.channels
        return min(max(Float(drawn), model.lowest[channel]), model.highest[channel])
      }
    }
  }
}
