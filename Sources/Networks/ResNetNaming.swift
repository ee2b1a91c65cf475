/// How a file names the tensors of a ResNet. Inside Heatlens they have torchvision's names: `layer2.0.conv1.weight`.
enum ResNetNaming: Equatable {
  /// torchvision's names behind a prefix that a wrapper of the network left: "module.", "model.", "backbone.".
  case torchvision(prefix: String)
  /// The names of Hugging Face's transformers (`modeling_resnet.py`), whose blocks count their layers from 0:
  /// `resnet.encoder.stages.1.layers.0.layer.0.convolution.weight`.
  case huggingFace(prefix: String)

  static let prefixes = ["module.", "model.", "backbone."]

  /// The scheme that the stem's name tells.
  static func of(_ names: some Collection<String>) -> ResNetNaming {
    let marks: [(mark: String, scheme: (String) -> ResNetNaming)] = [
      ("conv1.weight", { .torchvision(prefix: $0) }),
      ("resnet.embedder.embedder.convolution.weight", { .huggingFace(prefix: $0 + "resnet.") }),
      ("embedder.embedder.convolution.weight", { .huggingFace(prefix: $0) }),
    ]
    let known = Set(names)
    var prefix = ""
    // A wrapped network may have been wrapped again.
    for _ in 0..<4 {
      for (mark, scheme) in marks where known.contains(prefix + mark) { return scheme(prefix) }
      guard let next = prefixes.first(where: { next in known.contains { $0.hasPrefix(prefix + next) } }) else { break }
      prefix += next
    }
    return .torchvision(prefix: "")
  }

  /// nil for a name that does not belong to the scheme.
  func torchvisionName(of name: String) -> String? {
    switch self {
    case .torchvision(let prefix):
      // A classifier often stands beside the network that was wrapped, not inside it.
      return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : ["fc.weight", "fc.bias"].contains(name) ? name : nil
    case .huggingFace(let prefix):
      guard let dot = name.lastIndex(of: ".") else { return nil }
      let part = name[dot...]
      if name.hasSuffix("classifier.1\(part)"), Self.classifierPrefix(prefix) + "classifier.1\(part)" == name { return "fc\(part)" }
      guard name.hasPrefix(prefix) else { return nil }
      let words = name[..<dot].dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
      let kinds = ["convolution": (block: "conv", shortcut: "0"), "normalization": (block: "bn", shortcut: "1")]
      guard let kind = words.last.flatMap({ kinds[String($0)] }) else { return nil }
      if words.dropLast() == ["embedder", "embedder"] { return "\(kind.block)1\(part)" }
      guard words.count >= 7, words[0] == "encoder", words[1] == "stages", words[3] == "layers", let stage = Int(words[2]), stage >= 0,
        stage < 64, let block = Int(words[4]), "\(stage)" == words[2], "\(block)" == words[4]
      else { return nil }
      let place = "layer\(stage + 1).\(block)"
      // The last word is the kind: encoder.stages.0.layers.0.shortcut.convolution, encoder.stages.0.layers.0.layer.1.convolution.
      if words.count == 7, words[5] == "shortcut" { return "\(place).downsample.\(kind.shortcut)\(part)" }
      if words.count == 8, words[5] == "layer", let layer = Int(words[6]), (0..<64).contains(layer), "\(layer)" == words[6] {
        return "\(place).\(kind.block)\(layer + 1)\(part)"
      }
      return nil
    }
  }

  /// What the file would call a tensor of torchvision's name.
  func name(ofTorchvision name: String) -> String {
    switch self {
    case .torchvision(let prefix): return prefix + name
    case .huggingFace(let prefix):
      let words = name.split(separator: ".")
      guard let part = words.last else { return name }
      func kind(_ word: Substring) -> String { word.hasPrefix("conv") ? "convolution" : "normalization" }
      if words.count == 2 {
        return words[0] == "fc"
          ? "\(Self.classifierPrefix(prefix))classifier.1.\(part)" : "\(prefix)embedder.embedder.\(kind(words[0])).\(part)"
      }
      guard words.count >= 4, let stage = words[0].last?.wholeNumberValue else { return name }
      let place = "\(prefix)encoder.stages.\(stage - 1).layers.\(words[1])"
      if words[2] == "downsample" { return "\(place).shortcut.\(words[3] == "0" ? "convolution" : "normalization").\(part)" }
      guard let layer = words[2].last?.wholeNumberValue else { return name }
      return "\(place).layer.\(layer - 1).\(kind(words[2])).\(part)"
    }
  }

  /// The classifier stands beside the part that is named resnet.
  private static func classifierPrefix(_ prefix: String) -> String {
    prefix.hasSuffix("resnet.") ? String(prefix.dropLast("resnet.".count)) : prefix
  }
}
