/// A rule for linear layers as a sum of terms, each a fraction:
///
///     R_i = sum over terms of  coefficient * sum over its passes of  sign * input_i * sum_k weight_ik * R_k / s(z_k)
///     z_k = sum over its passes of  sign * sum_i input_i * weight_ik  +  bias_k
///
/// so that every rule of the table is computed by the same few lines.
struct Term: Hashable {
  var coefficient: Float = 1
  var passes: [Pass]
  var bias: Part?
  var stabilizer: Float

  /// One product of a form of the input with a form of the weights.
  struct Pass: Hashable {
    var input: InputForm
    var weights: WeightForm
    var sign: Float = 1
  }

  enum Part: Hashable { case all, positive, negative }

  enum InputForm: Hashable {
    case part(Part)
    case ones
    /// The same number everywhere in a channel.
    case constant(perChannel: [Float])
  }

  enum WeightForm: Hashable {
    case part(Part)
    case ones
  }
}

extension Rule {
  /// Terms of a rule for linear layers; nil for rules of layers without weights.
  var terms: [Term]? {
    let eps = Rule.defaultStabilizer
    let agreeing = [
      Term.Pass(input: .part(.positive), weights: .part(.positive)), Term.Pass(input: .part(.negative), weights: .part(.negative)),
    ]
    let opposing = [
      Term.Pass(input: .part(.positive), weights: .part(.negative)), Term.Pass(input: .part(.negative), weights: .part(.positive)),
    ]
    switch self {
    case .epsilon(let stabilizer):
      return [Term(passes: [Term.Pass(input: .part(.all), weights: .part(.all))], bias: .all, stabilizer: stabilizer)]
    case .zPlus:
      return [Term(passes: agreeing, bias: .positive, stabilizer: eps)]
    case .alphaBeta(let alpha, let beta):
      return [
        Term(coefficient: alpha, passes: agreeing, bias: .positive, stabilizer: eps),
        Term(coefficient: -beta, passes: opposing, bias: .negative, stabilizer: eps),
      ].filter { $0.coefficient != 0 }
    case .flat:
      return [Term(passes: [Term.Pass(input: .ones, weights: .ones)], bias: nil, stabilizer: eps)]
    case .zBox(let low, let high):
      return [
        Term(
          passes: [
            Term.Pass(input: .part(.all), weights: .part(.all)),
            Term.Pass(input: .constant(perChannel: low), weights: .part(.positive), sign: -1),
            Term.Pass(input: .constant(perChannel: high), weights: .part(.negative), sign: -1),
          ], bias: nil, stabilizer: eps)
      ]
    case .norm, .pass, .winnerTakesAll: return nil
    }
  }
}

/// s(z) = z + epsilon * sign(z) with sign(0) = +1: keeps a denominator away from zero without changing its sign.
@inline(__always)
func stabilized(_ z: Float, _ epsilon: Float) -> Float { z + (z < 0 ? -epsilon : epsilon) }
