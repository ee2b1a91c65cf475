import Files

/// The fields of a TensorProto as they come; `tensor` judges whether they make one.
struct ONNXTensorParts {
  var name = ""
  var type = 0
  var shape: [Int] = []
  var raw: Range<Int>?
  var external: [String: String] = [:]
  var isExternal = false
  private var typed: [(field: ONNXTensor.TypedField, parts: [Range<Int>])] = []
  private let offset: Int

  init(offset: Int) { self.offset = offset }

  /// Adds numbers of a typed field, packed or one by one.
  mutating func add(_ field: ProtobufMessage.Field, of message: ProtobufMessage) throws(FileError) {
    guard let kind = ONNXTensor.TypedField(rawValue: field.number) else { return }
    let range: Range<Int>
    switch field.value {
    case .bytes(let packed): range = packed
    // One number after its tag, which for these field numbers takes one byte.
    case .varint(let bits): range = field.offset + 1..<field.offset + 1 + Self.byteCount(ofVarint: bits)
    case .fixed32: range = field.offset + 1..<field.offset + 5
    case .fixed64: range = field.offset + 1..<field.offset + 9
    }
    switch (kind, field.value) {
    case (_, .bytes), (.floats, .fixed32), (.doubles, .fixed64), (.int32s, .varint), (.int64s, .varint), (.uint64s, .varint): break
    default:
      throw message.source.error("field \(field.number) of \(message.name)", field.offset, found: "of another wire type than its numbers")
    }
    guard !range.isEmpty else { return }
    try message.source.charge(16, at: field.offset)
    if let index = typed.firstIndex(where: { $0.field == kind }) {
      typed[index].parts.append(range)
    } else {
      typed.append((kind, [range]))
    }
  }

  /// How long the number is when it is written without needless bytes; one written longer has the wrong count and is refused for it.
  private static func byteCount(ofVarint bits: UInt64) -> Int { max(1, (64 - bits.leadingZeroBitCount + 6) / 7) }

  func tensor(_ kind: String, source: ProtobufSource, external resolver: inout ONNXExternalData) throws(FileError) -> ONNXTensor {
    let title = name.isEmpty ? kind : "\(kind) \(name)"
    func wrong(found: String, allowed: String? = nil) -> FileError { source.error(title, offset, found: found, allowed: allowed) }
    guard shape.count <= ONNXModelReader.mostRank else {
      throw wrong(found: "of rank \(shape.count)", allowed: "at most \(ONNXModelReader.mostRank) is allowed")
    }
    let type = ONNXElementType(rawValue: type)
    var (count, byteCount) = (1, type?.byteCount ?? 1)
    for length in shape {
      guard length >= 0 else { throw wrong(found: "of shape \(shape)", allowed: "no length is negative") }
      let (product, overflows) = byteCount.multipliedReportingOverflow(by: length)
      guard !overflows else { throw wrong(found: "of shape \(shape)", allowed: "that is larger than any file") }
      byteCount = product
      count = type.map { byteCount / $0.byteCount } ?? byteCount
    }
    var tensor = ONNXTensor(name: name, type: type, shape: shape, count: count, offset: offset)
    if isExternal {
      guard raw == nil, typed.isEmpty else { throw wrong(found: "given with data in the file and outside it") }
      tensor.contents = .external(try resolver.part(external, byteCount: byteCount, of: title, source: source, at: offset))
      return tensor
    }
    guard external.isEmpty else { throw wrong(found: "given with external_data and not marked as external") }
    let raw = raw.flatMap { $0.isEmpty ? nil : $0 }
    guard typed.count + (raw == nil ? 0 : 1) <= 1 else { throw wrong(found: "given with data of two kinds") }
    // Types that cannot be read are refused where they are used.
    guard let type else { return tensor }
    if let raw {
      guard raw.count == byteCount else {
        throw wrong(found: "\(raw.count) bytes long", allowed: "its shape \(shape) of \(type.word) takes \(byteCount)")
      }
      tensor.contents = .raw(raw)
    } else if let (field, parts) = typed.first {
      guard field == type.typedField else { throw wrong(found: "of type \(type.word), with data of another type") }
      try check(parts, of: field, count: count, wrong)
      tensor.contents = .typed(field, parts)
    } else if count > 0 {
      throw wrong(found: "without data", allowed: "its shape \(shape) needs \(count) numbers")
    }
    return tensor
  }

  private func check(
    _ parts: [Range<Int>], of field: ONNXTensor.TypedField, count: Int, _ wrong: (String, String?) -> FileError
  ) throws(FileError) {
    let size: Int
    switch field {
    case .floats: size = 4
    case .doubles: size = 8
    case .int32s, .int64s, .uint64s:
      // Between 1 and 10 bytes a number; the exact count shows when they are read.
      let bytes = parts.reduce(0) { $0 + $1.count }
      guard bytes >= count, bytes <= count.multipliedReportingOverflow(by: 10).partialValue else {
        throw wrong("\(bytes) bytes long", "its shape \(shape) needs \(count) numbers")
      }
      return
    }
    guard parts.allSatisfy({ $0.count % size == 0 }) else { throw wrong("cut within a number", nil) }
    let found = parts.reduce(0) { $0 + $1.count / size }
    guard found == count else { throw wrong("\(found) numbers long", "its shape \(shape) needs \(count)") }
  }
}
