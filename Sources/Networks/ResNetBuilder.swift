import Files

/// A network of the ResNet family (He et al. 2016, section 4.1, as torchvision builds and names it) from its tensors: ResNet18 to 152,
/// wide ones, ResNeXt (Xie et al. 2017: the 3x3 convolutions of bottlenecks in groups).
///
/// Whether blocks are bottlenecks, their number, the widths, the groups, the classes and the form of the shortcut are read off the
/// tensors; batch normalization is merged into the convolution before it. A bottleneck strides in its 3x3 convolution. In the shortcut `downsample.0` is the convolution of a plain, strided shortcut; where it is
/// `downsample.1`, an average pooling comes first (He et al. 2019, "Bag of Tricks", ResNet-D).
struct ResNetBuilder {
  private var builder: NetworkBuilder
  /// How many convolutions a block has: 3 in a bottleneck, 2 in a basic block.
  private let depth: Int
  private static let stages = 4
  private static let mostBlocksInAStage = 64
  private static let sides = 32...NetworkMetadata.mostSide
  /// An explanation keeps what every layer gives out: 4 GiB at most.
  private static let mostOutputs = 1 << 30

  static func build(from tensors: inout NamedTensors, metadata: NetworkMetadata) throws(FileError) -> Network {
    tensors.adoptTorchvisionNames()
    guard let stem = tensors.shape(of: "conv1.weight"), stem.count == 4, stem[1] > 0 && stem[1] <= 4 else {
      throw tensors.error(
        "conv1.weight", found: tensors.shape(of: "conv1.weight").map { "of shape \($0)" } ?? "missing",
        allowed: "a ResNet starts with [width, 1 to 4, 7, 7]")
    }
    let preprocessing = try metadata.preprocessing(channels: stem[1], sides: sides)
    // One tensor of a third convolution is enough, so that a message can name those that are missing.
    let isDeep = tensors.names.contains { $0.hasPrefix("layer") && ($0.contains(".conv3.") || $0.contains(".bn3.")) }
    var resnet = ResNetBuilder(
      builder: NetworkBuilder(inputShape: [stem[1], preprocessing.height, preprocessing.width]), depth: isDeep ? 3 : 2)
    let classes = try resnet.addLayers(from: &tensors)
    try tensors.finish()
    guard resnet.builder.outputCount <= mostOutputs else {
      throw FileError(
        .badData, path: tensors.path, format: "safetensors", field: "sum of all layers' outputs",
        found: "\(resnet.builder.outputCount) numbers", allowed: "at most \(mostOutputs) are allowed")
    }
    let classNames = try metadata.classNames(count: classes)
    return Network(
      layers: try resnet.builder.read(), preprocessing: preprocessing, classNames: classNames, metadata: metadata.metadata)
  }

  private mutating func addLayers(from tensors: inout NamedTensors) throws(FileError) -> Int {
    var head = try convolution("conv1", norm: "bn1", reading: 0, kernel: 7, stride: 2, from: &tensors)
    head = builder.relu("relu", reading: head)
    head = builder.maxPool("maxpool", Pooling(kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1), reading: head)
    for stage in 1...Self.stages {
      for block in 0..<Self.mostBlocksInAStage {
        let name = "layer\(stage).\(block)"
        if block > 0 && !(1...3).contains(where: { tensors.shape(of: "\(name).conv\($0).weight") != nil }) { break }
        head = try residualBlock(name, reading: head, stride: stage > 1 && block == 0 ? 2 : 1, from: &tensors)
      }
    }
    let shape = builder.shape(head)
    head = builder.averagePool("avgpool", Pooling(kernelHeight: shape[1], kernelWidth: shape[2], stride: 1), reading: head)
    head = builder.flatten("flatten", reading: head)
    let features = builder.shape(head)[0]
    let weights = try tensors.take("fc.weight", shape: [nil, features])
    let bias = try tensors.take("fc.bias", shape: [weights.shape[0]])
    let classes = weights.shape[0]
    _ = builder.dense("fc", outputs: classes, reading: head) { () throws(FileError) in
      Dense(inputs: features, outputs: classes, weights: try weights.values(), bias: try bias.values())
    }
    return classes
  }

  private mutating func residualBlock(
    _ name: String, reading input: Int, stride: Int, from tensors: inout NamedTensors
  ) throws(FileError) -> Int {
    var branch = input
    for number in 1...depth {
      // The stride is where a basic block begins, and in the middle of a bottleneck.
      let strides = number == depth - 1
      let isWide = depth == 2 || number == 2
      branch = try convolution(
        "\(name).conv\(number)", norm: "\(name).bn\(number)", reading: branch, kernel: isWide ? 3 : 1, stride: strides ? stride : 1,
        mayHaveGroups: depth == 3 && number == 2, from: &tensors)
      if number < depth { branch = builder.relu("\(name).relu\(number)", reading: branch) }
    }
    let outputShape = builder.shape(branch)

    let shortcut = try shortcut(name, reading: input, stride: stride, outputChannels: outputShape[0], from: &tensors)
    guard builder.shape(shortcut) == outputShape else {
      throw tensors.error(
        "\(name).conv\(depth).weight", found: "for an output of \(outputShape)", allowed: "the shortcut brings \(builder.shape(shortcut))")
    }
    let sum = builder.sum("\(name).add", of: branch, and: shortcut)
    return builder.relu("\(name).relu\(depth)", reading: sum)
  }

  /// The way around a block: the input itself, a convolution, or an average pooling and a convolution.
  private mutating func shortcut(
    _ block: String, reading input: Int, stride: Int, outputChannels: Int, from tensors: inout NamedTensors
  ) throws(FileError) -> Int {
    let name = "\(block).downsample"
    // Where one tensor of a shortcut is missing, the others still tell its form, so that the message can name what is missing.
    let averages = tensors.shape(of: "\(name).2.weight") != nil || tensors.shape(of: "\(name).1.weight")?.count == 4
    if averages && tensors.shape(of: "\(name).0.weight") == nil {
      var head = input
      if stride > 1 {
        head = builder.averagePool(
          "\(name).0", Pooling(kernelHeight: stride, kernelWidth: stride, stride: stride, ceilMode: true), reading: input)
      }
      return try convolution("\(name).1", norm: "\(name).2", reading: head, kernel: 1, outputChannels: outputChannels, from: &tensors)
    }
    if tensors.shape(of: "\(name).0.weight") != nil || tensors.shape(of: "\(name).1.weight") != nil {
      return try convolution(
        "\(name).0", norm: "\(name).1", reading: input, kernel: 1, stride: stride, outputChannels: outputChannels, from: &tensors)
    }
    return input
  }

  /// A convolution with "same" padding and its batch normalization merged.
  private mutating func convolution(
    _ name: String, norm: String, reading input: Int, kernel: Int, stride: Int = 1, outputChannels: Int? = nil,
    mayHaveGroups: Bool = false, from tensors: inout NamedTensors
  ) throws(FileError) -> Int {
    let shape = builder.shape(input)
    var groups = 1
    if mayHaveGroups, let found = tensors.shape(of: "\(name).weight"), found.count == 4, found[1] > 0, shape[0] % found[1] == 0 {
      groups = shape[0] / found[1]
      if found[0] % groups != 0 { groups = 1 }
    }
    let weights = try tensors.take("\(name).weight", shape: [outputChannels, shape[0] / groups, kernel, kernel])
    let geometry = ConvolutionGeometry(
      inputChannels: shape[0], inputHeight: shape[1], inputWidth: shape[2], outputChannels: weights.shape[0], kernelHeight: kernel,
      kernelWidth: kernel, stride: stride, padding: kernel / 2, groups: groups)
    let norm = try BatchNormalizationTensors(norm, channels: weights.shape[0], from: &tensors)
    let parameters = geometry.weightCount + norm.parameterCount
    return builder.convolution(name, geometry, reading: input, parameterCount: parameters) { () throws(FileError) in
      let bias = [Float](repeating: 0, count: weights.shape[0])
      return try norm.read(mergedInto: Convolution(geometry: geometry, weights: try weights.values(), bias: bias))
    }
  }
}
