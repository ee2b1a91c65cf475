import Files

/// A safetensors file: an 8-byte length, a JSON header of names, types, shapes and offsets, then the numbers.
///
/// The header is judged strictly: every byte of the payload belongs to exactly one tensor, sizes fit shapes, names are unique.
/// Format: https://huggingface.co/docs/safetensors (section "Format").
public struct SafetensorsFile {
  public enum ElementType: String, Sendable {
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float32 = "F32"
    case float64 = "F64"
    /// Counters that training leaves behind; never weights.
    case int64 = "I64"

    var format: FloatFormat? {
      switch self {
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float32: .float32
      case .float64: .float64
      case .int64: nil
      }
    }

    var byteCount: Int { format?.byteCount ?? 8 }
  }

  public struct Entry: Sendable {
    public let name: String
    public let type: ElementType
    public let shape: [Int]
    /// Where its bytes are, counted from the start of the payload.
    let bytes: Range<Int>
  }

  public let path: String
  public let metadata: [String: String]
  /// In the order of the header.
  public let entries: [Entry]
  private let file: InputFile
  private let payloadStart: Int

  static let largestHeader = 16 << 20
  static let mostTensors = 65_536
  static let largestRank = 8
  static let largestPayload = 1 << 31

  /// Reads and checks the header. Cost: the header's length.
  public init(_ path: String) throws(FileError) { try self.init(InputFile(path)) }

  /// What a file is by its first bytes, and what would help, where it is certainly no network.
  private static func otherKind(_ start: [UInt8]) -> (found: String, allowed: String)? {
    let usual = "a network is safetensors or ONNX"
    if start.starts(with: Array("version ".utf8)) {
      return ("is the pointer of a file in git-lfs, not the file itself", "fetch it: git lfs pull")
    }
    if start.starts(with: Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) })) { return ("is a NumPy array", usual) }
    if start.allSatisfy({ (32..<127).contains($0) || [9, 10, 13].contains($0) }) {
      return (start[0] == UInt8(ascii: "<") ? "is an HTML page" : "is a text", usual)
    }
    return nil
  }

  /// From a file that nothing has been read of.
  init(_ file: InputFile) throws(FileError) {
    let path = file.path
    func wrong(_ field: String?, _ offset: Int?, found: String, allowed: String? = nil) -> FileError {
      FileError(.badData, path: path, format: "safetensors", field: field, offset: offset, found: found, allowed: allowed)
    }
    guard file.size >= 8 else {
      throw wrong(nil, nil, found: "is only \(file.size) bytes long; a network as safetensors or ONNX has 8 bytes or more")
    }
    let lengthBytes = try file.read(8)
    guard lengthBytes.count == 8 else { throw wrong("header length", 0, found: "cut short") }
    let declared = lengthBytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard declared >= 2 && declared <= UInt64(Self.largestHeader) else {
      // A zip archive starts with "PK", a pickle with 0x80: what PyTorch saves by itself.
      if lengthBytes.starts(with: [0x50, 0x4B]) || lengthBytes[0] == 0x80 {
        throw wrong(
          nil, nil, found: "is a PyTorch pickle",
          allowed: "convert: "
            + "import torch, safetensors.torch as s; s.save_file(torch.load(\"x.pth\", weights_only=True), \"x.safetensors\")")
      }
      if let (found, allowed) = Self.otherKind(lengthBytes) { throw wrong(nil, nil, found: found, allowed: allowed) }
      throw wrong("header length", 0, found: String(declared), allowed: "2 to \(Self.largestHeader) is allowed")
    }
    let headerLength = Int(declared)
    guard headerLength <= file.size - 8 else {
      throw wrong("header length", 0, found: String(headerLength), allowed: "the file has only \(file.size - 8) bytes after it")
    }
    let header = try file.read(headerLength)
    guard header.count == headerLength else { throw wrong("header", 8, found: "cut short") }
    // Counted before values are made of them, which takes much longer.
    let metadataName = "__metadata__"
    guard JSONReader.mostMembers(header, besides: metadataName) <= Self.mostTensors else {
      throw wrong("number of tensors", nil, found: "more than \(Self.mostTensors)", allowed: "\(Self.mostTensors) are allowed")
    }
    let json: JSONValue
    do { json = try JSONReader.read(header[...]) } catch {
      throw wrong("header", 8 + error.offset, found: "not valid JSON (\(error.problem))")
    }
    guard case .object(let members) = json else { throw wrong("header", 8, found: "not a JSON object") }

    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    entries.reserveCapacity(members.count)
    for (name, value) in members {
      if name == metadataName {
        guard case .object(let texts) = value else { throw wrong("__metadata__", nil, found: "not an object") }
        for (key, value) in texts {
          guard case .string(let text) = value else { throw wrong("__metadata__.\(key)", nil, found: "not a text") }
          metadata[key] = text
        }
        continue
      }
      guard entries.count < Self.mostTensors else {
        throw wrong("number of tensors", nil, found: "more than \(Self.mostTensors)", allowed: "\(Self.mostTensors) are allowed")
      }
      do { entries.append(try Self.entry(name, value)) } catch {
        throw wrong("tensor \(name)", nil, found: error.problem, allowed: error.allowed)
      }
    }
    let payload = file.size - 8 - headerLength
    guard payload <= Self.largestPayload else {
      throw wrong("length of the numbers", nil, found: "\(payload) bytes", allowed: "at most \(Self.largestPayload) are allowed")
    }
    var end = 0
    for entry in entries.sorted(by: { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }) {
      guard entry.bytes.lowerBound == end else {
        throw wrong(
          "data_offsets of \(entry.name)", nil, found: "\(entry.bytes.lowerBound)",
          allowed: "\(end) is where the tensor before it ends: no holes, no overlaps")
      }
      guard entry.bytes.upperBound <= payload else {
        throw wrong(
          "data_offsets of \(entry.name)", nil, found: "\(entry.bytes.upperBound)", allowed: "the file has only \(payload) bytes of numbers"
        )
      }
      end = entry.bytes.upperBound
    }
    guard end == payload else { throw wrong(nil, nil, found: "has \(payload - end) bytes that belong to no tensor") }
    self.path = path
    self.metadata = metadata
    self.entries = entries
    self.file = file
    payloadStart = 8 + headerLength
  }

  private struct EntryError: Error {
    let problem: String
    var allowed: String?
  }

  private static func entry(_ name: String, _ value: JSONValue) throws(EntryError) -> Entry {
    guard case .object(let members) = value else { throw EntryError(problem: "not an object") }
    var fields: [String: JSONValue] = [:]
    for (field, value) in members {
      guard ["dtype", "shape", "data_offsets"].contains(field) else {
        throw EntryError(problem: "described with an unknown field \(field)")
      }
      fields[field] = value
    }
    guard case .string(let typeName)? = fields["dtype"] else { throw EntryError(problem: "without a dtype") }
    guard let type = ElementType(rawValue: typeName) else {
      throw EntryError(problem: "of type \(typeName)", allowed: "F16, BF16, F32 and F64 can be read")
    }
    guard case .array(let dimensions)? = fields["shape"] else { throw EntryError(problem: "without a shape") }
    guard dimensions.count <= largestRank else {
      throw EntryError(problem: "of rank \(dimensions.count)", allowed: "at most \(largestRank) is allowed")
    }
    var shape: [Int] = []
    var byteCount = type.byteCount
    for (axis, dimension) in dimensions.enumerated() {
      guard let length = dimension.wholeNumber else {
        throw EntryError(problem: "given a dimension \(axis) that is no length", allowed: "whole numbers of at most 18 digits are allowed")
      }
      let (product, overflows) = byteCount.multipliedReportingOverflow(by: length)
      guard !overflows else { throw EntryError(problem: "larger than any file") }
      byteCount = product
      shape.append(length)
    }
    guard case .array(let offsets)? = fields["data_offsets"], offsets.count == 2, let begin = offsets[0].wholeNumber,
      let end = offsets[1].wholeNumber
    else { throw EntryError(problem: "without two whole data_offsets") }
    guard begin <= end else { throw EntryError(problem: "given data_offsets in the wrong order, \(begin) and \(end)") }
    guard end - begin == byteCount else {
      throw EntryError(problem: "\(end - begin) bytes long", allowed: "its shape \(shape) of \(typeName) takes \(byteCount)")
    }
    return Entry(name: name, type: type, shape: shape, bytes: begin..<end)
  }

  /// The numbers of a tensor as Floats. A number that is not finite is an error that names the tensor.
  public func floats(of entry: Entry) throws(FileError) -> [Float] {
    let count = entry.shape.reduce(1, *)
    var values: [Float] = []
    values.reserveCapacity(count)
    guard let format = entry.type.format else {
      throw FileError(
        .badData, path: path, format: "safetensors", field: "tensor \(entry.name)", found: "of type \(entry.type.rawValue)",
        allowed: "weights are F16, BF16, F32 or F64")
    }
    guard try format.append(count, from: file, at: payloadStart + entry.bytes.lowerBound, to: &values) else {
      throw FileError(.inputOutput, path: path, format: "safetensors", field: "tensor \(entry.name)", found: "cut short while it was read")
    }
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw FileError(
        .badData, path: path, format: "safetensors", field: "element \(bad) of tensor \(entry.name)",
        found: values[bad].isNaN ? "nan" : "\(values[bad])",
        allowed: "weights must be finite 32-bit numbers")
    }
    return values
  }
}
