import Networks

/// Keeps a denominator away from zero without changing its sign; sign(0) = +1.
public struct Stabilizer: Sendable, Hashable {
  public var epsilon: Float
  /// s(z) = sign(z) max(|z|, epsilon) instead of z + epsilon sign(z).
  public var clips: Bool
  /// Whether epsilon counts in units of the root mean square of all denominators of the layer and picture.
  public var scalesByNorm: Bool

  public init(epsilon: Float, clips: Bool = false, scalesByNorm: Bool = false) {
    self.epsilon = epsilon
    self.clips = clips
    self.scalesByNorm = scalesByNorm
  }

  /// Zennit's default.
  public static let standard = Stabilizer(epsilon: 1e-6)

  /// s(z), for an epsilon that is already scaled.
  @inline(__always)
  public func callAsFunction(_ z: Float) -> Float {
    if clips { return z < 0 ? min(z, -epsilon) : max(z, epsilon) }
    return z < 0 ? z - epsilon : z + epsilon
  }

  /// The same with epsilon in absolute units, for one picture's denominators of a layer.
  func scaled(to denominators: UnsafeBufferPointer<Float>) -> Stabilizer {
    guard scalesByNorm, !denominators.isEmpty else { return self }
    let square = denominators.reduce(0.0) { $0 + Double($1) * Double($1) }
    return Stabilizer(epsilon: Float(Double(epsilon) * (square / Double(denominators.count)).squareRoot()), clips: clips)
  }
}

extension Stabilizer {
  /// s(z) in every lane.
  @inline(__always)
  func callAsFunction(_ z: Lanes) -> Lanes {
    if clips {
      let isSmall = (z .< epsilon) .& (z .> -epsilon)
      return z.replacing(with: Lanes(repeating: epsilon).replacing(with: -epsilon, where: z .< 0), where: isSmall)
    }
    return z + Lanes(repeating: epsilon).replacing(with: -epsilon, where: z .< 0)
  }

  /// R / s(z), nothing where s(z) is 0.
  @inline(__always)
  func quotient(_ relevance: Lanes, by stable: Lanes) -> Lanes {
    (relevance / stable).replacing(with: 0, where: stable .== 0)
  }
}
