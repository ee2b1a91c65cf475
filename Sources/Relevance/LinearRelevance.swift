import Networks
import Tensors

/// Hands relevance back through one convolution or dense layer by the terms of a rule.
///
/// Weights in each form that the terms ask for are packed when it is made; see `Term` for the formula.
final class LinearRelevance {
  private let terms: [Term]
  private let geometry: ConvolutionGeometry
  private let bias: [Float]
  private let maps: PackedForms

  /// - Parameter inputIsNonnegative: whether the layer can only read numbers >= 0 (behind a ReLU): passes over the negative part vanish.
  init(
    rule: Rule, terms: [Term], layer: (geometry: ConvolutionGeometry, weights: [Float], bias: [Float]), inputIsNonnegative: Bool,
    maps: PackedForms
  ) {
    self.terms = inputIsNonnegative ? terms.map(\.forNonnegativeInput).filter { !$0.passes.isEmpty } : terms
    geometry = layer.geometry
    bias = layer.bias
    self.maps = maps
  }

  /// Relevance of the input, of the input's shape.
  ///
  /// - Parameters:
  ///   - input: what the layer read, `[N, ...]`.
  ///   - output: what it gave out (bias included).
  ///   - relevance: of its output.
  func relevance(input: Tensor, output: Tensor, relevance: Tensor) -> Tensor {
    var result = Tensor(zeros: input.shape)
    let batch = input.shape[0]
    for term in terms {
      let forms = term.passes.map { inputForm($0.input, of: input) }
      var quotient = denominator(term, forms: forms, output: output, batch: batch)
      quotient.withUnsafeMutableBufferPointer { z in
        relevance.values.withUnsafeBufferPointer { relevance in
          for index in 0..<z.count { z[index] = relevance[index] / stabilized(z[index], term.stabilizer) }
        }
      }
      for (pass, form) in zip(term.passes, forms) {
        let gradient = maps.map(pass.weights, isTransposed: true).applied(to: quotient, batch: batch, outputCount: input.count)
        let factor = term.coefficient * pass.sign
        result.values.withUnsafeMutableBufferPointer { result in
          form.values.withUnsafeBufferPointer { x in
            gradient.withUnsafeBufferPointer { gradient in
              for index in 0..<result.count { result[index] += factor * x[index] * gradient[index] }
            }
          }
        }
      }
    }
    return result
  }

  private func denominator(_ term: Term, forms: [Tensor], output: Tensor, batch: Int) -> [Float] {
    // The unmodified product with its bias is what the layer gave out: nothing is computed twice.
    if term.passes == [Term.Pass(input: .part(.all), weights: .part(.all))] && term.bias == .all { return output.values }
    var sum: [Float] = []
    for (pass, form) in zip(term.passes, forms) {
      let product = maps.map(pass.weights, isTransposed: false).applied(to: form.values, batch: batch, outputCount: output.count)
      if sum.isEmpty && pass.sign == 1 {
        sum = product
      } else {
        if sum.isEmpty { sum = [Float](repeating: 0, count: product.count) }
        sum.withUnsafeMutableBufferPointer { sum in
          product.withUnsafeBufferPointer { product in
            for index in 0..<sum.count { sum[index] += pass.sign * product[index] }
          }
        }
      }
    }
    if let part = term.bias {
      let shift = bias.map(part.of)
      sum.withUnsafeMutableBufferPointer { LayerArithmetic.addBias(shift, to: $0, batch: batch) }
    }
    return sum
  }

  private func inputForm(_ form: Term.InputForm, of input: Tensor) -> Tensor {
    switch form {
    case .part(.all): return input
    case .part(.positive): return LayerArithmetic.map(input) { max(0, $0) }
    case .part(.negative): return LayerArithmetic.map(input) { min(0, $0) }
    case .ones: return Tensor(shape: input.shape, values: [Float](repeating: 1, count: input.count))
    case .constant(let perChannel):
      var result = Tensor(zeros: input.shape)
      result.values.withUnsafeMutableBufferPointer { LayerArithmetic.addBias(perChannel, to: $0, batch: input.shape[0]) }
      return result
    }
  }
}

extension Term.Part {
  func of(_ number: Float) -> Float {
    switch self {
    case .all: number
    case .positive: max(0, number)
    case .negative: min(0, number)
    }
  }
}

extension Term {
  /// The same term where no input is negative: its positive part is the input itself and its negative part is nothing.
  fileprivate var forNonnegativeInput: Term {
    var term = self
    term.passes = passes.compactMap { pass in
      switch pass.input {
      case .part(.positive): Pass(input: .part(.all), weights: pass.weights, sign: pass.sign)
      case .part(.negative): nil
      default: pass
      }
    }
    return term
  }
}

/// The weights of one linear layer in the forms that rules ask for, packed when first needed and shared by all composites.
final class PackedForms {
  private struct Key: Hashable {
    let form: Term.WeightForm
    let isTransposed: Bool
  }

  private let kernels: any Kernels
  private let layer: (geometry: ConvolutionGeometry, weights: [Float], bias: [Float])
  private var maps: [Key: any LinearMap] = [:]

  init(_ layer: (geometry: ConvolutionGeometry, weights: [Float], bias: [Float]), forward: (any LinearMap)?, kernels: any Kernels) {
    self.layer = layer
    self.kernels = kernels
    if let forward { maps[Key(form: .part(.all), isTransposed: false)] = forward }
  }

  func map(_ form: Term.WeightForm, isTransposed: Bool) -> any LinearMap {
    let key = Key(form: form, isTransposed: isTransposed)
    if let map = maps[key] { return map }
    let weights: [Float] =
      switch form {
      case .part(.all): layer.weights
      case .part(let part): layer.weights.map(part.of)
      case .ones: [Float](repeating: 1, count: layer.weights.count)
      }
    let map =
      isTransposed
      ? kernels.prepareTransposed(layer.geometry, weights: weights) : kernels.prepareForward(layer.geometry, weights: weights)
    maps[key] = map
    return map
  }
}

extension LinearMap {
  fileprivate func applied(to input: [Float], batch: Int, outputCount: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: outputCount) { buffer, count in
      input.withUnsafeBufferPointer { input in
        guard let input = input.baseAddress, let output = buffer.baseAddress else { return }
        apply(input, batch: batch, into: output)
      }
      count = outputCount
    }
  }
}
