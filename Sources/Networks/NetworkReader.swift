import Files

/// Reads a network from a safetensors or an ONNX file; its content decides which, not its name.
///
/// A safetensors file holds weights alone: its tensors say which network of the ResNet family it is. An ONNX file holds the graph, which
/// may have operators that cannot run: see `Network.unsupported`. Names and shapes are all judged before the first weight is read.
/// Cost: the weights once, and pieces of one tensor's bytes at a time.
///
/// - Parameter override: what the user says about pictures, instead of the file's metadata.
public func readNetwork(from path: String, preprocessing override: PreprocessingOverride? = nil) throws(FileError) -> Network {
  let file = try InputFile(path)
  let start = try file.read(8)
  try file.seek(to: 0)
  if isONNX(start) { return try ONNXNetworkReader.read(file, preprocessing: override) }
  let tensorFile = try SafetensorsFile(file)
  var tensors = NamedTensors(path: path)
  for entry in tensorFile.entries where !entry.name.hasSuffix("num_batches_tracked") {
    guard entry.type != .int64 else {
      throw tensors.error(entry.name, found: "of type I64", allowed: "weights are F16, BF16, F32 or F64")
    }
    tensors.add(entry.name, shape: entry.shape) { () throws(FileError) in try tensorFile.floats(of: entry) }
  }
  let metadata = NetworkMetadata(path: path, format: "safetensors", metadata: tensorFile.metadata, override: override)
  return try ResNetBuilder.build(from: &tensors, metadata: metadata)
}

/// Whether a file that starts with these bytes can only be ONNX.
///
/// ONNX has no mark of its own: it starts with the tag of one of the model's fields. A safetensors file starts with a header length, whose
/// upper bytes are zero for all lengths that are allowed, and a zero byte is no tag.
private func isONNX(_ start: [UInt8]) -> Bool {
  guard let first = start.first, start.count < 8 || start[3...].contains(where: { $0 != 0 }) else { return false }
  // ir_version, producer_name, producer_version, domain, model_version, doc_string, graph, opset_import, metadata_props; above 15 the tag
  // takes two bytes: training_info, functions.
  if [0x08, 0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72].contains(first) { return true }
  return (first == 0xA2 || first == 0xCA) && start.dropFirst().first == 0x01
}
