import Networks
import Tensors

@testable import Relevance

/// A network evaluated layer by layer by definition, in double precision. Numbers are in the order of `[C, H, W]`.
struct SlowNetwork {
  let network: Network
  private let linear: [Int: SlowLayer]

  init(_ network: Network) throws {
    self.network = network
    var linear: [Int: SlowLayer] = [:]
    for (index, layer) in network.layers.enumerated() where layer.linear != nil { linear[index] = try SlowLayer(layer) }
    self.linear = linear
  }

  /// What every layer gives out.
  ///
  /// - Parameter replacing: a layer and what it is to give out instead.
  func outputs(_ x: [Double], replacing: (layer: Int, values: [Double])? = nil) -> [[Double]] {
    var outputs: [[Double]] = []
    for (index, layer) in network.layers.enumerated() {
      let read = layer.inputs.map { outputs[$0] }
      if let replacing, replacing.layer == index {
        outputs.append(replacing.values)
      } else {
        outputs.append(index == 0 ? x : output(index, layer, read))
      }
    }
    return outputs
  }

  private func output(_ index: Int, _ layer: Layer, _ read: [[Double]]) -> [Double] {
    switch layer.operation {
    case .input: return []
    case .convolution, .dense: return linear[index]?.output(read[0]) ?? []
    case .affine(let scale, let shift):
      return read[0].indices.map { at in
        let own = affinePlace(of: at, in: layer.outputShape, count: scale.count)
        return read[0][at] * Double(scale[own]) + Double(shift[own])
      }
    case .relu: return read[0].map { max(0, $0) }
    case .leakyRelu(let slope): return read[0].map { $0 > 0 ? $0 : Double(slope) * $0 }
    case .clip(let low, let high): return read[0].map { min(max($0, Double(low)), Double(high)) }
    case .add: return read[0].indices.map { at in read.reduce(0) { $0 + $1[at] } }
    case .concatenate: return read.flatMap { $0 }
    case .maxPool(let pooling):
      return windows(layer, pooling).map { window in window.inputs.map { read[0][$0] }.max() ?? -.infinity }
    case .averagePool(let pooling):
      return windows(layer, pooling).map { window in window.inputs.reduce(0) { $0 + read[0][$1] } / Double(window.divisor) }
    case .pad(_, let value): return padSources(layer).map { $0.map { read[0][$0] } ?? Double(value) }
    case .reshape: return read[0]
    case .unsupported: return []
    }
  }

  /// For each output of a pooling layer the inputs that it reads, row by row, and what an average divides by.
  func windows(_ layer: Layer, _ pooling: Pooling) -> [(inputs: [Int], divisor: Int)] {
    let (shape, window) = (network.layers[layer.inputs[0]].outputShape, pooling.window)
    var result: [(inputs: [Int], divisor: Int)] = []
    for channel in 0..<shape[0] {
      for y in 0..<layer.outputShape[1] {
        for x in 0..<layer.outputShape[2] {
          var inputs: [Int] = []
          var padded = 0
          for r in 0..<window.kernelHeight {
            for s in 0..<window.kernelWidth {
              let row = y * window.strideHeight - window.padding.top + r * window.dilationHeight
              let column = x * window.strideWidth - window.padding.left + s * window.dilationWidth
              if row < shape[1] + window.padding.bottom, column < shape[2] + window.padding.right { padded += 1 }
              guard row >= 0, row < shape[1], column >= 0, column < shape[2] else { continue }
              inputs.append((channel * shape[1] + row) * shape[2] + column)
            }
          }
          result.append((inputs, pooling.countsPadding ? padded : inputs.count))
        }
      }
    }
    return result
  }

  /// For each output of a padding layer the input that it is; nil in the padding.
  func padSources(_ layer: Layer) -> [Int?] {
    guard case .pad(let padding, _) = layer.operation else { return [] }
    let shape = network.layers[layer.inputs[0]].outputShape
    var result: [Int?] = []
    for channel in 0..<shape[0] {
      for y in 0..<layer.outputShape[1] {
        for x in 0..<layer.outputShape[2] {
          let (row, column) = (y - padding.top, x - padding.left)
          let isInside = row >= 0 && row < shape[1] && column >= 0 && column < shape[2]
          result.append(isInside ? (channel * shape[1] + row) * shape[2] + column : nil)
        }
      }
    }
    return result
  }

  /// The derivative of `value` of the outputs by each number that a layer gives out (0: the input), by central differences.
  func gradient(at x: [Double], layer: Int = 0, step: Double = 1e-6, of value: ([[Double]]) -> Double) -> [Double] {
    let given = outputs(x)[layer]
    return given.indices.map { index in
      var (above, below) = (given, given)
      above[index] += step
      below[index] -= step
      return (value(outputs(x, replacing: (layer, above))) - value(outputs(x, replacing: (layer, below)))) / (2 * step)
    }
  }

  /// What comes back at the input when each ReLU hands back what `rectify` makes of (what it read, what arrives), and everything else the
  /// derivative.
  func backward(_ x: [Double], start: (layer: Int, factors: [Double]), rectify: (Double, Double) -> Double) -> [Double] {
    let outputs = outputs(x)
    var arriving = network.layers.map { [Double](repeating: 0, count: $0.outputCount) }
    arriving[start.layer] = start.factors
    for index in stride(from: start.layer, through: 1, by: -1) {
      let layer = network.layers[index]
      let isRectifier: Bool =
        switch layer.operation {
        case .relu, .leakyRelu: true
        case .clip(let low, _): low == 0
        default: false
        }
      for (which, source) in layer.inputs.enumerated() {
        let read = layer.inputs.map { outputs[$0] }
        for at in read[which].indices {
          if isRectifier {
            var factor = 1.0
            if case .clip(_, let high) = layer.operation, read[0][at] >= Double(high) { factor = rectify(-1, 1) == 0 ? 0 : 1 }
            arriving[source][at] += factor * rectify(read[0][at], arriving[index][at])
          }
        }
        guard !isRectifier else { continue }
        if case .maxPool(let pooling) = layer.operation {
          // Steps would find no slope where two numbers are equally large: the first one has it all.
          for (at, window) in windows(layer, pooling).enumerated() {
            guard let largest = window.inputs.map({ read[0][$0] }).max(),
              let winner = window.inputs.first(where: { read[0][$0] == largest })
            else { continue }
            arriving[source][winner] += arriving[index][at]
          }
          continue
        }
        // Everything else is linear where it stands: its derivative times what arrives, by a step in each number that it reads.
        for at in read[which].indices {
          var (above, below) = (read, read)
          above[which][at] += 1e-6
          below[which][at] -= 1e-6
          let difference = zip(output(index, layer, above), output(index, layer, below)).map { ($0 - $1) / 2e-6 }
          arriving[source][at] += zip(difference, arriving[index]).reduce(0) { $0 + $1.0 * $1.1 }
        }
      }
    }
    return arriving[0]
  }

  /// Relevance of every layer by the slow formulas, what each layer's bias and stabilizer absorb, and what it hands to each of its inputs.
  func relevance(
    _ settings: RelevanceSettings, _ x: [Double], start: (layer: Int, relevance: [Double])
  ) throws -> (relevance: [[Double]], absorbed: [SlowRelevance], handedOn: [[[Double]]]) {
    let outputs = outputs(x)
    let rules = try settings.composite.rules(for: network)
    var relevance = network.layers.map { [Double](repeating: 0, count: $0.outputCount) }
    var absorbed = network.layers.map { _ in SlowRelevance(inputs: []) }
    var handedOn = [[[Double]]](repeating: [], count: network.layers.count)
    relevance[start.layer] = start.relevance
    for index in stride(from: start.layer, through: 1, by: -1) {
      let layer = network.layers[index]
      let read = layer.inputs.map { outputs[$0] }
      let parts = try handOn(index, layer, rules[index], settings, read, outputs[index], relevance[index])
      handedOn[index] = parts.map(\.inputs)
      for (source, part) in zip(layer.inputs, parts) {
        for at in part.inputs.indices { relevance[source][at] += part.inputs[at] }
        absorbed[index].byBias += part.byBias
        absorbed[index].byStabilizer += part.byStabilizer
      }
    }
    return (relevance, absorbed, handedOn)
  }

  private func handOn(
    _ index: Int, _ layer: Layer, _ applied: AppliedRule, _ settings: RelevanceSettings, _ read: [[Double]], _ output: [Double],
    _ relevance: [Double]
  ) throws -> [SlowRelevance] {
    let stabilizer = settings.stabilizer ?? .standard
    switch layer.operation {
    case .input, .unsupported: return []
    case .convolution, .dense:
      guard let linear = linear[index] else { return [] }
      // Black and white of each channel of the input; where a layer reads other channels, the outermost of all.
      let (lowest, highest) = (network.preprocessing.lowest, network.preprocessing.highest)
      let fits = lowest.count == linear.inputChannels
      return [
        try linear.relevance(
          applied.rule, stabilizer: settings.stabilizer(for: applied.rule),
          bounds: (
            settings.low ?? (fits ? lowest : [lowest.min() ?? 0]), settings.high ?? (fits ? highest : [highest.max() ?? 0])
          ),
          ignoresBias: applied.ignoresBias || settings.zeroBias, input: read[0], relevance: relevance)
      ]
    case .affine(let scale, let shift):
      guard case .epsilon = applied.rule else { return [SlowRelevance(inputs: relevance)] }
      let s = slowStabilized(output, settings.stabilizer(for: applied.rule))
      func own(_ at: Int) -> Int { affinePlace(of: at, in: layer.outputShape, count: scale.count) }
      var result = SlowRelevance(inputs: output.indices.map { read[0][$0] * Double(scale[own($0)]) * relevance[$0] / s[$0] })
      for at in output.indices {
        result.byBias += Double(shift[own(at)]) * relevance[at] / s[at]
        result.byStabilizer += (s[at] - output[at]) * relevance[at] / s[at]
      }
      return [result]
    case .relu, .leakyRelu, .clip, .reshape: return [SlowRelevance(inputs: relevance)]
    case .add: return sum(index, settings.sumRule, slowStabilized(output, stabilizer), read, output, relevance)
    case .concatenate:
      var first = 0
      return read.map { part in
        defer { first += part.count }
        return SlowRelevance(inputs: Array(relevance[first..<first + part.count]))
      }
    case .maxPool(let pooling):
      var result = SlowRelevance(inputs: read[0].map { _ in 0 })
      for (at, window) in windows(layer, pooling).enumerated() {
        guard let largest = window.inputs.map({ read[0][$0] }).max(),
          let winner = window.inputs.first(where: { read[0][$0] == largest })
        else { continue }
        result.inputs[winner] += relevance[at]
      }
      return [result]
    case .averagePool(let pooling):
      let s = slowStabilized(output, stabilizer)
      var result = SlowRelevance(inputs: read[0].map { _ in 0 })
      for (at, window) in windows(layer, pooling).enumerated() {
        for input in window.inputs { result.inputs[input] += read[0][input] / Double(window.divisor) * relevance[at] / s[at] }
        result.byStabilizer += (s[at] - output[at]) * relevance[at] / s[at]
      }
      return [result]
    case .pad:
      var result = SlowRelevance(inputs: read[0].map { _ in 0 })
      for (at, source) in padSources(layer).enumerated() {
        if let source { result.inputs[source] += relevance[at] } else { result.byBias += relevance[at] }
      }
      return [result]
    }
  }

  private func sum(
    _ index: Int, _ rule: SumRule, _ s: [Double], _ read: [[Double]], _ output: [Double], _ relevance: [Double]
  ) -> [SlowRelevance] {
    let shortcut = network.shortcutInputs[index] ?? 0
    return read.indices.map { which in
      var result = SlowRelevance(inputs: [])
      for at in relevance.indices {
        let magnitudes = read.reduce(0) { $0 + abs($1[at]) }
        let share =
          switch rule {
          case .norm: read[which][at] / s[at]
          case .ratioOfMagnitudes: magnitudes == 0 ? 1 / Double(read.count) : abs(read[which][at]) / magnitudes
          case .half: 1 / Double(read.count)
          case .shortcutOnly: which == shortcut ? 1.0 : 0.0
          case .branchOnly: which == shortcut ? 0.0 : 1 / Double(read.count - 1)
          }
        result.inputs.append(share * relevance[at])
        if rule == .norm && which == 0 { result.byStabilizer += (s[at] - output[at]) * relevance[at] / s[at] }
      }
      return result
    }
  }
}

/// Which of an affine layer's numbers belongs to output `at` of `[C, H, W]`: its channel's, or its own, channels innermost.
private func affinePlace(of at: Int, in shape: [Int], count: Int) -> Int {
  let area = shape.dropFirst().reduce(1, *)
  return count == shape[0] ? at / area : at % area * shape[0] + at / area
}
