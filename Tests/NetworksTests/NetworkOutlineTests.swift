import Foundation
import Networks
import TestSupport
import Testing

/// The tree of a network, a group a line: its kind, its name and how many children it has.
private func lines(_ outline: NetworkOutline, _ items: [NetworkOutline.Item]? = nil, deep: Int = .max, indent: String = "") -> [String] {
  (items ?? outline.roots).flatMap { item -> [String] in
    switch item {
    case .layer(let layer): return ["\(indent)\(outline.sketch[layer].name)"]
    case .group(let index):
      let group = outline.groups[index]
      let line = "\(indent)\(group.kind) \(group.name) \(group.children.count)"
      return [line] + (deep > 0 ? lines(outline, group.children, deep: deep - 1, indent: indent + "  ") : [])
    }
  }
}

/// The tree of kinds: how many blocks and units a stage has, and how a block goes around.
private func shape(_ outline: NetworkOutline, _ items: [NetworkOutline.Item]? = nil) -> [String] {
  (items ?? outline.roots).map { item in
    guard case .group(let index) = item else { return "layer" }
    let group = outline.groups[index]
    let around = group.residual.map { $0.shortcut.isEmpty ? " identity" : " projection" } ?? ""
    return "\(group.kind)\(around)" + (group.kind == .stage ? "(\(shape(outline, group.children).joined(separator: ", ")))" : "")
  }
}

/// What holds of every outline, found without the program's own bookkeeping.
private func expectWellFormed(_ outline: NetworkOutline, sourceLocation: SourceLocation = #_sourceLocation) {
  func layers(_ item: NetworkOutline.Item) -> [Int] {
    switch item {
    case .layer(let layer): [layer]
    case .group(let group): outline.groups[group].children.flatMap(layers)
    }
  }
  #expect(outline.roots.flatMap(layers).sorted() == Array(outline.sketch.indices), "each layer once", sourceLocation: sourceLocation)
  func expectOrder(_ items: [NetworkOutline.Item], _ place: String) {
    var placeOf: [Int: Int] = [:]
    for (place, item) in items.enumerated() { for layer in layers(item) { placeOf[layer] = place } }
    let isOrdered = placeOf.allSatisfy { layer, at in outline.sketch[layer].inputs.allSatisfy { placeOf[$0, default: -1] <= at } }
    #expect(isOrdered, "\(place)", sourceLocation: sourceLocation)
  }
  expectOrder(outline.roots, "roots")
  #expect(Set(outline.groups.map(\.name)).count == outline.groups.count, sourceLocation: sourceLocation)
  for (index, group) in outline.groups.enumerated() {
    expectOrder(group.children, group.name)
    #expect(group.children.count > 1 && !group.name.isEmpty, "\(group.name)", sourceLocation: sourceLocation)
    #expect(group.layers == group.children.flatMap(layers).sorted(), "\(group.name)", sourceLocation: sourceLocation)
    #expect(group.layers.contains(group.output), "\(group.name)", sourceLocation: sourceLocation)
    if group.kind == .stage {
      #expect(group.layers.count < outline.sketch.count - 1 || outline.parent(ofGroup: index) != nil, "a stage of everything")
    }
    for child in group.children {
      switch child {
      case .layer(let layer): #expect(outline.parent(ofLayer: layer) == index, sourceLocation: sourceLocation)
      case .group(let child): #expect(outline.parent(ofGroup: child) == index && child > index, sourceLocation: sourceLocation)
      }
    }
    if let residual = group.residual {
      let sum = outline.sketch[residual.sum]
      #expect(sum.kind == "add" && sum.inputs.count == 2 && residual.branchInput != residual.shortcutInput)
      #expect(residual.branch.last == sum.inputs[residual.branchInput])
      #expect(
        Set(residual.branch).isDisjoint(with: residual.shortcut) && Set(residual.branch + residual.shortcut).isSubset(of: group.layers))
      if let last = residual.shortcut.last { #expect(last == sum.inputs[residual.shortcutInput]) }
    }
  }
  for item in outline.roots {
    switch item {
    case .layer(let layer): #expect(outline.parent(ofLayer: layer) == nil, sourceLocation: sourceLocation)
    case .group(let group): #expect(outline.parent(ofGroup: group) == nil, sourceLocation: sourceLocation)
    }
  }
}

/// Puts layers together by hand.
private struct SketchBuilder {
  var layers: [LayerSketch] = [LayerSketch(name: "input", kind: "input", inputs: [], shape: [3, 8, 8])]

  var last: Int { layers.count - 1 }

  @discardableResult
  mutating func add(_ kind: String, _ inputs: [Int]? = nil, kernel: Int? = nil, groups: Int = 1, shape: [Int] = [4, 8, 8]) -> Int {
    layers.append(
      LayerSketch(
        name: "\(kind)_\(layers.count)", kind: kind, inputs: inputs ?? [last], shape: shape,
        window: kernel.map { SlidingWindow(kernelHeight: $0, kernelWidth: $0) }, groups: groups))
    return last
  }

  /// A convolution of 3 x 3 and a ReLU.
  @discardableResult
  mutating func convolution(_ inputs: [Int]? = nil, kernel: Int = 3, shape: [Int] = [4, 8, 8]) -> Int {
    add("convolution", inputs, kernel: kernel, shape: shape)
    return add("relu", shape: shape)
  }
}

@Suite struct NetworkOutlineTests {
  @Test(
    "Every outline is a tree of all layers in topological order, with names of their own", arguments: torchvisionNames + ["resnet50-newer"])
  func wellFormed(name: String) throws { expectWellFormed(NetworkOutline(try torchvisionSketch(name))) }

  @Test(
    "ResNets have their stages, named as in torchvision",
    arguments: [("resnet18", [2, 2, 2, 2], 3), ("resnet50", [3, 4, 6, 3], 4), ("resnet152", [3, 8, 36, 3], 4)])
  func resNets(name: String, blocks: [Int], projections: Int) throws {
    let outline = NetworkOutline(try torchvisionSketch(name))
    #expect(
      lines(outline, deep: 0) == ["input", "unit conv1 2", "maxpool"] + zip(1..., blocks).map { "stage layer\($0) \($1)" } + [
        "unit avgpool 2", "fc",
      ])
    let found = outline.groups.filter { $0.kind == .block }
    #expect(found.map(\.name) == zip(1..., blocks).flatMap { stage, count in (0..<count).map { "layer\(stage).\($0)" } })
    #expect(found.allSatisfy { $0.residual != nil })
    #expect(found.count { $0.residual?.shortcut.isEmpty == false } == projections)
    for block in found {
      let residual = try #require(block.residual)
      #expect(residual.branch.allSatisfy { outline.sketch[$0].name.contains(".conv") || outline.sketch[$0].name.contains(".relu") })
      #expect(residual.shortcut.allSatisfy { outline.sketch[$0].name.contains(".downsample.") })
    }
  }

  @Test("The other networks are read as their papers describe them")
  func others() throws {
    func roots(_ name: String) throws -> [String] { lines(NetworkOutline(try torchvisionSketch(name)), deep: 0) }
    #expect(
      try roots("vgg11_bn") == [
        "input", "unit features.0 2", "features.3", "unit features.4 2", "features.7", "stage stage 1 2", "features.14", "stage stage 2 2",
        "features.21", "stage stage 3 2", "features.28", "unit avgpool 2", "unit classifier.0 2", "unit classifier.3 2", "classifier.6",
      ])
    #expect(
      try roots("googlenet") == [
        "input", "unit conv1 2", "maxpool1", "unit conv2 2", "unit conv3 2", "maxpool2", "stage inception3 2", "maxpool3",
        "stage inception4 5", "maxpool4", "stage inception5 2", "unit avgpool 2", "fc",
      ])
    #expect(
      try roots("squeezenet1_1") == [
        "input", "unit features.0 2", "features.2", "stage stage 1 2", "features.5", "stage stage 2 2", "features.8", "stage stage 3 4",
        "unit classifier.1 2", "unit classifier.3 2",
      ])
    // Sandler et al. 2018, table 2: 1, 2, 3, 4, 3, 3 and 1 bottlenecks.
    #expect(
      try roots("mobilenet_v2") == [
        "input", "unit features.0 2", "block features.1 3", "stage stage 1 2", "stage stage 2 3", "stage stage 3 4", "stage stage 4 3",
        "stage stage 5 3", "block features.17 5", "unit features.18 2", "unit global-average-pool 2", "classifier.1",
      ])
    // Huang et al. 2017, table 1: 6, 12, 24 and 16 layers, and a concatenation.
    #expect(
      try roots("densenet121") == [
        "input", "unit features.conv0 2", "features.pool0", "block features.denseblock1 7", "unit features.transition1.conv 3",
        "features.transition1.pool", "block features.denseblock2 13", "unit features.transition2.conv 3", "features.transition2.pool",
        "block features.denseblock3 25", "unit features.transition3.conv 3", "features.transition3.pool", "block features.denseblock4 17",
        "unit features.norm5 2", "unit global-average-pool 2", "classifier",
      ])
  }

  @Test("Blocks are the modules they came of")
  func modules() throws {
    func blocks(_ name: String) throws -> [String] {
      NetworkOutline(try torchvisionSketch(name)).groups.filter { $0.kind == .block }.map(\.name)
    }
    #expect(try blocks("googlenet") == ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"].map { "inception\($0)" })
    #expect(try blocks("squeezenet1_1") == [3, 4, 6, 7, 9, 10, 11, 12].map { "features.\($0)" })
    #expect(try blocks("mobilenet_v2") == (1...17).map { "features.\($0)" })
    let dense = zip(1..., [6, 12, 24, 16]).flatMap { block, layers in
      ["features.denseblock\(block)"] + (1...layers).map { "features.denseblock\(block).denselayer\($0)" }
    }
    #expect(try blocks("densenet121") == dense)
    let fire = NetworkOutline(try torchvisionSketch("squeezenet1_1"))
    for group in fire.groups where group.kind == .block {
      #expect(fire.sketch[group.layers[0]].name.hasSuffix(".squeeze") && group.layers.count == 7)
    }
  }

  @Test("A residual block's way around is the one that relevance takes for it", arguments: ["resnet18", "resnet50", "mobilenet_v2"])
  func shortcuts(name: String) throws {
    let outline = NetworkOutline(try torchvisionSketch(name))
    var depths = [Int](repeating: 0, count: outline.sketch.count)
    for (index, layer) in outline.sketch.enumerated() {
      depths[index] = (layer.inputs.map { depths[$0] }.max() ?? 0) + (layer.hasWeights ? 1 : 0)
    }
    for residual in outline.groups.compactMap(\.residual) {
      let inputs = outline.sketch[residual.sum].inputs
      #expect(depths[inputs[residual.shortcutInput]] < depths[inputs[residual.branchInput]])
    }
  }

  @Test("Both of PyTorch's exporters give one tree")
  func exporters() throws {
    let older = NetworkOutline(try torchvisionSketch("resnet50"))
    let newer = NetworkOutline(try torchvisionSketch("resnet50-newer"))
    // A reshape that no module makes has another name.
    #expect(lines(older).map { $0.replacing("flatten", with: "reshape") } == lines(newer))
  }

  @Test("The shipped ResNet50 groups as the one from ONNX does", .enabled(if: shippedNetwork != nil))
  func shipped() throws {
    let shipped = NetworkOutline(try readNetwork(from: try #require(shippedNetwork)))
    let exported = NetworkOutline(try torchvisionSketch("resnet50"))
    expectWellFormed(shipped)
    #expect(shape(shipped) == shape(exported))
    #expect(lines(shipped, deep: 0) == lines(exported, deep: 0))
    #expect(shipped.groups.map(\.name) == exported.groups.map(\.name))
    let blocks = shipped.groups.filter { $0.kind == .block }
    #expect(blocks.count == 16 && blocks.count { $0.residual?.shortcut.isEmpty == false } == 4)
  }
}

@Suite struct HandmadeOutlineTests {
  private func outline(_ builder: SketchBuilder) -> NetworkOutline {
    let outline = NetworkOutline(builder.layers)
    expectWellFormed(outline)
    return outline
  }

  @Test("No layer and one layer")
  func smallest() {
    #expect(NetworkOutline([LayerSketch]()).roots.isEmpty)
    #expect(outline(SketchBuilder()).roots == [.layer(0)])
  }

  @Test("A sum that reads one layer twice is a link of the chain")
  func twice() {
    var net = SketchBuilder()
    let relu = net.convolution()
    net.add("add", [relu, relu])
    net.add("dense", shape: [10])
    #expect(shape(outline(net)) == ["layer", "unit", "layer", "layer"])
  }

  @Test("Layers nobody reads, and layers that read nothing, are beneath the group in whose midst they stand, or none")
  func aside() {
    var net = SketchBuilder()
    let relu = net.convolution()
    let lost = net.convolution([relu])
    net.convolution([relu], kernel: 1)
    let inner = net.add("convolution", [relu], kernel: 3)
    let second = net.add("convolution", [net.last], kernel: 3)
    let sum = net.add("add", [second, relu])
    net.add("relu", [sum])
    net.add("max-pool", kernel: 2, shape: [4, 4, 4])
    let constant = net.add("unsupported", [], shape: [])
    net.add("unsupported", [constant - 1, constant], shape: [])
    let found = outline(net)
    // The two dead convolutions and their activations stand outside, for the block begins after them.
    #expect(shape(found) == ["layer", "unit", "layer", "layer", "layer", "layer", "block identity", "layer", "layer", "layer"])
    #expect(found.groups[1].residual?.branch == [inner, second] && found.parent(ofLayer: lost) == nil)
  }

  @Test("A last layer that no way leads to leaves all layers by themselves")
  func unreachable() {
    var net = SketchBuilder()
    net.convolution()
    net.add("unsupported", [], shape: [])
    #expect(outline(net).groups.isEmpty)
  }

  @Test("Blocks whose shapes are unknown group, and make no stage")
  func unknownShapes() {
    var net = SketchBuilder()
    net.add("unsupported", shape: [])
    for _ in 0..<3 {
      let entry = net.last
      net.convolution(shape: [])
      net.convolution(shape: [])
      net.add("add", [net.last, entry], shape: [])
    }
    #expect(shape(outline(net)) == ["unit", "block identity", "block identity", "block identity"])
  }

  @Test("A chain of 10,000 layers, and as many in diamonds inside each other")
  func long() {
    var net = SketchBuilder()
    for _ in 0..<5_000 { net.convolution() }
    net.add("average-pool", kernel: 8, shape: [4, 1, 1])
    let chain = outline(net)
    #expect(shape(chain).count == 3 && chain.groups.count == 5_001)

    var nested = SketchBuilder()
    var entries: [Int] = []
    for _ in 0..<3_333 {
      entries.append(nested.last)
      nested.convolution()
    }
    for entry in entries.reversed() { nested.add("add", [nested.last, entry]) }
    #expect(outline(nested).roots.count == 2)
  }

  @Test("Whatever the graph, the outline is a tree of all layers in topological order", arguments: 0..<200)
  func random(seed: Int) {
    var numbers = SeededNumbers(seed: UInt64(seed))
    var net = SketchBuilder()
    let isAside = seed % 4 == 0
    for _ in 0..<Int.random(in: 1...150, using: &numbers) {
      // Mostly of the layer just before, so that there are chains, and of few before that, so that there are diamonds in each other.
      func before() -> Int { max(0, net.last - Int.random(in: 0...(isAside ? 9 : 5), using: &numbers)) }
      let isJoin = Int.random(in: 0..<3, using: &numbers) == 0
      let inputs =
        isJoin ? (0..<Int.random(in: isAside ? 0...3 : 2...3, using: &numbers)).map { _ in before() } : [isAside ? before() : net.last]
      let kind =
        isJoin
        ? ["add", "concatenate", "unsupported"].randomElement(using: &numbers)!
        : ["convolution", "convolution", "relu", "affine", "max-pool", "pad", "reshape", "unsupported"].randomElement(using: &numbers)!
      net.add(kind, inputs, kernel: kind == "convolution" ? 3 : nil, shape: kind == "unsupported" ? [] : [4, 8, 8])
    }
    _ = outline(net)
  }

  @Test("Blocks inside of a way around everything are found")
  func globalShortcut() {
    var net = SketchBuilder()
    let stem = net.convolution()
    for _ in 0..<8 {
      let entry = net.last
      net.convolution()
      net.add("convolution", kernel: 3)
      net.add("add", [net.last, entry])
    }
    net.add("convolution", kernel: 3)
    net.add("add", [net.last, stem])
    let found = outline(net)
    #expect(shape(found) == ["layer", "unit", "block identity"])
    let block = found.groups[1]
    #expect(shape(found, block.children) == [String](repeating: "block identity", count: 8) + ["layer", "layer"])
  }

  @Test("In front of a pre-activated block its affine and activation belong to it")
  func preactivation() {
    var net = SketchBuilder()
    net.convolution()
    net.add("max-pool", kernel: 2)
    for _ in 0..<3 {
      net.add("affine")
      let entry = net.add("relu")
      net.convolution()
      let branch = net.add("convolution", kernel: 3)
      let projection = net.add("convolution", [entry], kernel: 1)
      net.add("add", [branch, projection])
    }
    net.add("affine")
    net.add("relu")
    net.add("average-pool", kernel: 8, shape: [4, 1, 1])
    net.add("dense", shape: [10])
    let found = outline(net)
    #expect(
      shape(found) == ["layer", "unit", "layer", "stage(block projection, block projection, block projection)", "unit", "layer", "layer"])
    let first = found.groups[2]
    #expect(first.layers.map { found.sketch[$0].kind } == ["affine", "relu", "convolution", "relu", "convolution", "convolution", "add"])
  }

  @Test("x times a function of x is an activation")
  func gate() {
    var net = SketchBuilder()
    for _ in 0..<2 {
      let linear = net.add("convolution", kernel: 3)
      net.add("unsupported", shape: [])
      net.add("unsupported", [linear, net.last], shape: [])
    }
    let found = outline(net)
    #expect(shape(found) == ["layer", "unit", "unit"])
    #expect(found.groups.allSatisfy { $0.layers.count == 3 })
  }

  @Test("A small ResNet's first convolution is not of its first stage, though it gives out the same size")
  func stem() {
    var net = SketchBuilder()
    net.convolution()
    for _ in 0..<2 {
      let entry = net.last
      net.convolution()
      net.add("convolution", kernel: 3)
      net.add("add", [net.last, entry])
      net.add("relu")
    }
    net.add("average-pool", kernel: 8, shape: [4, 1, 1])
    #expect(shape(outline(net)) == ["layer", "unit", "stage(block identity, block identity)", "layer"])
  }

  @Test("Names that tell nothing give groups numbers, and units the name of their layer")
  func names() {
    var net = SketchBuilder()
    net.convolution()
    net.add("max-pool", kernel: 2)
    for _ in 0..<2 {
      let entry = net.last
      net.convolution()
      net.add("convolution", kernel: 3)
      net.add("add", [net.last, entry])
    }
    net.add("dense", shape: [10])
    #expect(outline(net).groups.map(\.name) == ["convolution_1", "stage 1", "block 1", "block 2"])
    // All of one name.
    let alike = net.layers.map { LayerSketch(name: "x", kind: $0.kind, inputs: $0.inputs, shape: $0.shape, window: $0.window) }
    expectWellFormed(NetworkOutline(alike))
  }
}
