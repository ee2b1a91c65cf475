import Files

/// Reads the numbers of tensors, from the model's file or beside it.
final class ONNXWeights {
  let source: ProtobufSource
  private var external: ONNXExternalData

  init(source: ProtobufSource, external: ONNXExternalData) {
    self.source = source
    self.external = external
  }

  func title(_ tensor: ONNXTensor) -> String { tensor.name.isEmpty ? "tensor" : "initializer \(tensor.name)" }

  func error(_ tensor: ONNXTensor, found: String, allowed: String? = nil) -> FileError {
    source.error(title(tensor), tensor.offset, found: found, allowed: allowed)
  }

  /// Weights as Floats. A number that is not finite is an error that names the tensor. Cost: one copy.
  func floats(_ tensor: ONNXTensor) throws(FileError) -> [Float] {
    guard let format = tensor.type?.format else {
      throw error(
        tensor, found: "of type \(tensor.type.map(\.word) ?? "unknown")", allowed: "weights are FLOAT, FLOAT16, BFLOAT16 or DOUBLE")
    }
    var values: [Float] = []
    values.reserveCapacity(tensor.count)
    switch tensor.contents {
    case .none: break
    case .raw(let range): try append(range.lowerBound, tensor.count, format, from: source.file, of: tensor, to: &values)
    case .external(let part): try append(part.offset, tensor.count, format, from: try external.open(part), of: tensor, to: &values)
    case .typed(.int32s, let parts):
      try forEachVarint(parts, of: tensor) { bits in
        let half = UInt16(truncatingIfNeeded: bits)
        values.append(format == .bfloat16 ? HalfPrecision.float(bfloat: half) : HalfPrecision.float(half: half))
      }
    case .typed(_, let parts):
      for part in parts {
        try append(part.lowerBound, part.count / format.byteCount, format, from: source.file, of: tensor, to: &values)
      }
    }
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw source.error(
        "element \(bad) of \(title(tensor))", tensor.offset, found: values[bad].isNaN ? "nan" : "\(values[bad])",
        allowed: "weights must be finite 32-bit numbers")
    }
    return values
  }

  /// The few numbers of a shape, an axis or a bound; the caller has compared their count with a limit.
  func numbers(_ tensor: ONNXTensor) throws(FileError) -> [ONNXNumber] {
    guard let type = tensor.type else { throw error(tensor, found: "of an unknown type") }
    var result: [ONNXNumber] = []
    switch tensor.contents {
    case .none: break
    case .raw(let range): append(try source.bytes(range), type, to: &result)
    case .external(let part):
      let file = try external.open(part)
      try file.seek(to: part.offset)
      let bytes = try file.read(tensor.count * type.byteCount)
      guard bytes.count == tensor.count * type.byteCount else { throw shortened(tensor) }
      append(bytes, type, to: &result)
    case .typed(.floats, let parts), .typed(.doubles, let parts):
      for part in parts { append(try source.bytes(part), type, to: &result) }
    case .typed(_, let parts):
      try forEachVarint(parts, of: tensor) { bits in
        let half = UInt16(truncatingIfNeeded: bits)
        switch type {
        case .float16: result.append(.real(Double(HalfPrecision.float(half: half))))
        case .bfloat16: result.append(.real(Double(HalfPrecision.float(bfloat: half))))
        default: result.append(.whole(Int(truncatingIfNeeded: bits)))
        }
      }
    }
    return result
  }

  private func append(_ bytes: [UInt8], _ type: ONNXElementType, to numbers: inout [ONNXNumber]) {
    if let format = type.format {
      var floats: [Float] = []
      if format == .float64 {
        bytes.withUnsafeBytes { raw in
          for at in stride(from: 0, to: raw.count - 7, by: 8) {
            numbers.append(.real(raw.loadUnaligned(fromByteOffset: at, as: Double.self)))
          }
        }
        return
      }
      bytes.withUnsafeBytes { format.append($0, to: &floats) }
      numbers.append(contentsOf: floats.map { .real(Double($0)) })
      return
    }
    let size = type.byteCount
    let isSigned = [.int8, .int16, .int32, .int64].contains(type)
    for start in stride(from: 0, to: bytes.count / size * size, by: size) {
      let bits = bytes[start..<start + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let unused = UInt64(64 - 8 * size)
      numbers.append(.whole(isSigned ? Int(Int64(bitPattern: bits << unused) >> Int64(unused)) : Int(truncatingIfNeeded: bits)))
    }
  }

  private func append(
    _ offset: Int, _ count: Int, _ format: FloatFormat, from file: InputFile, of tensor: ONNXTensor, to values: inout [Float]
  ) throws(FileError) {
    guard try format.append(count, from: file, at: offset, to: &values) else { throw shortened(tensor) }
  }

  /// Visits numbers of one to ten bytes; there must be as many as the tensor's shape says.
  private func forEachVarint(_ parts: [Range<Int>], of tensor: ONNXTensor, _ body: (UInt64) -> Void) throws(FileError) {
    var found = 0
    for part in parts {
      var (bits, shift) = (UInt64(0), UInt64(0))
      for position in part {
        let byte = try source.byte(at: position)
        guard shift < 64 else { throw error(tensor, found: "written with a number longer than 64 bits") }
        bits |= UInt64(byte & 0x7F) << shift
        shift += 7
        if byte >= 0x80 { continue }
        found += 1
        guard found <= tensor.count else { break }
        body(bits)
        (bits, shift) = (0, 0)
      }
      guard shift == 0 else { throw error(tensor, found: "cut within a number") }
    }
    guard found == tensor.count else {
      throw error(tensor, found: found > tensor.count ? "too long" : "\(found) numbers long", allowed: "its shape needs \(tensor.count)")
    }
  }

  private func shortened(_ tensor: ONNXTensor) -> FileError {
    FileError(.inputOutput, path: source.file.path, format: "onnx", field: title(tensor), found: "cut short while it was read")
  }
}
