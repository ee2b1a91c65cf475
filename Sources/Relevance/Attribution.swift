/// A method that says how much each input speaks for a target.
public enum Attribution: Sendable, Hashable {
  /// Layer-wise relevance propagation.
  case relevance(RelevanceSettings)
  /// The derivative of the target by the input (Simonyan et al. 2014).
  case gradient(GradientForm)
  /// Input times gradient (Shrikumar et al. 2016).
  case inputTimesGradient
  /// The mean gradient of noisy copies; noise is a share of the input's range (Smilkov et al. 2017).
  case smoothGrad(noise: Float, samples: Int, seed: UInt64)
  /// The gradient averaged along the way from a baseline to the input, times the way; right Riemann sum (Sundararajan et al. 2017).
  case integratedGradients(baseline: Baseline, steps: Int)
  /// The gradient with negative parts dropped at every ReLU (Springenberg et al. 2015).
  case guidedBackpropagation
  /// Negative parts dropped at every ReLU, whatever the forward pass did there (Zeiler and Fergus 2014).
  case deconvnet
  /// Activations of a layer weighted with their channel's mean gradient, positive part; nil: the last layer with positions
  /// (Selvaraju et al. 2017).
  case gradCAM(layer: String?)
  /// How much the target drops when a window is blanked, averaged over the windows that cover a pixel (Zeiler and Fergus 2014).
  case occlusion(window: Int, stride: Int, baseline: Baseline)
  /// Weight of evidence, in bits, of what a window holds against what its surroundings would let expect (Zintgraf et al. 2017).
  case predictionDifference(window: Int, stride: Int, padding: Int, samples: Int, seed: UInt64)
  /// Noise, to compare others with.
  case random(seed: UInt64)
  /// The edges of the picture (Sobel), to compare others with (Adebayo et al. 2018).
  case edges

  public enum GradientForm: String, Sendable, Hashable, CaseIterable { case raw, absolute, squared }

  /// What a missing input looks like.
  public enum Baseline: Sendable, Hashable {
    /// A pixel's brightness before normalization, 0 black to 1 white.
    case brightness(Float)
    /// The normalized number 0.
    case zero
  }

  /// In kebab case, as on the command line; a relevance's is its composite's.
  public var name: String {
    switch self {
    case .relevance(let settings): settings.composite.name
    case .gradient(.raw): "gradient"
    case .gradient(.absolute): "gradient-absolute"
    case .gradient(.squared): "gradient-squared"
    case .inputTimesGradient: "input-x-gradient"
    case .smoothGrad: "smooth-grad"
    case .integratedGradients: "integrated-gradients"
    case .guidedBackpropagation: "guided-backpropagation"
    case .deconvnet: "deconvnet"
    case .gradCAM: "grad-cam"
    case .occlusion: "occlusion"
    case .predictionDifference: "prediction-difference"
    case .random: "random"
    case .edges: "edges"
    }
  }

  /// All methods but relevance, with the parameters that they have unless others are given.
  public static let others: [Attribution] = [
    .gradient(.raw), .gradient(.absolute), .gradient(.squared), .inputTimesGradient, .smoothGrad(noise: 0.1, samples: 20, seed: 1),
    .integratedGradients(baseline: .brightness(0), steps: 20), .guidedBackpropagation, .deconvnet, .gradCAM(layer: nil),
    .occlusion(window: 8, stride: 4, baseline: .brightness(0)),
    .predictionDifference(window: 8, stride: 4, padding: 2, samples: 10, seed: 1), .random(seed: 1), .edges,
  ]

  public static func named(_ name: String) -> Attribution? {
    Composite.named(name).map { .relevance(RelevanceSettings(composite: $0)) } ?? others.first { $0.name == name }
  }

  public static let standard = Attribution.relevance(RelevanceSettings())
}

/// What is to be explained, and how.
public struct Query: Sendable, Hashable {
  public var attribution: Attribution
  public var target: Target
  /// Relevance only: with any other attribution they are an error.
  public var conditions: [ChannelCondition]

  public init(_ attribution: Attribution = .standard, target: Target = .predicted, through conditions: [ChannelCondition] = []) {
    self.attribution = attribution
    self.target = target
    self.conditions = conditions
  }

  /// Relevance by a composite, everything else as it is unless set.
  public init(_ composite: Composite, target: Target = .predicted) {
    self.init(.relevance(RelevanceSettings(composite: composite)), target: target)
  }
}
