/// How a linear layer hands the relevance of its outputs to its inputs.
///
/// With x input, w weight, b bias, R_k relevance arriving at output k, z_k = sum_i x_i w_ik + b_k, (.)+ = max(0, .), (.)- = min(0, .)
/// and the stabilizer s(z) = z + epsilon * sign(z), sign(0) = +1. `Rule+Terms.swift` says each rule as sums of passes.
public enum Rule: Sendable, Hashable {
  /// R_i = x_i sum_k w_ik R_k / s(z_k). Bach et al. 2015, section "Layer-wise relevance propagation", eq. 58.
  case epsilon(Float)
  /// Only what speaks for the output: R_i = sum_k (x+ w+ + x- w-) R_k / s(sum of the same + b+). Montavon et al. 2017, z+-rule.
  case zPlus
  /// alpha times the positive part minus beta times the negative part (x+ w- + x- w+ over the same + b-); alpha - beta = 1.
  /// Bach et al. 2015, eq. 60.
  case alphaBeta(alpha: Float, beta: Float)
  /// R_i = sum_k R_k / s(n_k), n_k the inputs inside the picture that feed k: relevance spread evenly. Lapuschkin et al. 2019.
  case flat
  /// For inputs between `low` and `high` (per channel, after normalization):
  /// R_i = sum_k (x w - low w+ - high w-) R_k / s(sum of the same). Montavon et al. 2017, z^B-rule.
  case zBox(low: [Float], high: [Float])
  /// R_i = x_i (dy/dx_i) R / s(y): for sums and average pooling, which have no weights.
  case norm
  /// R_in = R_out: activations and reshapes.
  case pass
  /// Max pooling: the winner takes all, the first one on ties.
  case winnerTakesAll

  /// The name users know, without parameters.
  public var name: String {
    switch self {
    case .epsilon: "epsilon"
    case .zPlus: "zPlus"
    case .alphaBeta: "alphaBeta"
    case .flat: "flat"
    case .zBox: "zBox"
    case .norm: "norm"
    case .pass: "pass"
    case .winnerTakesAll: "winner-takes-all"
    }
  }

  /// Zennit's default, added to every denominator with its sign.
  public static let defaultStabilizer: Float = 1e-6
}
