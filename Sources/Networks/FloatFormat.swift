import Files

/// How a file writes numbers that become Floats; always little endian.
enum FloatFormat {
  case float16
  case bfloat16
  case float32
  case float64

  var byteCount: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }

  /// Appends the numbers that `bytes` holds; a rest too short for a number is left out.
  func append(_ bytes: UnsafeRawBufferPointer, to values: inout [Float]) {
    let offsets = stride(from: 0, to: bytes.count / byteCount * byteCount, by: byteCount)
    switch self {
    case .float16: for at in offsets { values.append(HalfPrecision.float(half: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self))) }
    case .bfloat16:
      for at in offsets { values.append(HalfPrecision.float(bfloat: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self))) }
    case .float32: for at in offsets { values.append(bytes.loadUnaligned(fromByteOffset: at, as: Float.self)) }
    case .float64: for at in offsets { values.append(Float(bytes.loadUnaligned(fromByteOffset: at, as: Double.self))) }
    }
  }

  /// Appends the `count` numbers at `offset` of the file; false where the file ends before.
  ///
  /// Read in pieces, so that the bytes of a large tensor never stand beside its numbers. The caller has compared `count` with the
  /// file's size and reserved the room.
  func append(_ count: Int, from file: InputFile, at offset: Int, to values: inout [Float]) throws(FileError) -> Bool {
    try file.seek(to: offset)
    var left = count
    while left > 0 {
      let piece = min(left, (1 << 20) / byteCount)
      let bytes = try file.read(piece * byteCount)
      guard bytes.count == piece * byteCount else { return false }
      bytes.withUnsafeBytes { append($0, to: &values) }
      left -= piece
    }
    return true
  }
}
