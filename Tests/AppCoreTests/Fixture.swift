import Datasets
import Embedding
import Geometry
import GraphLayout
import Networks
import Relevance
import Tensors

@testable import AppCore

/// A small world to send events to: a grid of digits, a network with names as ResNet's, explanations made up from the request.
enum Fixture {
  /// 20 x 15 digits at whole coordinates; digit 0 at (0, 0), digit 1 at (1, 0), ...
  static let columns = 20
  static let count = 300
  static let positions: [Float] = (0..<count).flatMap { [Float($0 % columns), Float($0 / columns)] }

  static let data = DigitCollection(
    width: 28, height: 28, pixels: (0..<count * 784).map { UInt8($0 % 251) }, labels: (0..<count).map { UInt8($0 % 10) },
    trainCount: 200, origin: .files("/data/digits"))

  static let network = makeNetwork(stages: [3, 4, 6, 3])

  static func makeNetwork(stages: [Int]) -> Network {
    var layers: [Layer] = []
    func add(_ name: String, _ operation: Operation, _ inputs: [Int], _ shape: [Int]) -> Int {
      layers.append(Layer(name: name, operation: operation, inputs: inputs, outputShape: shape))
      return layers.count - 1
    }
    func convolution(_ name: String, _ input: Int, _ shape: [Int]) -> Int {
      let geometry = ConvolutionGeometry(
        inputChannels: 1, inputHeight: 1, inputWidth: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1)
      return add(name, .convolution(Convolution(geometry: geometry, weights: [1], bias: [0])), [input], shape)
    }
    var head = add("input", .input, [], [1, 8, 8])
    head = add("relu", .relu, [convolution("conv1", head, [4, 4, 4])], [4, 4, 4])
    let pooling = Pooling(kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1)
    head = add("maxpool", .maxPool(pooling), [head], [4, 2, 2])
    for (stage, blocks) in stages.enumerated() {
      for block in 0..<blocks {
        let name = "layer\(stage + 1).\(block)"
        let shape = [8 << stage, 2, 2]
        var branch = add("\(name).relu1", .relu, [convolution("\(name).conv1", head, shape)], shape)
        branch = add("\(name).relu2", .relu, [convolution("\(name).conv2", branch, shape)], shape)
        branch = convolution("\(name).conv3", branch, shape)
        let shortcut = block == 0 ? convolution("\(name).downsample.0", head, shape) : head
        head = add("\(name).relu3", .relu, [add("\(name).add", .add, [branch, shortcut], shape)], shape)
      }
    }
    let features = 8 << (stages.count - 1)
    head = add("avgpool", .averagePool(Pooling(kernelHeight: 2, kernelWidth: 2, stride: 1)), [head], [features, 1, 1])
    head = add("flatten", .reshape, [head], [features])
    head = add("fc", .dense(Dense(inputs: 1, outputs: 1, weights: [1], bias: [0])), [head], [10])
    return Network(
      layers: layers, preprocessing: Preprocessing(channels: 1, height: 8, width: 8, mean: [0], std: [1]),
      classNames: (0...9).map(String.init), metadata: ["mean": "[0]", "std": "[1]"])
  }

  /// Predicts `prediction`, then 1; relevance and activation of channel c of each layer are c + 1 and -(c + 1). The heatmap depends on the
  /// method, so that two methods differ.
  static func explanation(
    of query: Query, prediction: Int = 7, classes: Int = 10, certainty: Float = 0.991, warnings: [Explanation.Warning] = []
  ) -> Explanation {
    var logits = [Float](repeating: -1, count: classes)
    logits[1] = 3
    logits[prediction] = 12
    var probabilities = [Float](repeating: 0.001, count: classes)
    probabilities[prediction] = certainty
    let targetClass =
      switch query.target {
      case .class(let number), .contrast(let number, _): number
      case .runnerUp: logits.indexOfSecondLargest
      case .predicted, .channel: prediction
      }
    let layers = network.layers.map { layer in
      let channels = layer.outputShape[0]
      let size = layer.outputCount / channels
      let relevance = (0..<layer.outputCount).map { Float($0 / size + 1) * ($0 / size % 2 == 0 ? 1 : -1) }
      return LayerRelevance(
        name: layer.name, kind: layer.operation.kind, rule: "epsilon", relevanceIn: 3, relevanceOut: 2,
        inputs: layer.inputs.indices.map { InputRelevance(sum: $0 == 0 ? 0.5 : 1.5, magnitude: $0 == 0 ? 1 : 3) }, absorbedByBias: 1.5,
        absorbedByStabilizer: -0.5, activation: Tensor(shape: layer.outputShape, values: relevance.map { -$0 }),
        relevance: Tensor(shape: layer.outputShape, values: relevance))
    }
    var heat = [Float](repeating: 0, count: 64)
    heat[9] = 2
    heat[10] = -1
    heat[11] = 2
    if query.attribution.name != Attribution.standard.name { heat[12] = 4 }
    return Explanation(
      logits: logits, probabilities: probabilities, attribution: query.attribution, target: query.target, targetClass: targetClass,
      input: Tensor(zeros: [1, 8, 8]), relevance: Tensor(shape: [1, 8, 8], values: heat), start: 12,
      layers: query.attribution.settings == nil ? [] : layers, warnings: warnings)
  }

  static func explanations(
    of request: ExplanationRequest, prediction: Int = 7, warnings: [Explanation.Warning] = []
  ) -> Explanations {
    Explanations(
      explanation(of: request.query, prediction: prediction, warnings: warnings),
      compared: request.compared.map { explanation(of: $0, prediction: prediction) },
      classes: (0..<request.classes).map { number in
        var query = request.query
        query.target = .class(number)
        return explanation(of: query, prediction: prediction)
      })
  }

  static func empty(_ size: Size = Size(1280, 800), options: AppOptions = .init()) -> AppState {
    var state = AppState(windowSize: size, options: options)
    _ = start(&state)
    return state
  }

  /// Data, network and map are there, and predictions have been asked for.
  static func unpredicted(_ size: Size = Size(1280, 800), options: AppOptions = .init()) -> AppState {
    var state = empty(size, options: options)
    _ = update(&state, .dataLoaded(data))
    answerAside(&state, update(&state, .networkLoaded(network, path: "/models/resnet50-mnist.safetensors")))
    answerAside(&state, update(&state, finished(state)))
    return state
  }

  /// Data, network, map and predictions are there.
  static func loaded(_ size: Size = Size(1280, 800), options: AppOptions = .init()) -> AppState {
    var state = unpredicted(size, options: options)
    if let id = state.predicting?.id { answerAside(&state, update(&state, .predicted(id, from: 0, predictions))) }
    return state
  }

  /// Each thirtieth digit, 7, 37, ... is taken for a 1; confidences are 0.5 to 0.99.
  static let predictions = (0..<count).map { index in
    Prediction(number: index % 30 == 7 ? 1 : index % 10, confidence: 0.5 + Float(index % 50) / 100)
  }

  /// The map that was ordered last.
  static func finished(_ state: AppState, _ positions: [Float] = positions) -> Event {
    .embeddingFinished(
      state.map.run.order?.id ?? RequestID(0),
      EmbeddedMap(positions: positions, divergence: 2.5, neighboursKept: 0.38, labelAgreement: 0.962))
  }

  /// A map on its way, for what was ordered last.
  static func advanced(_ state: AppState, _ positions: [Float], iteration: Int = 375) -> Event {
    .embeddingAdvanced(
      state.map.run.order?.id ?? RequestID(0),
      EmbeddingSnapshot(
        positions: positions, stage: .optimization, fraction: Double(iteration) / 750, iteration: iteration, totalIterations: 750,
        divergence: 2, millisecondsPerIteration: 8, secondsLeft: 3))
  }

  /// Sends an event and answers every request for an explanation at once.
  static func send(_ state: inout AppState, _ event: Event, prediction: Int = 7) {
    let effects = update(&state, event)
    for effect in effects {
      if case .explain(let request) = effect {
        send(&state, .explained(request.id, explanations(of: request, prediction: prediction)), prediction: prediction)
      }
    }
    answerAside(&state, effects)
  }

  /// Answers what is asked for beside the explanation: the order of thumbnails, neighbours, means.
  static func answerAside(_ state: inout AppState, _ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .rankDigits(let revision, let positions): _ = update(&state, .digitsRanked(revision: revision, DigitRanks(positions)))
      case .findNeighbours(let request):
        let found = (1...10).map { DigitNeighbour(index: (request.index + $0) % count, distance: 100 * Float($0)) }
        _ = update(&state, .neighboursFound(request.id, found))
      case .layOut(let id, let request):
        if let drawing = layOut(request) { answerAside(&state, update(&state, .laidOut(id, drawing))) }
      case .describeWeights(let id, let network, let layer):
        if let facts = LayerWeightFacts(network.layers[layer]) { _ = update(&state, .weightsDescribed(id, facts)) }
      case .average(let request):
        let mean = AverageRelevance(count: request.members.count, values: (0..<64).map(Float.init), width: 8, height: 8)
        _ = update(&state, .averaged(request.id, mean))
      default: break
      }
    }
  }

  static func press(_ state: inout AppState, _ keys: String) {
    for key in keys { send(&state, .keyPressed(.character(key), [])) }
  }

  static func click(_ state: inout AppState, _ place: Point) {
    send(&state, .pointerPressed(.left, place, clicks: 1, []))
    send(&state, .pointerReleased(.left, place, []))
  }
}

extension AppState {
  /// Where a digit is in the window.
  func window(of index: Int) -> Point {
    map.camera.windowFromEmbedding(Point(Double(map.positions[2 * index]), Double(map.positions[2 * index + 1])), in: mapFrame)
  }

  /// The middle of what performs `action` when it is pressed.
  func place(of action: HitAction) -> Point? { draw(self).hits.last { $0.action == action }?.rect.center }
}

extension AppState {
  /// The middle of a node in the graph.
  func place(ofNode name: String) -> Point? {
    guard let network, let frame = graphFrame, let drawn = view.drawn else { return nil }
    for (vertex, rect) in zip(drawn.graph.vertices, drawn.drawing.frames) {
      let isIt =
        switch vertex.subject {
        case .layer(let layer): network.network.layers[layer].name == name
        case .group(let group): network.outline.groups[group].name == name
        case .sum: false
        }
      if isIt { return view.camera.windowFromGraph(rect, in: frame).center }
    }
    return nil
  }
}

extension [Effect] {
  /// Without what is asked for aside.
  var main: [Effect] {
    filter { effect in
      switch effect {
      case .rankDigits, .findNeighbours, .average, .stopAveraging, .layOut, .describeWeights, .rankChannel, .stopRanking: false
      default: true
      }
    }
  }

  var requests: [ExplanationRequest] {
    compactMap { effect in
      if case .explain(let request) = effect { request } else { nil }
    }
  }
}

extension Chooser.Row {
  var method: Attribution? { choice?.method }
}
