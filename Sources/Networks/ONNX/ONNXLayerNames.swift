import Files

/// Names of layers by the modules they came of, as PyTorch's exporters tell them.
///
/// The older exporter names a node by the path of its modules: `/layer1/layer1.0/conv1/Conv`; the newer one lists them beside the node.
/// Both give `layer1.0.conv1`. What a module computes by itself gets the operator's word: `layer1.0.add`. Names are made unique.
struct ONNXLayerNames {
  private let nodes: [ONNXNode]
  /// No module lies so deep that its path takes more bytes.
  private static let longestPath = 2_048
  /// Modules that hold other modules.
  private var containers: Set<String> = []

  init(_ graph: ONNXGraph) {
    nodes = graph.nodes
    for node in nodes {
      guard var path = Self.modulePath(of: node) else { continue }
      while let dot = path.lastIndex(of: "."), containers.insert(String(path[..<dot])).inserted { path = String(path[..<dot]) }
    }
  }

  /// One name for each layer; the first is the input's.
  func names(of layers: ONNXLayers) -> [String] {
    // A module whose operators became several layers cannot name them all.
    var types: [String: Set<String>] = [:]
    let paths = (0..<layers.count).map { layers[$0].node.flatMap { path(of: nodes[$0]) } }
    for index in 0..<layers.count {
      if let path = paths[index], let node = layers[index].node { types[path, default: []].insert(nodes[node].type) }
    }
    var used: Set<String> = []
    var repeats: [String: Int] = [:]
    return (0..<layers.count).map { index in
      let name: String
      if let node = layers[index].node.map({ nodes[$0] }) {
        let word = Self.word(of: node.type)
        if let path = paths[index] {
          let isShared = containers.contains(path) || types[path, default: []].count > 1
          name = path.isEmpty ? word : isShared ? "\(path).\(word)" : path
        } else {
          name = node.name.isEmpty ? "\(word)_\(node.position)" : node.name
        }
      } else {
        name = index == 0 ? "input" : "reshape"
      }
      return Self.unique(displayText(name, limit: 160, keepingEnd: true), &used, &repeats)
    }
  }

  private static func unique(_ name: String, _ used: inout Set<String>, _ repeats: inout [String: Int]) -> String {
    var candidate = name
    while !used.insert(candidate).inserted {
      repeats[name, default: 0] += 1
      candidate = "\(name)_\(repeats[name, default: 0])"
    }
    return candidate
  }

  /// The module of a node, by its weights where they are named like PyTorch's: the newer exporter merges batch normalization into a
  /// convolution and then says that the convolution came of the normalization.
  private func path(of node: ONNXNode) -> String? {
    if node.scopes != nil, ["Conv", "Gemm", "MatMul"].contains(node.type) {
      for input in node.inputs.dropFirst() where input.hasSuffix(".weight") && !input.contains("::") { return String(input.dropLast(7)) }
    }
    return Self.modulePath(of: node)
  }

  /// "" for the network itself; nil where the exporter does not tell.
  private static func modulePath(of node: ONNXNode) -> String? {
    guard node.name.utf8.count <= longestPath, node.scopes.map({ $0.utf8.count <= longestPath }) ?? true else { return nil }
    if let scopes = node.scopes {
      // "['', 'layer1', 'layer1.0', 'layer1.0.relu', 'relu_1']": whole paths, and last the operator.
      let parts = scopes.split(separator: ",").map { $0.trimmingPrefix { "[ '\"".contains($0) }.prefix { !"'\"]".contains($0) } }
      return parts.dropLast().last.map(String.init)
    }
    guard node.name.hasPrefix("/") else { return nil }
    let parts = node.name.dropFirst().split(separator: "/", omittingEmptySubsequences: false).dropLast()
    var path = ""
    var last: Substring = ""
    for part in parts {
      // A part repeats the one before it where that was a list of modules: layer1, layer1.0.
      if !last.isEmpty && part.hasPrefix(last + ".") {
        path += part.dropFirst(last.count)
      } else {
        path += (path.isEmpty ? "" : ".") + part
      }
      last = part
    }
    return path
  }

  /// "GlobalAveragePool" -> "global-average-pool".
  static func word(of type: String) -> String {
    var word = ""
    var followsLowercase = false
    for character in type {
      if character.isUppercase && followsLowercase { word += "-" }
      word += character.lowercased()
      followsLowercase = character.isLowercase || character.isNumber
    }
    return word
  }
}
