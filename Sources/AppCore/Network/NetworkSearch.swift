import Networks

/// What is searched for in the network: words that a layer's name, kind, window or shape must all fit.
struct NetworkSearch: Sendable {
  static let longest = 100

  var text = ""
  /// Whether keys go into it.
  var isTyping = true
  /// The layers that fit, in order.
  private(set) var layers: [Int] = []
  /// Which of them was gone to last.
  var current: Int?

  var isEmpty: Bool { !text.contains { $0 != " " } }

  mutating func run(_ sketch: [LayerSketch]) {
    let words = text.lowercased().replacing("\u{00D7}", with: "x").split(separator: " ").map(String.init)
    current = nil
    layers = words.isEmpty ? [] : sketch.indices.filter { index in words.allSatisfy { Self.fits(sketch[index], $0) } }
  }

  /// "layer3.2", "conv", "3x3", "/2", "256x14x14", "grouped".
  private static func fits(_ layer: LayerSketch, _ word: String) -> Bool {
    if layer.name.lowercased().contains(word) || layer.kind.contains(word) { return true }
    if layer.shape.map(String.init).joined(separator: "x").hasPrefix(word) && word.contains("x") { return true }
    if word == "\(layer.shape.map(String.init).joined(separator: "x"))" { return true }
    if word == "grouped" { return layer.groups > 1 }
    guard let window = layer.window else { return false }
    let kernel = "\(window.kernelHeight)x\(window.kernelWidth)"
    let stride = "/\(window.strideHeight)"
    return word == kernel || word == stride || word == kernel + stride
  }
}

extension AppState {
  mutating func openNetworkSearch() {
    guard network != nil else { return }
    view.search = view.search ?? NetworkSearch()
    view.search?.isTyping = true
    activePanel = .network
  }

  /// Takes what is typed; nil erases the last character.
  mutating func typeIntoNetworkSearch(_ character: Character?) {
    guard var search = view.search, let sketch = network?.outline.sketch else { return }
    if let character {
      guard search.text.count < NetworkSearch.longest else { return }
      search.text.append(character)
    } else if !search.text.isEmpty {
      search.text.removeLast()
    }
    search.run(sketch)
    view.search = search
  }

  /// Goes to the next layer that fits, and opens what hides it.
  mutating func stepNetworkMatch(by offset: Int) {
    guard let search = view.search, !search.layers.isEmpty else { return }
    let count = search.layers.count
    let next = search.current.map { ($0 + offset + count) % count } ?? (offset > 0 ? 0 : count - 1)
    view.search?.current = next
    selectLayer(search.layers[next])
    if let vertex = selectedVertex { bringIntoView(vertex: vertex) }
  }
}
