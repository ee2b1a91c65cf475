import Testing

@testable import Embedding

@Suite("Principal components")
struct PrincipalComponentsTests {
  private func components(of data: [UInt8], count: Int, dimension: Int, components: Int) throws -> (PrincipalComponents, [Float]) {
    try data.withUnsafeBufferPointer { rows in
      let found = try #require(
        PrincipalComponents(
          of: rows, rowCount: count, dimension: dimension, components: components, matrices: SlowMatrixProduct(),
          progress: { _ in true }))
      let points = try #require(found.project(rows, rowCount: count, matrices: SlowMatrixProduct(), progress: { _ in true }))
      return (found, points)
    }
  }

  /// Cyclic Jacobi rotations on the covariance: slow and simple.
  private func jacobi(_ data: [UInt8], count: Int, dimension n: Int) -> [Double] {
    var a = [Double](repeating: 0, count: n * n)
    let means = (0..<n).map { column in (0..<count).reduce(0.0) { $0 + Double(data[$1 * n + column]) } / Double(count) }
    for i in 0..<n {
      for j in 0..<n {
        a[i * n + j] =
          (0..<count).reduce(0.0) { $0 + (Double(data[$1 * n + i]) - means[i]) * (Double(data[$1 * n + j]) - means[j]) }
          / Double(count) / (255 * 255)
      }
    }
    for _ in 0..<30 {
      for p in 0..<n {
        for q in p + 1..<n where abs(a[p * n + q]) > 1e-300 {
          let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
          let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          let s = t * c
          for k in 0..<n {
            let (x, y) = (a[k * n + p], a[k * n + q])
            a[k * n + p] = c * x - s * y
            a[k * n + q] = s * x + c * y
          }
          for k in 0..<n {
            let (x, y) = (a[p * n + k], a[q * n + k])
            a[p * n + k] = c * x - s * y
            a[q * n + k] = s * x + c * y
          }
        }
      }
    }
    return (0..<n).map { a[$0 * n + $0] }.sorted(by: >)
  }

  /// Rows whose columns are correlated.
  private func data(count: Int, dimension: Int) -> [UInt8] {
    var random = TestNumbers(11)
    return (0..<count).flatMap { _ in
      let (u, v) = (random.normal(), random.normal())
      return (0..<dimension).map { column in
        UInt8(max(0, min(255, 128 + 30 * u * Double(column % 3) - 20 * v * Double(column % 4) + 12 * random.normal())))
      }
    }
  }

  @Test("Variances agree with Jacobi's method, and the projections carry them")
  func variances() throws {
    let (count, dimension) = (300, 24)
    let rows = data(count: count, dimension: dimension)
    let (found, points) = try components(of: rows, count: count, dimension: dimension, components: 10)
    let expected = jacobi(rows, count: count, dimension: dimension)
    for index in 0..<10 {
      #expect(abs(found.variances[index] - expected[index]) < 1e-5 * expected[0])
      let column = (0..<count).map { Double(points[$0 * 10 + index]) }
      #expect(abs(column.reduce(0, +)) / Double(count) < 1e-4)
      #expect(abs(column.reduce(0) { $0 + $1 * $1 } / Double(count) - expected[index]) < 1e-4 * expected[0])
    }
  }

  @Test("Directions are orthonormal with their largest number positive, even in a matrix with repeated eigenvalues")
  func orthonormal() throws {
    let n = 30
    var matrix = [Double](repeating: 0, count: n * n)
    for index in 0..<n { matrix[index * n + index] = Double(index / 10) + 1 }
    // A reflection keeps the eigenvalues and fills the matrix.
    let axis = (0..<n).map { Double($0 + 1) / 97.24 }
    let length = axis.reduce(0) { $0 + $1 * $1 }
    func reflected(_ m: [Double]) -> [Double] {
      var result = m
      for row in 0..<n {
        let product = (0..<n).reduce(0.0) { $0 + m[row * n + $1] * axis[$1] }
        for column in 0..<n { result[row * n + column] -= 2 * product * axis[column] / length }
      }
      return (0..<n * n).map { result[$0 % n * n + $0 / n] }
    }
    let full = reflected(reflected(matrix))
    var work = full
    let solution = try #require(SymmetricEigenproblem(&work, n: n, count: 20, goOn: { true }))
    for i in 0..<20 {
      #expect(abs(solution.values[i] - (i < 10 ? 3 : 2)) < 1e-12)
      let vector = Array(solution.vectors[i * n..<(i + 1) * n])
      for row in 0..<n {
        let product = (0..<n).reduce(0.0) { $0 + full[row * n + $1] * vector[$1] }
        #expect(abs(product - solution.values[i] * vector[row]) < 1e-12)
      }
      for j in 0..<20 {
        let product = (0..<n).reduce(0.0) { $0 + vector[$1] * solution.vectors[j * n + $1] }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-12)
      }
    }
    let (found, _) = try components(of: data(count: 50, dimension: 9), count: 50, dimension: 9, components: 50)
    #expect(found.count == 9)
    for row in 0..<9 {
      let vector = found.basis[row * 9..<(row + 1) * 9]
      #expect((vector.max() ?? 0) >= -(vector.min() ?? 0))
    }
  }

  @Test("Constant data, one row and one column have components without surprises")
  func degenerate() throws {
    let (constant, points) = try components(of: [UInt8](repeating: 77, count: 60), count: 10, dimension: 6, components: 50)
    #expect(constant.variances.allSatisfy { $0 < 1e-10 } && points.allSatisfy { abs($0) < 1e-5 })
    let (single, place) = try components(of: [1, 2, 3], count: 1, dimension: 3, components: 2)
    #expect(single.count == 2 && place.allSatisfy { abs($0) < 1e-6 })
    let (narrow, line) = try components(of: [0, 255, 51], count: 3, dimension: 1, components: 50)
    #expect(narrow.count == 1 && abs(line[0] - (0 - 0.4)) < 1e-6 && abs(line[1] - 0.6) < 1e-6)
  }

  @Test("Work that is told to stop ends with nothing")
  func stopped() {
    let rows = data(count: 40, dimension: 6)
    rows.withUnsafeBufferPointer {
      #expect(
        PrincipalComponents(
          of: $0, rowCount: 40, dimension: 6, components: 2, matrices: SlowMatrixProduct(), progress: { $0 < 0.4 }) == nil)
    }
  }
}
