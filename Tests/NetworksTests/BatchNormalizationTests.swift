import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite struct BatchNormalizationTests {
  @Test("The merged convolution gives what the convolution followed by the normalization's formula gives", arguments: [1, 2, 3])
  func merging(seed: UInt64) {
    var numbers = SeededNumbers(seed: seed)
    let geometry = ConvolutionGeometry(
      inputChannels: 4, inputHeight: 6, inputWidth: 5, outputChannels: 6, kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1, groups: 2)
    let convolution = Convolution(geometry: geometry, weights: numbers.floats(geometry.weightCount), bias: numbers.floats(6))
    let norm = BatchNormalization(
      gamma: numbers.floats(6, in: -2...2), beta: numbers.floats(6), mean: numbers.floats(6), variance: numbers.floats(6, in: 0...3))
    let input = numbers.floats(geometry.inputCount)

    func output(_ convolution: Convolution) -> [Float] {
      let shape = [geometry.outputChannels, geometry.outputHeight, geometry.outputWidth]
      let network = Network(
        layers: [
          Layer(name: "input", operation: .input, inputs: [], outputShape: [4, 6, 5]),
          Layer(name: "conv", operation: .convolution(convolution), inputs: [0], outputShape: shape),
        ], preprocessing: Preprocessing(channels: 1, height: 1, width: 1, mean: [0], std: [1]), classNames: [])
      return ForwardPass(network, kernels: ReferenceKernels()).logits(of: Tensor(shape: [1, 4, 6, 5], values: input)).values
    }
    let area = geometry.outputHeight * geometry.outputWidth
    let expected = output(convolution).enumerated().map { index, value in
      let channel = index / area
      let deviation = (Double(norm.variance[channel]) + 1e-5).squareRoot()
      return Float((Double(value) - Double(norm.mean[channel])) / deviation * Double(norm.gamma[channel]) + Double(norm.beta[channel]))
    }
    #expect(relativeDifference(output(norm.merged(into: convolution)), expected) < 1e-5)
  }

  @Test("A variance of zero divides by the square root of epsilon")
  func zeroVariance() {
    let convolution = Convolution(geometry: .dense(inputs: 1, outputs: 1), weights: [2], bias: [0])
    let merged = BatchNormalization(gamma: [1], beta: [3], mean: [1], variance: [0]).merged(into: convolution)
    #expect(abs(merged.weights[0] - 632.4555) < 1e-3)  // 2 / sqrt(1e-5)
    #expect(abs(merged.bias[0] - (3 - 316.22777)) < 1e-3)
  }
}
