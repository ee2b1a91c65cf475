import OneDNNKernels
import Tensors
import TestSupport
import Testing

private struct Product: CustomTestStringConvertible {
  let rows: Int
  let columns: Int
  let inner: Int
  let transposedA: Bool
  let transposedB: Bool
  var testDescription: String { "\(rows) x \(inner) x \(columns), \(transposedA ? "A'" : "A") \(transposedB ? "B'" : "B")" }

  static let all: [Product] = [(1, 1, 1), (2, 3, 4), (5, 1, 7), (1, 9, 3), (17, 33, 20), (64, 48, 65)].flatMap { rows, columns, inner in
    [(false, false), (false, true), (true, false), (true, true)].map { a, b in
      Product(rows: rows, columns: columns, inner: inner, transposedA: a, transposedB: b)
    }
  }
}

@Suite struct MatrixProductTests {
  @Test("Products are the definition's, rows may be apart, and what lies between them stays", arguments: Product.all)
  private func definition(product: Product) {
    var numbers = SeededNumbers(seed: UInt64(product.rows * 1000 + product.inner))
    for padding in [0, 3] {
      let leadingA = (product.transposedA ? product.rows : product.inner) + padding
      let leadingB = (product.transposedB ? product.inner : product.columns) + padding
      let leadingC = product.columns + padding
      let a = numbers.floats(leadingA * (product.transposedA ? product.inner : product.rows))
      let b = numbers.floats(leadingB * (product.transposedB ? product.columns : product.inner))
      let start = numbers.floats(leadingC * product.rows)
      for (alpha, beta) in [(1, 0), (-2, 1), (0.5, -0.25), (0, 2)] as [(Float, Float)] {
        var (found, expected) = (start, start)
        func multiply(_ kernels: some MatrixProduct, _ c: inout [Float]) {
          kernels.multiply(
            rows: product.rows, columns: product.columns, inner: product.inner, alpha: alpha, a, leadingDimensionA: leadingA,
            transposedA: product.transposedA, b, leadingDimensionB: leadingB, transposedB: product.transposedB, beta: beta, &c,
            leadingDimensionC: leadingC)
        }
        multiply(OneDNNKernels(), &found)
        multiply(ReferenceKernels(), &expected)
        let largest = expected.reduce(0) { max($0, abs($1)) }
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-5 * largest }, "alpha \(alpha), beta \(beta), padding \(padding)")
        for row in 0..<product.rows {
          for column in product.columns..<leadingC { #expect(found[row * leadingC + column] == start[row * leadingC + column]) }
        }
      }
    }
  }

  @Test("With beta 0 nothing of the old result comes through, not even NaN")
  func nothingOfTheOld() {
    var c: [Float] = [.nan, .infinity]
    OneDNNKernels().multiply(
      rows: 1, columns: 2, inner: 1, alpha: 1, [3], leadingDimensionA: 1, transposedA: false, [2, -1], leadingDimensionB: 2,
      transposedB: false, beta: 0, &c, leadingDimensionC: 2)
    #expect(c == [6, -3])
  }

  @Test("Without rows or columns nothing is done; without an inner dimension the sum is empty")
  func empty() {
    var c: [Float] = [5, 7]
    func multiply(rows: Int, columns: Int, inner: Int, beta: Float) {
      OneDNNKernels().multiply(
        rows: rows, columns: columns, inner: inner, alpha: 1, [1, 1], leadingDimensionA: 1, transposedA: false, [1, 1],
        leadingDimensionB: 2,
        transposedB: false, beta: beta, &c, leadingDimensionC: 2)
    }
    multiply(rows: 0, columns: 2, inner: 1, beta: 0)
    multiply(rows: 1, columns: 0, inner: 1, beta: 0)
    #expect(c == [5, 7])
    multiply(rows: 1, columns: 2, inner: 0, beta: 2)
    #expect(c == [10, 14])
    multiply(rows: 1, columns: 2, inner: 0, beta: 0)
    #expect(c == [0, 0])
    c = [.nan, 1]
    multiply(rows: 1, columns: 2, inner: 0, beta: 0)
    #expect(c == [0, 0])
  }
}
