import Networks
import Tensors

/// Relevance through layers without weights.
enum UnweightedRelevance {
  /// R_i = x_i R / s(y) for y = a + b: each summand gets its signed share. Counted once: the shares add up to R but for the stabilizer.
  static func sum(_ a: Tensor, _ b: Tensor, output: Tensor, relevance: Tensor) -> (Tensor, Tensor) {
    var quotient = relevance
    divide(&quotient, by: output)
    return (product(a, quotient), product(b, quotient))
  }

  /// R_i = x_i sum_k (1 / n_k) R_k / s(y_k) for averages y_k of n_k numbers.
  static func averagePool(_ pooling: Pooling, input: Tensor, output: Tensor, relevance: Tensor) -> Tensor {
    var quotient = relevance
    divide(&quotient, by: output)
    var gradient = Tensor(zeros: input.shape)
    gradient.values.withUnsafeMutableBufferPointer { gradient in
      quotient.values.withUnsafeBufferPointer { quotient in
        LayerArithmetic.forEachWindow(pooling, inputShape: input.shape, outputShape: output.shape) { position, window in
          let share = quotient[position] / Float(window.divisor)
          window.visit { gradient[$0] += share }
        }
      }
    }
    return product(input, gradient)
  }

  /// All relevance goes to the largest element of each window, the first one on ties.
  static func maxPool(_ pooling: Pooling, input: Tensor, output: Tensor, relevance: Tensor) -> Tensor {
    var result = Tensor(zeros: input.shape)
    result.values.withUnsafeMutableBufferPointer { result in
      input.values.withUnsafeBufferPointer { values in
        relevance.values.withUnsafeBufferPointer { relevance in
          LayerArithmetic.forEachWindow(pooling, inputShape: input.shape, outputShape: output.shape) { position, window in
            var winner = -1
            window.visit { if winner < 0 || values[$0] > values[winner] { winner = $0 } }
            if winner >= 0 { result[winner] += relevance[position] }
          }
        }
      }
    }
    return result
  }

  private static func divide(_ relevance: inout Tensor, by output: Tensor) {
    relevance.values.withUnsafeMutableBufferPointer { relevance in
      output.values.withUnsafeBufferPointer { output in
        for index in 0..<relevance.count { relevance[index] /= stabilized(output[index], Rule.defaultStabilizer) }
      }
    }
  }

  private static func product(_ a: Tensor, _ b: Tensor) -> Tensor {
    var result = a
    result.values.withUnsafeMutableBufferPointer { result in
      b.values.withUnsafeBufferPointer { b in
        for index in 0..<result.count { result[index] *= b[index] }
      }
    }
    return result
  }
}
