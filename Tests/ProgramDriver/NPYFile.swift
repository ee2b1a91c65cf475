import Foundation

/// NumPy's format, version 1.0, little-endian float32 in C order; written and read independently of the program.
package struct NPYFile {
  package let shape: [Int]
  package let values: [Float]

  package init(shape: [Int], values: [Float]) {
    self.shape = shape
    self.values = values
  }

  package init(_ data: Data) throws {
    let bytes = [UInt8](data)
    guard bytes.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]), bytes.count >= 10 else { throw DriverFailure("no npy file") }
    let headerLength = Int(bytes[8]) + 256 * Int(bytes[9])
    let header = String(decoding: bytes.dropFirst(10).prefix(headerLength), as: UTF8.self)
    guard header.contains("'descr': '<f4'"), header.contains("'fortran_order': False"), (10 + headerLength).isMultiple(of: 64) else {
      throw DriverFailure("npy header \(header)")
    }
    guard let open = header.firstIndex(of: "("), let close = header.firstIndex(of: ")") else { throw DriverFailure("npy header \(header)") }
    shape = header[header.index(after: open)..<close].split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    let rest = Array(bytes.dropFirst(10 + headerLength))
    guard rest.count == 4 * shape.reduce(1, *) else { throw DriverFailure("npy of shape \(shape) with \(rest.count) bytes") }
    values = stride(from: 0, to: rest.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(rest[start + $1]) << (8 * UInt32($1)) })
    }
  }

  package var bytes: [UInt8] {
    let tuple = "(" + shape.map { "\($0)," }.joined(separator: " ") + ")"
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(tuple), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = header.utf8.count
    let start: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(length % 256), UInt8(length / 256)]
    return start + Array(header.utf8) + values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
  }
}
