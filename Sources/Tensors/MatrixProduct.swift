/// Products of Float matrices in row-major order: the one piece of arithmetic that pure modules borrow from a library.
public protocol MatrixProduct: Sendable {
  /// `c = alpha * op(a) * op(b) + beta * c`, with `op` the transposition where asked for.
  ///
  /// `c` is `[rows, columns]`, `op(a)` is `[rows, inner]`, `op(b)` is `[inner, columns]`; a leading dimension is the distance
  /// between the starts of two rows as stored.
  func multiply(
    rows: Int, columns: Int, inner: Int, alpha: Float,
    _ a: UnsafePointer<Float>, leadingDimensionA: Int, transposedA: Bool,
    _ b: UnsafePointer<Float>, leadingDimensionB: Int, transposedB: Bool,
    beta: Float, _ c: UnsafeMutablePointer<Float>, leadingDimensionC: Int)

  /// Runs `body`, in which products called on this thread use no other threads.
  ///
  /// For callers that share out products over threads of their own. A library that keeps threads should obey: its waiting threads
  /// would take the processor from the caller's. The default runs `body` and changes nothing.
  func withinOneThread(_ body: () -> Void)
}

extension MatrixProduct {
  public func withinOneThread(_ body: () -> Void) { body() }
}
