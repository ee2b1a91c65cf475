import Tensors

/// The tensor as an array file that `numpy.load` reads: version 1.0, little-endian float32, C order.
public func npyBytes(of tensor: Tensor) -> [UInt8] {
  npyBytes(shape: tensor.shape, values: tensor.values)
}

/// Float32 numbers of any shape, row by row, as an array file.
public func npyBytes(shape: [Int], values: [Float]) -> [UInt8] {
  precondition(shape.reduce(1, *) == values.count, "an array of shape \(shape) does not hold \(values.count) values")
  return npyHeader(shape: shape) + littleEndianBytes(of: values)
}

/// What stands in an array file before its numbers.
public func npyHeader(shape: [Int]) -> [UInt8] {
  let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
  var header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions)), }".utf8)
  // Magic, version and length are 10 bytes; the format asks for data at a multiple of 64, and for a line feed before it.
  header += [UInt8](repeating: 0x20, count: 63 - (10 + header.count) % 64)
  header.append(0x0a)
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)] + header
}

/// The numbers as they stand in an array file. Cost: two copies.
public func littleEndianBytes(of values: [Float]) -> [UInt8] {
  values.map(\.bitPattern.littleEndian).withUnsafeBytes { Array($0) }
}

/// Writes the tensor as an array file, atomically.
public func writeNPY(_ tensor: Tensor, to path: String) throws(FileError) {
  try writeFileAtomically(npyBytes(of: tensor), to: path)
}
