import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite struct PoolingTests {
  /// What torch.nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil) gives for a length, by PyTorch 2.
  @Test(
    "Output lengths follow PyTorch's rule",
    arguments: [
      (8, 2, 2, 0, false, 4), (9, 2, 2, 0, false, 4), (9, 2, 2, 0, true, 5), (1, 2, 2, 0, true, 1), (2, 2, 2, 0, true, 1),
      (112, 3, 2, 1, false, 56), (111, 3, 2, 1, false, 56), (112, 3, 2, 1, true, 57), (5, 3, 2, 1, true, 3), (4, 2, 2, 1, true, 3),
      (4, 2, 3, 1, true, 2), (3, 2, 2, 1, true, 2), (7, 7, 1, 0, false, 1), (7, 3, 3, 0, true, 3), (8, 3, 3, 0, false, 2),
      (6, 2, 5, 1, true, 2),
      (5, 2, 5, 1, true, 2), (4, 2, 5, 1, true, 1), (10, 3, 4, 1, true, 3),
    ])
  func outputLength(length: Int, kernel: Int, stride: Int, padding: Int, ceilMode: Bool, expected: Int) {
    let pooling = Pooling(kernelHeight: kernel, kernelWidth: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
    #expect(pooling.outputShape(of: [1, length, length]) == [1, expected, expected])
  }

  @Test("Windows at the edges: padding never wins a maximum, and an average counts it only where asked")
  func edges() {
    let input = FeatureMaps(Tensor(shape: [1, 1, 3, 3], values: [-1, -2, -3, -4, -5, -6, -7, -8, -9]))
    let shape = [1, 2, 2]
    let plain = Pooling(kernelHeight: 2, kernelWidth: 2, stride: 2, padding: 0, ceilMode: true)
    #expect(LayerArithmetic.maxPool(input, plain, shape: shape, ReferenceKernels()).values == [-1, -3, -7, -9])
    #expect(LayerArithmetic.averagePool(input, plain, shape: shape, ReferenceKernels()).values == [-3, -4.5, -7.5, -9])
    let padded = Pooling(kernelHeight: 2, kernelWidth: 2, stride: 2, padding: 1)
    #expect(LayerArithmetic.maxPool(input, padded, shape: shape, ReferenceKernels()).values == [-1, -2, -4, -5])
    #expect(LayerArithmetic.averagePool(input, padded, shape: shape, ReferenceKernels()).values == [-1, -2.5, -5.5, -7])
    let counted = Pooling(kernelHeight: 2, kernelWidth: 2, stride: 2, padding: 1, countsPadding: true)
    #expect(LayerArithmetic.averagePool(input, counted, shape: shape, ReferenceKernels()).values == [-0.25, -1.25, -2.75, -7])
  }

  @Test("Kernels need not be square, and every picture and channel has its own windows")
  func planes() {
    let input = FeatureMaps(Tensor(shape: [2, 2, 2, 3], values: (0..<24).map(Float.init)))
    let pooling = Pooling(kernelHeight: 2, kernelWidth: 3, stride: 1)
    #expect(LayerArithmetic.maxPool(input, pooling, shape: [2, 1, 1], ReferenceKernels()).values == [5, 11, 17, 23])
    #expect(LayerArithmetic.averagePool(input, pooling, shape: [2, 1, 1], ReferenceKernels()).values == [2.5, 8.5, 14.5, 20.5])
  }
}
