import Networks
import TestSupport

/// A safetensors file put together by hand, so that every part of it can be made wrong.
struct TensorFile {
  struct Item {
    var name: String
    var type: String
    var shape: [Int]
    var bytes: [UInt8]
  }

  var items: [Item] = []
  var metadata: [String: String] = [:]

  mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) {
    items.append(Item(name: name, type: "F32", shape: shape, bytes: littleEndian(values.map(\.bitPattern))))
  }

  /// Changes the tensor of this name.
  mutating func change(_ name: String, _ change: (inout Item) -> Void) {
    for index in items.indices where items[index].name == name { change(&items[index]) }
  }

  mutating func remove(_ name: String) { items.removeAll { $0.name == name } }

  /// The first number of the tensor, as an F32.
  mutating func setFirst(of name: String, to value: Float) {
    change(name) { $0.bytes.replaceSubrange(0..<4, with: littleEndian([value.bitPattern])) }
  }

  var bytes: [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(quoted($0.value))" }
      members.append("\"__metadata__\": {\(texts.joined(separator: ", "))}")
    }
    var payload: [UInt8] = []
    for item in items {
      let end = payload.count + item.bytes.count
      members.append(
        "\(quoted(item.name)): {\"dtype\": \"\(item.type)\", \"shape\": \(item.shape), \"data_offsets\": [\(payload.count), \(end)]}")
      payload += item.bytes
    }
    return file(header: "{\(members.joined(separator: ", "))}", payload: payload)
  }
}

/// The bytes of a file with this header, whatever it says.
func file(header: String, payload: [UInt8] = []) -> [UInt8] { file(header: Array(header.utf8), payload: payload) }

func file(header: [UInt8], payload: [UInt8] = []) -> [UInt8] { littleEndian([UInt64(header.count)]) + header + payload }

func littleEndian<Word: FixedWidthInteger>(_ words: [Word]) -> [UInt8] {
  words.flatMap { word in (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
}

private func quoted(_ text: String) -> String {
  "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
}

/// A ResNet of a few channels, with random weights, as a file. Layer 1 has two blocks, the other stages one.
func tinyResNet(averaging: Bool, seed: UInt64 = 1, side: Int = 32, classes: Int = 3) -> TensorFile {
  var numbers = SeededNumbers(seed: seed)
  var file = TensorFile()
  func convolution(_ name: String, _ shape: [Int]) {
    let count = shape.reduce(1, *)
    let fanIn = Float(count / shape[0])
    file.add("\(name).weight", shape, numbers.floats(count).map { $0 * (3 / fanIn).squareRoot() })
  }
  func norm(_ name: String, _ channels: Int) {
    file.add("\(name).weight", [channels], numbers.floats(channels, in: 0.5...1.5))
    file.add("\(name).bias", [channels], numbers.floats(channels))
    file.add("\(name).running_mean", [channels], numbers.floats(channels))
    file.add("\(name).running_var", [channels], numbers.floats(channels, in: 0.5...2))
    file.items.append(.init(name: "\(name).num_batches_tracked", type: "I64", shape: [], bytes: littleEndian([UInt64(7)])))
  }
  convolution("conv1", [4, 1, 7, 7])
  norm("bn1", 4)
  var inputs = 4
  for (stage, blocks) in [(1, 2), (2, 1), (3, 1), (4, 1)] {
    let (width, outputs) = (stage + 1, 2 * stage + 4)
    for block in 0..<blocks {
      let name = "layer\(stage).\(block)"
      convolution("\(name).conv1", [width, inputs, 1, 1])
      norm("\(name).bn1", width)
      convolution("\(name).conv2", [width, width, 3, 3])
      norm("\(name).bn2", width)
      convolution("\(name).conv3", [outputs, width, 1, 1])
      norm("\(name).bn3", outputs)
      if block == 0 {
        convolution("\(name).downsample.\(averaging ? 1 : 0)", [outputs, inputs, 1, 1])
        norm("\(name).downsample.\(averaging ? 2 : 1)", outputs)
      }
      inputs = outputs
    }
  }
  file.add("fc.weight", [classes, inputs], numbers.floats(classes * inputs))
  file.add("fc.bias", [classes], numbers.floats(classes))
  file.metadata["input_size"] = "[1, \(side), \(side)]"
  return file
}
