import FusedKernels
import Networks
import OneDNNKernels
import TestSupport

/// The arithmetic that relevance is tested with: every kind that runs on this processor.
let testedKernels: [any Kernels] = [OneDNNKernels(), ReferenceKernels()] + (FusedKernels.isSupported ? [FusedKernels()] : [])

/// The kinds that are fast enough for networks of real size.
let fastKernels: [any Kernels] = [OneDNNKernels()] + (FusedKernels.isSupported ? [FusedKernels()] : [])

extension Network {
  /// A network of `operations` one after another behind an input of a shape; `shapes` are those of their outputs.
  static func chain(
    input: [Int], _ operations: [(name: String, operation: Operation, shape: [Int])], lowest: Float = 0, highest: Float = 1
  ) -> Network {
    var layers = [Layer(name: "input", operation: .input, inputs: [], outputShape: input)]
    for (name, operation, shape) in operations {
      layers.append(Layer(name: name, operation: operation, inputs: [layers.count - 1], outputShape: shape))
    }
    // mean and deviation so that black becomes `lowest` and white `highest`.
    let deviation = 1 / (highest - lowest)
    return Network(
      layers: layers,
      preprocessing: Preprocessing(
        channels: input[0], height: input.count == 3 ? input[1] : 1, width: input.count == 3 ? input[2] : 1,
        mean: [Float](repeating: -lowest * deviation, count: input[0]), std: [Float](repeating: deviation, count: input[0])),
      classNames: (0..<(operations.last?.shape.reduce(1, *) ?? 0)).map { "class \($0)" })
  }
}
