import Foundation
import Tensors
import Testing

@testable import Files

/// An array file of version 1.0 with this header text, padded as `numpy.save` does it.
private func arrayFile(_ header: String, _ data: [UInt8]) -> [UInt8] {
  let padding = 117 - header.utf8.count
  return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8) + [UInt8](repeating: 32, count: padding) + [10] + data
}

/// What numpy 2.4 wrote for [[1.5, -2, 3], [4, 5, 6.25]] as float32.
private let numpyFloat32 = arrayFile(
  "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
  [0, 0, 192, 63, 0, 0, 0, 192, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64, 0, 0, 200, 64])

@Suite struct NPYTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Our bytes are numpy's bytes")
  func writing() {
    let tensor = Tensor(shape: [2, 3], values: [1.5, -2, 3, 4, 5, 6.25])
    #expect(npyBytes(of: tensor) == numpyFloat32)
    #expect(npyBytes(shape: [2], values: [1, 2]).starts(with: arrayFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", [])))
  }

  @Test("float32 is read")
  func float32() throws {
    let tensor = try readNPY(folder.file("a.npy", numpyFloat32))
    #expect(tensor == Tensor(shape: [2, 3], values: [1.5, -2, 3, 4, 5, 6.25]))
  }

  @Test("Big-endian float32 in Fortran order, as numpy writes it, is read")
  func fortranBigEndian() throws {
    let file = arrayFile(
      "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 3), }",
      [63, 192, 0, 0, 64, 128, 0, 0, 192, 0, 0, 0, 64, 160, 0, 0, 64, 64, 0, 0, 64, 200, 0, 0])
    #expect(try readNPY(folder.file("a.npy", file)) == Tensor(shape: [2, 3], values: [1.5, -2, 3, 4, 5, 6.25]))
  }

  @Test("float64, as numpy writes it, is rounded to float32")
  func float64() throws {
    let file = arrayFile(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", [0, 0, 0, 0, 0, 0, 248, 63, 0, 0, 0, 0, 0, 0, 0, 192])
    #expect(try readNPY(folder.file("a.npy", file)) == Tensor(shape: [2], values: [1.5, -2]))
  }

  @Test("Fortran order of rank 4 puts every element in its place")
  func fortranRank4() throws {
    let shape = [2, 3, 4, 5]
    var data: [UInt8] = []
    for l in 0..<5 {
      for k in 0..<4 {
        for j in 0..<3 {
          for i in 0..<2 {
            withUnsafeBytes(of: Float(1000 * i + 100 * j + 10 * k + l).bitPattern.littleEndian) { data += Array($0) }
          }
        }
      }
    }
    let tensor = try readNPY(folder.file("a.npy", arrayFile("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 4, 5), }", data)))
    #expect(tensor.shape == shape)
    #expect(tensor.values[((1 * 3 + 2) * 4 + 3) * 5 + 4] == 1234)
    #expect(tensor.values[((0 * 3 + 1) * 4 + 2) * 5 + 3] == 123)
  }

  @Test("What is written is read back, for every rank")
  func roundTrip() throws {
    for shape in [[], [7], [1, 1, 56, 56], [2, 3, 1]] {
      let count = shape.reduce(1, *)
      let tensor = Tensor(shape: shape, values: (0..<count).map { Float($0) * -0.37 })
      let path = folder.path + "/r.npy"
      try writeNPY(tensor, to: path)
      #expect(try readNPY(path) == tensor)
    }
  }

  @Test("Python's own spellings of the header are read")
  func spellings() throws {
    for header in [
      "{\"shape\": (2,3), \"descr\":\"<f4\",\"fortran_order\":False}", "{'fortran_order': False, 'shape': (2, 3,), 'descr': '<f4'}",
    ] {
      #expect(try readNPY(folder.file("a.npy", arrayFile(header, Array(numpyFloat32.suffix(24))))).shape == [2, 3])
    }
    var version2 = [0x93] + Array("NUMPY".utf8) + [2, 0, 118, 0, 0, 0]
    version2 += numpyFloat32.dropFirst(10)
    #expect(try readNPY(folder.file("b.npy", version2)).shape == [2, 3])
  }

  @Test("A damaged file is refused with the field and the offset", arguments: damaged.indices)
  func refusal(_ index: Int) throws {
    let (file, words) = NPYTests.damaged[index]
    let path = try folder.file("bad.npy", file)
    let error = try #require(fileError { _ = try readNPY(path) })
    #expect(error.category == .badData)
    #expect(error.description.hasPrefix("\(path): \(words)"), "\(error)")
    #expect(error.description.count <= 300)
  }

  private static func header(_ text: String) -> [UInt8] { arrayFile(text, Array(numpyFloat32.suffix(24))) }

  private static let damaged: [([UInt8], String)] = [
    ([], "magic (offset 0)"),
    ([0x93, 0x4e], "magic (offset 0)"),
    ([0x80, 4, 0x95, 1, 2, 3, 4, 5, 6, 7], "magic (offset 0) is a pickle's"),
    (Array(numpyFloat32.prefix(7)), "version (offset 6) is cut short"),
    (Array(numpyFloat32.prefix(6)) + [9, 9] + numpyFloat32.dropFirst(8), "version (offset 6) is 9.9; 1.0, 2.0 and 3.0 are allowed"),
    (Array(numpyFloat32.prefix(9)), "header length (offset 8) is cut short"),
    (Array(numpyFloat32.prefix(6)) + [2, 0, 255, 255, 255, 255, 0], "header length (offset 8) is 4294967295; at most 65536 is allowed"),
    (Array(numpyFloat32.prefix(40)), "header (offset 10) is cut short"),
    (Array(numpyFloat32.dropLast()), "data (offset 128) is 23 bytes long; shape (2, 3) of float32 needs 24"),
    (numpyFloat32 + [0], "data (offset 128) is 25 bytes long"),
    (header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), "type (descr) (offset 10) is |O (pickled objects)"),
    (header("{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"), "type (descr) (offset 10) is <i8"),
    (
      header("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (6,), }"),
      "header (offset 21) is not readable; an array of records"
    ),
    (header("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }"), "dimension 0 (offset 10) is 0"),
    (header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }"), "header (offset 61) is not readable"),
    (
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"),
      "dimension 0 (offset 10) is 4294967296; at most 1073741824 bytes"
    ),
    (header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }"), "header (offset 61) is not readable"),
    (header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,6), }"), "rank (offset 10) is 9; at most 8 is allowed"),
    (header("{'descr': '<f4', 'shape': (6,), }"), "header (offset 10) is not readable; descr, fortran_order and shape are needed"),
    (header("{'descr': '<f4', 'descr': '<f4', 'shape': (6,), }"), "header (offset 34) is not readable; each field may stand only once"),
    (header("{'descr': '<f4', 'fortran_order': 0, 'shape': (6,), }"), "header (offset 44) is not readable; True or False"),
    (header("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}"), "header (offset 70) is not readable; only descr"),
    (header("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), } x"), "header (offset 68) is not readable; nothing may follow"),
    (header("["), "header (offset 10) is not readable; { is expected"),
    (Array("<html><body>Not Found</body></html>".utf8), "magic (offset 0)"),
    (
      Array(numpyFloat32.dropLast(4)) + [0, 0, 192, 127], "element 5 (offset 148) is nan; only finite float32 numbers are allowed"
    ),
  ]
}
