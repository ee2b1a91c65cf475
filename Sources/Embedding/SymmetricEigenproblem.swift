import Glibc

/// The largest eigenvalues of a dense symmetric matrix with their eigenvectors.
///
/// Householder tridiagonalization, implicit QL with Wilkinson's shift (Golub and Van Loan, Matrix Computations, 8.3). The plane
/// rotations of QL are written down and afterwards applied backwards to the wanted unit vectors only, which for k of n vectors
/// costs k/n of the usual accumulation and stays orthogonal for repeated eigenvalues.
struct SymmetricEigenproblem {
  /// In falling order.
  let values: [Double]
  /// `[count, n]`, rows of length one.
  let vectors: [Double]

  /// - Parameters:
  ///   - matrix: `[n, n]`; destroyed.
  ///   - goOn: asked now and then; false ends the work.
  /// - Returns: nil when told to stop.
  /// - Cost: 2 n^3 operations.
  init?(_ matrix: inout [Double], n: Int, count: Int, goOn: () -> Bool) {
    precondition(matrix.count == n * n && count <= n)
    var diagonal = [Double](repeating: 0, count: n)
    var offDiagonal = [Double](repeating: 0, count: n)
    var scales = [Double](repeating: 0, count: n)
    let reduced = matrix.withUnsafeMutableBufferPointer { a -> Bool in
      guard let a = a.baseAddress else { return true }
      return Self.tridiagonalize(a, n, &diagonal, &offDiagonal, &scales, goOn)
    }
    guard reduced else { return nil }
    var rotations: [PlaneRotation] = []
    Self.implicitQL(&diagonal, &offDiagonal, &rotations)

    let order = (0..<n).sorted { diagonal[$0] != diagonal[$1] ? diagonal[$0] > diagonal[$1] : $0 < $1 }.prefix(count)
    values = order.map { diagonal[$0] }
    // One row of `count` numbers for each coordinate, so that rotations and reflections run along the rows.
    let work = Block<Double>(n * count, repeating: 0)
    defer { work.keep() }
    for (column, index) in order.enumerated() { work.start[index * count + column] = 1 }
    for rotation in rotations.reversed() {
      let upper = work.start + Int(rotation.row) * count
      let lower = upper + count
      let (c, s) = (rotation.cosine, rotation.sine)
      for column in 0..<count {
        let (u, l) = (upper[column], lower[column])
        upper[column] = c * u + s * l
        lower[column] = c * l - s * u
      }
    }
    matrix.withUnsafeBufferPointer { a in
      let sums = Block<Double>(count, repeating: 0)
      defer { sums.keep() }
      for step in stride(from: n - 3, through: 0, by: -1) where scales[step] != 0 {
        sums.start.update(repeating: 0, count: count)
        for row in step + 1..<n {
          let factor = a[step * n + row] * scales[step]
          let from = work.start + row * count
          for column in 0..<count { sums.start[column] += factor * from[column] }
        }
        for row in step + 1..<n {
          let factor = a[step * n + row]
          let to = work.start + row * count
          for column in 0..<count { to[column] -= factor * sums.start[column] }
        }
      }
    }
    var vectors = [Double](repeating: 0, count: n * count)
    for row in 0..<n {
      for column in 0..<count { vectors[column * n + row] = work.start[row * count + column] }
    }
    self.vectors = vectors
  }

  /// A rotation of coordinates `row` and `row + 1`.
  private struct PlaneRotation {
    var row: Int32
    var cosine: Double
    var sine: Double
  }

  /// Leaves reflection `step` in row `step` of `a`, right of the diagonal, with its factor in `scales`.
  private static func tridiagonalize(
    _ a: UnsafeMutablePointer<Double>, _ n: Int, _ diagonal: inout [Double], _ offDiagonal: inout [Double],
    _ scales: inout [Double], _ goOn: () -> Bool
  ) -> Bool {
    let product = Block<Double>(n, repeating: 0)
    defer { product.keep() }
    let p = product.start
    for step in 0..<max(0, n - 2) {
      if step % 16 == 0 && !goOn() { return false }
      let v = a + step * n
      diagonal[step] = v[step]
      let first = step + 1
      var tail = 0.0
      for index in first + 1..<n { tail += v[index] * v[index] }
      guard tail > 0 else {
        offDiagonal[step] = v[first]
        continue
      }
      let norm = (v[first] * v[first] + tail).squareRoot()
      let image = v[first] > 0 ? -norm : norm
      offDiagonal[step] = image
      v[first] -= image
      let scale = 2 / (v[first] * v[first] + tail)
      guard scale.isFinite else {
        // The column is below what squares can tell from zero.
        v[first] = 0
        offDiagonal[step] = 0
        continue
      }
      scales[step] = scale
      for index in first..<n { p[index] = scale * dot(a + index * n + first, v + first, n - first) }
      let half = 0.5 * scale * dot(p + first, v + first, n - first)
      for index in first..<n { p[index] -= half * v[index] }
      for row in first..<n {
        let to = a + row * n
        let (vr, pr) = (v[row], p[row])
        for index in first..<n { to[index] -= vr * p[index] + pr * v[index] }
      }
    }
    if n >= 2 {
      diagonal[n - 2] = a[(n - 2) * n + n - 2]
      offDiagonal[n - 2] = a[(n - 2) * n + n - 1]
    }
    if n >= 1 { diagonal[n - 1] = a[n * n - 1] }
    return true
  }

  private static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    let (x, y) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
    var first = SIMD4<Double>(repeating: 0)
    var second = first
    var index = 0
    while index + 8 <= count {
      first +=
        x.loadUnaligned(fromByteOffset: index * 8, as: SIMD4<Double>.self)
        * y.loadUnaligned(fromByteOffset: index * 8, as: SIMD4<Double>.self)
      second +=
        x.loadUnaligned(fromByteOffset: index * 8 + 32, as: SIMD4<Double>.self)
        * y.loadUnaligned(fromByteOffset: index * 8 + 32, as: SIMD4<Double>.self)
      index += 8
    }
    var sum = (first + second).sum()
    while index < count {
      sum += a[index] * b[index]
      index += 1
    }
    return sum
  }

  private static func implicitQL(_ d: inout [Double], _ e: inout [Double], _ rotations: inout [PlaneRotation]) {
    let n = d.count
    guard n > 1 else { return }
    // Entries far below the whole matrix are zero: the data is known to single precision only.
    let negligible = 0x1p-58 * zip(d, e).reduce(0) { max($0, abs($1.0) + abs($1.1)) }
    for first in 0..<n {
      for _ in 0..<60 {
        var last = first
        while last < n - 1 {
          let size = abs(d[last]) + abs(d[last + 1])
          if abs(e[last]) <= max(0x1p-52 * size, negligible) { break }
          last += 1
        }
        if last == first { break }
        var g = (d[first + 1] - d[first]) / (2 * e[first])
        var r = hypot(g, 1)
        g = d[last] - d[first] + e[first] / (g + (g >= 0 ? r : -r))
        var (s, c, p) = (1.0, 1.0, 0.0)
        var row = last - 1
        var broken = false
        while row >= first {
          let f = s * e[row]
          let b = c * e[row]
          r = hypot(f, g)
          e[row + 1] = r
          if r == 0 {
            d[row + 1] -= p
            e[last] = 0
            broken = true
            break
          }
          s = f / r
          c = g / r
          g = d[row + 1] - p
          r = (d[row] - g) * s + 2 * c * b
          p = s * r
          d[row + 1] = g + p
          g = c * r - b
          rotations.append(PlaneRotation(row: Int32(row), cosine: c, sine: s))
          row -= 1
        }
        if broken { continue }
        d[first] -= p
        e[first] = g
        e[last] = 0
      }
    }
  }
}
