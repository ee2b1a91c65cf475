import Networks

/// What a rule for linear layers computes, as data.
enum Lowering: Hashable {
  /// A sum of fractions over the positive and the negative part of each product x_i w_ik.
  case fractions([Fraction])
  /// R_i = sum_k (x w - low w+ - high w-) R_k / s(sum of the same); nil: the bounds of the network's input.
  case box(low: [Float]?, high: [Float]?)
  /// R_i = sum_k w^2 R_k / s(sum of w^2 + b^2).
  case squared
  /// R_i = sum_k R_k / s(number of inputs of k).
  case even
}

/// One fraction of a rule, with p_k and n_k the sums of the positive and negative x_i w_ik:
///
///     R_i = coefficient * sum_k (positive (x_i w_ik)+ + negative (x_i w_ik)-) R_k / s(d_k)
///     d_k = positive (p_k + b+_k) + negative (n_k + b-_k)
struct Fraction: Hashable {
  /// Which outputs it counts for, by the sign of z_k.
  enum Outputs: Hashable { case all, positive, negative }

  var coefficient: Float = 1
  var positive: Float
  var negative: Float
  var outputs = Outputs.all

  init(coefficient: Float = 1, positive: Float, negative: Float, outputs: Outputs = .all) {
    self.coefficient = coefficient
    self.positive = positive
    self.negative = negative
    self.outputs = outputs
  }
}

extension Rule {
  /// What a rule does in a layer with weights; nil for rules of other layers.
  var lowering: Lowering? {
    switch self {
    case .lrp0, .epsilon: .fractions([Fraction(positive: 1, negative: 1)])
    case .zPlus: .fractions([Fraction(positive: 1, negative: 0)])
    case .alphaBeta(let alpha, let beta):
      .fractions(
        [
          Fraction(coefficient: alpha, positive: 1, negative: 0), Fraction(coefficient: -beta, positive: 0, negative: 1),
        ].filter { $0.coefficient != 0 })
    case .gamma(let gamma):
      .fractions([
        Fraction(positive: 1 + gamma, negative: 1, outputs: .positive), Fraction(positive: 1, negative: 1 + gamma, outputs: .negative),
      ])
    case .zBox(let low, let high): .box(low: low, high: high)
    case .wSquare: .squared
    case .flat: .even
    case .norm, .pass, .winnerTakesAll: nil
    }
  }

  /// The stabilizer of its denominators, unless the user sets another.
  var stabilizer: Stabilizer {
    switch self {
    case .lrp0: Stabilizer(epsilon: 0)
    case .epsilon(let epsilon): Stabilizer(epsilon: epsilon)
    default: .standard
    }
  }
}

extension Lowering {
  /// Which parts of each output are needed; nil where their sum, the output itself, is enough.
  var wantedParts: Trace.WantedParts? {
    guard case .fractions(let fractions) = self, fractions.contains(where: { $0.positive != $0.negative }) else { return nil }
    return fractions == [Fraction(positive: 1, negative: 0)] ? .positive : .both
  }
}
