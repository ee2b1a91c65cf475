import Networks

/// The arithmetic of one output number z_k of a convolution or dense layer with its real numbers: the products x_i w_ik that it is the sum
/// of, and by the layer's rule what of the relevance R_k that arrives at it each input gets.
///
/// It is the formula of the rule, term by term and in double precision, for people who want to see it work; relevance of whole layers
/// comes from `Explainer`. What all terms get and what is absorbed add up to R_k.
public struct NeuronArithmetic: Sendable {
  /// One input that the output reads.
  public struct Term: Sendable {
    /// Where the input stands: channel, row and column of what the layer reads; row and column are 0 in a dense layer.
    public let channel: Int
    public let row: Int
    public let column: Int
    /// Where the weight stands in its kernel.
    public let kernelRow: Int
    public let kernelColumn: Int
    /// x_i.
    public let input: Float
    /// w_ik.
    public let weight: Float
    /// R_{i<-k}: what the input gets of R_k.
    public let relevance: Double

    /// x_i w_ik.
    public var product: Float { input * weight }
  }

  /// What R_k is divided by: once for most rules, for alpha-beta once for what speaks for the output and once for what speaks against it.
  public struct Denominator: Sendable {
    /// What of R_k is divided: 1, or alpha, or -beta.
    public let coefficient: Double
    /// Sum of what the rule counts of each input.
    public let sum: Double
    /// What the rule counts of the bias.
    public let bias: Double
    /// s(sum + bias).
    public let stabilized: Double
  }

  /// The inputs inside the picture, by channel, row and column.
  public let terms: [Term]
  /// b_k, whether the rule counts it or not.
  public let bias: Float
  /// z_k: the sum of all products and the bias, added up in double precision.
  public let output: Float
  /// R_k.
  public let relevance: Double
  /// nil where the explanation does not know it; then nobody gets anything.
  public let rule: AppliedRule?
  /// None where the rule hands nothing on, as gamma where z_k = 0.
  public let denominators: [Denominator]
  public let absorbedByBias: Double
  /// What the stabilizer takes; also what a denominator of zero lets nobody have.
  public let absorbedByStabilizer: Double

  /// nil where the layer has no weights, where it has no such output, and where the explanation knows nothing of this network's layers.
  ///
  /// Cost: in proportion to the terms; with a stabilizer in units of the norm, to those of all outputs of the layer.
  ///
  /// - Parameter output: row and column are 0 in a dense layer.
  public init?(_ network: Network, _ explanation: Explanation, layer: Int, output: (channel: Int, row: Int, column: Int)) {
    guard explanation.layers.count == network.layers.count, network.layers.indices.contains(layer),
      let linear = network.layers[layer].linear
    else { return nil }
    let source = network.layers[layer].inputs[0]
    let (given, read, geometry) = (explanation.layers[layer], explanation.layers[source].activationMaps, linear.geometry)
    guard given.shape == network.layers[layer].outputShape, read.size == geometry.inputCount,
      (0..<geometry.outputChannels).contains(output.channel), (0..<geometry.outputHeight).contains(output.row),
      (0..<geometry.outputWidth).contains(output.column)
    else { return nil }
    let place = (output.row * geometry.outputWidth + output.column) * geometry.outputChannels + output.channel
    let arriving = Double(given.relevanceMaps?.values[place] ?? 0)
    let taps = NeuronTaps(linear, read)
    let formula = given.applied.flatMap { NeuronFormula($0, taps) }

    bias = linear.bias[output.channel]
    relevance = arriving
    rule = given.applied
    var sum = 0.0
    taps.visit(output) { sum += Double($0.input) * Double($0.weight) }
    self.output = Float(sum + Double(bias))

    let countedBias = rule?.ignoresBias == true ? 0 : Double(bias)
    let fractions = formula?.fractions.filter { $0.counts(output: sum + countedBias) } ?? []
    var denominators: [Denominator] = []
    var (byBias, byStabilizer) = (0.0, formula != nil && fractions.isEmpty ? arriving : 0)
    for fraction in fractions {
      var counted = 0.0
      taps.visit(output) { counted += fraction.part($0) }
      let bias = fraction.part(ofBias: countedBias)
      let stable = fraction.stabilized(counted + bias)
      denominators.append(Denominator(coefficient: fraction.coefficient, sum: counted, bias: bias, stabilized: stable))
      let wanted = fraction.coefficient * arriving
      byBias += stable == 0 ? 0 : wanted * bias / stable
      byStabilizer += stable == 0 ? wanted : wanted * (stable - counted - bias) / stable
    }
    self.denominators = denominators
    absorbedByBias = byBias
    absorbedByStabilizer = byStabilizer

    let shares = zip(fractions, denominators).filter { $1.stabilized != 0 }
    var terms: [Term] = []
    taps.visit(output) { tap in
      let relevance = shares.reduce(0) { $0 + $1.0.part(tap) * $1.1.coefficient * arriving / $1.1.stabilized }
      terms.append(
        Term(
          channel: tap.channel, row: tap.row, column: tap.column, kernelRow: tap.kernelRow, kernelColumn: tap.kernelColumn,
          input: tap.input,
          weight: tap.weight, relevance: relevance))
    }
    self.terms = terms
  }
}

/// What the outputs of a layer with weights read.
private struct NeuronTaps {
  /// An input with its weight.
  struct Tap {
    let channel: Int
    let row: Int
    let column: Int
    let kernelRow: Int
    let kernelColumn: Int
    let input: Float
    let weight: Float
  }

  let linear: Convolution
  private let read: FeatureMaps

  init(_ linear: Convolution, _ read: FeatureMaps) {
    self.linear = linear
    self.read = read
  }

  /// Visits what lies inside the picture, by channel, row and column.
  func visit(_ output: (channel: Int, row: Int, column: Int), _ body: (Tap) -> Void) {
    let (geometry, window) = (linear.geometry, linear.geometry.window)
    let firstChannel = output.channel / geometry.outputsPerGroup * geometry.inputsPerGroup
    for place in 0..<geometry.inputsPerGroup {
      let kernel = (output.channel * geometry.inputsPerGroup + place) * window.positions
      for kernelRow in 0..<window.kernelHeight {
        let row = output.row * window.strideHeight - window.padding.top + kernelRow * window.dilationHeight
        guard (0..<geometry.inputHeight).contains(row) else { continue }
        for kernelColumn in 0..<window.kernelWidth {
          let column = output.column * window.strideWidth - window.padding.left + kernelColumn * window.dilationWidth
          guard (0..<geometry.inputWidth).contains(column) else { continue }
          let channel = firstChannel + place
          body(
            Tap(
              channel: channel, row: row, column: column, kernelRow: kernelRow, kernelColumn: kernelColumn,
              input: read.values[(row * geometry.inputWidth + column) * geometry.inputChannels + channel],
              weight: linear.weights[kernel + kernelRow * window.kernelWidth + kernelColumn]))
        }
      }
    }
  }

  /// Visits every output of the layer.
  func visitOutputs(_ body: ((channel: Int, row: Int, column: Int)) -> Void) {
    for channel in 0..<linear.geometry.outputChannels {
      for row in 0..<linear.geometry.outputHeight {
        for column in 0..<linear.geometry.outputWidth { body((channel, row, column)) }
      }
    }
  }
}

/// A rule for layers with weights, term by term.
private struct NeuronFormula {
  /// What is counted of each input, and divided by the stabilized sum of the same.
  enum Counted {
    /// positive (x w)+ + negative (x w)-.
    case products(Fraction)
    /// x w - low w+ - high w-, with one number per channel or one for all.
    case box(low: [Float], high: [Float])
    /// w^2.
    case squares
    /// 1.
    case ones
  }

  struct Row {
    let counted: Counted
    let clips: Bool
    /// In absolute units.
    var epsilon: Double

    var coefficient: Double { if case .products(let fraction) = counted { Double(fraction.coefficient) } else { 1 } }

    func counts(output z: Double) -> Bool {
      guard case .products(let fraction) = counted else { return true }
      switch fraction.outputs {
      case .all: return true
      case .positive: return z > 0
      case .negative: return z < 0
      }
    }

    func part(_ tap: NeuronTaps.Tap) -> Double {
      let (x, w) = (Double(tap.input), Double(tap.weight))
      switch counted {
      case .products(let fraction): return Double(fraction.positive) * max(0, x * w) + Double(fraction.negative) * min(0, x * w)
      case .box(let low, let high):
        let (low, high) = (low.count == 1 ? low[0] : low[tap.channel], high.count == 1 ? high[0] : high[tap.channel])
        return x * w - Double(low) * max(0, w) - Double(high) * min(0, w)
      case .squares: return w * w
      case .ones: return 1
      }
    }

    func part(ofBias b: Double) -> Double {
      switch counted {
      case .products(let fraction): Double(fraction.positive) * max(0, b) + Double(fraction.negative) * min(0, b)
      case .squares: b * b
      case .box, .ones: 0
      }
    }

    func stabilized(_ z: Double) -> Double {
      let sign = z < 0 ? -1.0 : 1.0
      return clips ? sign * max(abs(z), epsilon) : z + sign * epsilon
    }
  }

  private(set) var fractions: [Row]

  /// nil for rules of layers without weights.
  init?(_ applied: AppliedRule, _ taps: NeuronTaps) {
    let counted: [Counted]
    switch applied.rule.lowering {
    case .fractions(let fractions): counted = fractions.map { .products($0) }
    case .box(let low?, let high?): counted = [.box(low: low, high: high)]
    case .squared: counted = [.squares]
    case .even: counted = [.ones]
    case .box, nil: return nil
    }
    let stabilizer = applied.stabilizer
    fractions = counted.map { Row(counted: $0, clips: stabilizer.clips, epsilon: Double(stabilizer.epsilon)) }
    guard stabilizer.scalesByNorm else { return }
    for index in fractions.indices {
      // The root mean square of the denominators of all outputs, those that the fraction does not count for among them.
      var squares = 0.0
      taps.visitOutputs { output in
        var sum = fractions[index].part(ofBias: applied.ignoresBias ? 0 : Double(taps.linear.bias[output.channel]))
        taps.visit(output) { sum += fractions[index].part($0) }
        squares += sum * sum
      }
      fractions[index].epsilon *= (squares / Double(taps.linear.geometry.outputCount)).squareRoot()
    }
  }
}
