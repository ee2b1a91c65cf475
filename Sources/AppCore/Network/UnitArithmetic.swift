import Networks
import Relevance

/// How one output number of a layer comes about, put together for people to read: by input channel, those that count most first.
struct UnitArithmetic: Sendable {
  /// What one input channel gives to the output number, and gets of its relevance.
  struct Part: Sendable {
    let channel: Int
    /// By kernel row and column; nil outside the picture.
    let inputs: [Float?]
    let weights: [Float]
    /// R of each input that is for this output.
    let relevances: [Double]
    let product: Double
    let relevance: Double
  }

  /// What it belongs to.
  struct Subject: Sendable, Equatable {
    let layer: Int
    let unit: SelectedUnit
    let request: RequestID
  }

  let subject: Subject
  let neuron: NeuronArithmetic
  let kernelHeight: Int
  let kernelWidth: Int
  /// By the magnitude of their relevance, or of their products where there is none.
  let parts: [Part]

  init(_ subject: Subject, _ neuron: NeuronArithmetic, _ geometry: ConvolutionGeometry, weights: [Float]) {
    self.subject = subject
    self.neuron = neuron
    kernelHeight = geometry.kernelHeight
    kernelWidth = geometry.kernelWidth
    let size = geometry.kernelHeight * geometry.kernelWidth
    let output = subject.unit.channel
    let firstChannel = output / geometry.outputsPerGroup * geometry.inputsPerGroup
    var terms: [Int: [NeuronArithmetic.Term]] = [:]
    for term in neuron.terms { terms[term.channel, default: []].append(term) }
    var parts = (0..<geometry.inputsPerGroup).map { place -> Part in
      var inputs = [Float?](repeating: nil, count: size)
      var relevances = [Double](repeating: 0, count: size)
      var (product, relevance) = (0.0, 0.0)
      for term in terms[firstChannel + place] ?? [] {
        let tap = term.kernelRow * geometry.kernelWidth + term.kernelColumn
        inputs[tap] = term.input
        relevances[tap] = term.relevance
        product += Double(term.input) * Double(term.weight)
        relevance += term.relevance
      }
      let start = (output * geometry.inputsPerGroup + place) * size
      return Part(
        channel: firstChannel + place, inputs: inputs, weights: Array(weights[start..<start + size]), relevances: relevances,
        product: product, relevance: relevance)
    }
    let hasRelevance = parts.contains { $0.relevance != 0 }
    func weight(_ part: Part) -> Double { abs(hasRelevance ? part.relevance : part.product) }
    parts.sort { (weight($0), $1.channel) > (weight($1), $0.channel) }
    self.parts = parts
  }
}

extension AppState {
  /// Makes the arithmetic that of the chosen output number; where none is chosen, of the one with most relevance.
  mutating func refreshArithmetic(_ layer: Int) {
    guard let network, let shown = shownOfNetwork, let maps = layerMaps, let linear = network.network.layers[layer].linear,
      shown.explanation.layers.indices.contains(layer)
    else {
      view.inspector.arithmetic = nil
      return
    }
    let unit =
      chosenUnit?.unit
      ?? maps.source.relevanceByChannel().places(ofLargest: 1).first.map {
        SelectedUnit(channel: $0, position: strongestPosition(ofChannel: $0))
      }
    guard let unit else { return }
    let subject = UnitArithmetic.Subject(layer: layer, unit: unit, request: shown.id)
    guard view.inspector.arithmetic?.subject != subject else { return }
    let neuron = NeuronArithmetic(
      network.network, shown.explanation, layer: layer, output: (unit.channel, unit.position.row, unit.position.column))
    view.inspector.arithmetic = neuron.map { UnitArithmetic(subject, $0, linear.geometry, weights: linear.weights) }
  }
}
