import Files
import Testing

@testable import Networks

@Suite struct SafetensorsNumbersTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ type: String, _ bytes: [UInt8], count: Int) throws -> [Float] {
    var file = TensorFile()
    // The byte in front puts the numbers at an odd place.
    file.items = [
      .init(name: "odd", type: "F16", shape: [1], bytes: [0, 0]), .init(name: "conv1.weight", type: type, shape: [count], bytes: bytes),
    ]
    let opened = try SafetensorsFile(folder.file("net.safetensors", file.bytes))
    return try opened.floats(of: opened.entries[1])
  }

  @Test("F16, subnormal numbers and both zeros among them, is read exactly")
  func halves() throws {
    let bits: [UInt16] = [0x3C00, 0xC000, 0x0001, 0x03FF, 0x8001, 0x0400, 0x7BFF, 0x0000, 0x8000]
    let expected: [Float] = [1, -2, 0x1p-24, 1023 * 0x1p-24, -0x1p-24, 0x1p-14, 65504, 0, -0.0]
    #expect(try read("F16", littleEndian(bits), count: 9).map(\.bitPattern) == expected.map(\.bitPattern))
  }

  @Test("BF16 is read exactly")
  func bfloats() throws {
    let bits: [UInt16] = [0x3F80, 0xC040, 0x0001, 0x7F7F, 0x8000]
    let expected: [Float] = [1, -3, 0x1p-133, 0x1.FEp127, -0.0]
    #expect(try read("BF16", littleEndian(bits), count: 5).map(\.bitPattern) == expected.map(\.bitPattern))
  }

  @Test("F32 is read as it is, F64 rounded to the nearest")
  func wide() throws {
    let floats: [Float] = [1, -0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    #expect(try read("F32", littleEndian(floats.map(\.bitPattern)), count: 4) == floats)
    let doubles = [1, -0.1, 1e-300, 1 + 0x1p-24 + 0x1p-40, Double(Float.greatestFiniteMagnitude)]
    #expect(
      try read("F64", littleEndian(doubles.map(\.bitPattern)), count: 5) == [1, -0.1, 0, Float(1).nextUp, .greatestFiniteMagnitude])
  }

  @Test("A number that is not finite is named with its tensor in every type")
  func notFinite() throws {
    let cases: [(type: String, bytes: [UInt8], found: String)] = [
      ("F16", littleEndian([UInt16(0), 0x7C00]), "inf"), ("F16", littleEndian([UInt16(0), 0xFC00]), "-inf"),
      ("F16", littleEndian([UInt16(0), 0x7C01]), "nan"), ("BF16", littleEndian([UInt16(0), 0x7F80]), "inf"),
      ("BF16", littleEndian([UInt16(0), 0xFFC0]), "nan"), ("F32", littleEndian([0, Float.nan.bitPattern]), "nan"),
      ("F32", littleEndian([0, (-Float.infinity).bitPattern]), "-inf"), ("F64", littleEndian([0, Double.nan.bitPattern]), "nan"),
      ("F64", littleEndian([0, Double(1e300).bitPattern]), "inf"),
    ]
    for (type, bytes, found) in cases {
      let error = fileError { try read(type, bytes, count: 2) }
      expectBadData(error, naming: ["net.safetensors: element 1 of tensor conv1.weight is \(found)"])
    }
  }
}
