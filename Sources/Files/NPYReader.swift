import Tensors

/// What a NumPy array file may be at most.
public enum NPYLimits {
  public static let headerBytes = 65_536
  public static let rank = 8
  public static let payloadBytes = 1 << 30
}

/// Reads an array as `numpy.save` writes it (format versions 1.0 to 3.0): float32 or float64 of either byte order, in C or Fortran order.
///
/// Float64 is rounded to float32. Refused with a `FileError` that names the field: other types (pickled objects among them), a length
/// that is not what the shape asks for, empty dimensions, and numbers that are not finite.
public func readNPY(_ path: String) throws(FileError) -> Tensor {
  let file = try InputFile(path)
  let header = try NPYHeader(readingFrom: file)
  let payload = header.count * header.type.size
  let present = file.size - file.offset
  guard present == payload else {
    throw FileError(
      path: path, format: "npy", field: "data", offset: file.offset, found: "\(present) bytes long",
      allowed: "shape \(header.shapeText) of \(header.type.name) needs \(payload)")
  }
  let start = file.offset
  let bytes = try file.read(payload)
  guard bytes.count == payload else { throw FileError(.inputOutput, path: path, found: "became shorter while it was read") }

  var values = [Float](repeating: 0, count: header.count)
  let firstBad = bytes.withUnsafeBytes { raw in
    var firstBad: Int?
    for index in values.indices {
      let value = header.type.value(raw, at: index)
      if !value.isFinite, firstBad == nil { firstBad = index }
      values[index] = value
    }
    return firstBad
  }
  if let index = firstBad {
    throw FileError(
      path: path, format: "npy", field: "element \(index)", offset: start + index * header.type.size, found: "\(values[index])",
      allowed: "only finite float32 numbers are allowed")
  }
  if header.fortranOrder { values = inRowMajorOrder(values, shape: header.shape) }
  return Tensor(shape: header.shape, values: values)
}

/// The shape that an array file announces; its numbers are not read.
public func npyShape(_ path: String) throws(FileError) -> [Int] { try NPYHeader(readingFrom: InputFile(path)).shape }

/// From first-dimension-fastest to last-dimension-fastest. Cost: one copy.
private func inRowMajorOrder(_ values: [Float], shape: [Int]) -> [Float] {
  guard shape.count > 1 else { return values }
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
  var result = [Float](repeating: 0, count: values.count)
  var index = [Int](repeating: 0, count: shape.count)
  var source = 0
  for target in result.indices {
    result[target] = values[source]
    var axis = shape.count - 1
    while axis >= 0 {
      index[axis] += 1
      source += strides[axis]
      if index[axis] < shape[axis] { break }
      source -= strides[axis] * shape[axis]
      index[axis] = 0
      axis -= 1
    }
  }
  return result
}
