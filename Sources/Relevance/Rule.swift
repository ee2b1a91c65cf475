/// How a layer hands the relevance of its outputs to its inputs.
///
/// With x input, w weight, b bias, R_k relevance arriving at output k, z_k = sum_i x_i w_ik + b_k, (.)+ = max(0, .), (.)- = min(0, .)
/// and the stabilizer s. `Rule+Fractions.swift` says each rule of linear layers as data.
public enum Rule: Sendable, Hashable {
  /// R_i = x_i sum_k w_ik R_k / z_k, nothing where z_k = 0. Bach et al. 2015, eq. 56.
  case lrp0
  /// R_i = x_i sum_k w_ik R_k / s(z_k) with this stabilizer. Bach et al. 2015, eq. 58.
  case epsilon(Float)
  /// What agrees with the sign of z_k counts 1 + g times: where z_k > 0, R_i = sum_k (x_i w_ik + g (x_i w_ik)+) R_k / s(sum of the same
  /// + b + g b+); where z_k < 0 the negative parts count more; where z_k = 0 nothing. Montavon et al. 2019, section 10.2.3, generalized
  /// to inputs of both signs (Andeol et al. 2021).
  case gamma(Float)
  /// Only what speaks for the output: R_i = sum_k (x+ w+ + x- w-) R_k / s(sum of the same + b+). Montavon et al. 2017, z+-rule.
  case zPlus
  /// alpha times the positive part minus beta times the negative part (x+ w- + x- w+ over the same + b-); alpha - beta = 1, both >= 0.
  /// Bach et al. 2015, eq. 60.
  case alphaBeta(alpha: Float, beta: Float)
  /// For inputs between low and high (one number per channel or one for all; nil: what the network's preprocessing makes of black and
  /// white): R_i = sum_k (x w - low w+ - high w-) R_k / s(sum of the same). Montavon et al. 2017, z^B-rule.
  case zBox(low: [Float]?, high: [Float]?)
  /// R_i = sum_k w_ik^2 R_k / s(sum_i w_ik^2 + b_k^2). Montavon et al. 2017, w^2-rule; with the bias as Zennit counts it.
  case wSquare
  /// R_i = sum_k R_k / s(n_k), n_k the inputs inside the picture that feed k: relevance spread evenly. Lapuschkin et al. 2019.
  case flat
  /// R_i = x_i (dy/dx_i) R / s(y): for sums and average pooling, which have no weights.
  case norm
  /// R_in = R_out: activations, reshapes and normalizations that stand alone.
  case pass
  /// Max pooling: the winner takes all, the first one on ties.
  case winnerTakesAll

  /// The name users know, in kebab case, without parameters.
  public var name: String {
    switch self {
    case .lrp0: "lrp0"
    case .epsilon: "epsilon"
    case .gamma: "gamma"
    case .zPlus: "z-plus"
    case .alphaBeta: "alpha-beta"
    case .zBox: "z-box"
    case .wSquare: "w-square"
    case .flat: "flat"
    case .norm: "norm"
    case .pass: "pass"
    case .winnerTakesAll: "winner-takes-all"
    }
  }

  /// The name with the parameters that are numbers: "gamma 0.25", "alpha-beta 2 1".
  public var title: String {
    switch self {
    case .epsilon(let epsilon): "epsilon \(epsilon)"
    case .gamma(let gamma): "gamma \(gamma)"
    case .alphaBeta(let alpha, let beta): "alpha-beta \(alpha) \(beta)"
    default: name
    }
  }

  /// The rules for layers with weights, with the parameters that they have unless others are given.
  public static let linear: [Rule] = [
    .lrp0, .epsilon(1e-6), .zPlus, .alphaBeta(alpha: 2, beta: 1), .gamma(0.25), .wSquare, .flat, .zBox(low: nil, high: nil),
  ]
}
