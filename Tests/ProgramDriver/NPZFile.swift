import Foundation

/// The arrays of an npz file by name: a zip of stored members, read by its central directory, independently of the program.
package func readNPZ(_ path: String) throws -> [String: NPYFile] {
  let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  func number(_ offset: Int, _ size: Int) -> Int { (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
  let end = bytes.count - 22
  guard end >= 0, number(end, 4) == 0x0605_4b50 else { throw DriverFailure("no npz file") }
  var arrays: [String: NPYFile] = [:]
  var position = number(end + 16, 4)
  for _ in 0..<number(end + 10, 2) {
    guard number(position, 4) == 0x0201_4b50, number(position + 10, 2) == 0 else { throw DriverFailure("npz directory at \(position)") }
    let (size, nameLength, local) = (number(position + 20, 4), number(position + 28, 2), number(position + 42, 4))
    let name = String(decoding: bytes[position + 46..<position + 46 + nameLength], as: UTF8.self)
    let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
    guard name.hasSuffix(".npy") else { throw DriverFailure("npz member \(name)") }
    arrays[String(name.dropLast(4))] = try NPYFile(Data(bytes[start..<start + size]))
    position += 46 + nameLength + number(position + 30, 2) + number(position + 32, 2)
  }
  return arrays
}
