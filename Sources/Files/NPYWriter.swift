import Tensors

/// The tensor as an array file that `numpy.load` reads: version 1.0, little-endian float32, C order.
public func npyBytes(of tensor: Tensor) -> [UInt8] {
  npyBytes(shape: tensor.shape, values: tensor.values)
}

/// Float32 numbers of any shape, row by row, as an array file.
public func npyBytes(shape: [Int], values: [Float]) -> [UInt8] {
  precondition(shape.reduce(1, *) == values.count, "an array of shape \(shape) does not hold \(values.count) values")
  let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
  var header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions)), }".utf8)
  // Magic, version and length are 10 bytes; the format asks for data at a multiple of 64, and for a line feed before it.
  header += [UInt8](repeating: 0x20, count: 63 - (10 + header.count) % 64)
  header.append(0x0a)
  var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)] + header
  bytes.reserveCapacity(bytes.count + 4 * values.count)
  for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
  return bytes
}

/// Writes the tensor as an array file, atomically.
public func writeNPY(_ tensor: Tensor, to path: String) throws(FileError) {
  try writeFileAtomically(npyBytes(of: tensor), to: path)
}
