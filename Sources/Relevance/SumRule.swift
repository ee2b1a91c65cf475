/// How the sum of a residual block, y = branch + shortcut, divides relevance among what it adds. It decides what a ResNet's heatmap
/// looks like, so it is a setting of its own.
public enum SumRule: String, Sendable, Hashable, CaseIterable {
  /// R_a = a R / s(y): each summand gets its signed share (Zennit's `Norm`).
  case norm
  /// R_a = |a| R / sum of |.|: shares are never negative and never explode where summands cancel; evenly where all are zero.
  case ratioOfMagnitudes = "ratio-of-magnitudes"
  /// Evenly.
  case half
  /// Everything to the summand that has the fewest layers with weights behind it.
  case shortcutOnly = "shortcut-only"
  /// Everything to the summand that has the most layers with weights behind it.
  case branchOnly = "branch-only"
}
