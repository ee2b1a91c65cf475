import Files
import Foundation
import Networks
import OneDNNKernels
import Relevance
import Tensors
import Testing

/// The shipped ResNet50 against Zennit on 20 test digits; `Golden/README.md` says how the files were made.
@Suite("The shipped ResNet50 against Zennit") struct ZennitTests {
  private static let golden = Bundle.module.resourceURL?.appendingPathComponent("Golden").path ?? "Golden"
  private static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Assets/resnet50-mnist.safetensors").path

  @Test("Logits agree to 1e-4 and input relevance to 1e-4 of its largest magnitude, for every composite")
  func agreement() throws {
    let explainer = Explainer(try readNetwork(from: Self.model), kernels: OneDNNKernels())
    let inputs = try readNPY("\(Self.golden)/inputs.npy")
    let logits = try readNPY("\(Self.golden)/logits.npy")
    #expect(inputs.shape == [20, 1, 56, 56])
    for composite in Composite.builtIn {
      let expected = try readNPY("\(Self.golden)/\(composite.name).npy")
      let explanations = try #require(
        try explainer.explain(batch: inputs, composite: composite, targets: [Target](repeating: .predicted, count: 20)))
      for (index, explanation) in explanations.enumerated() {
        for (ours, theirs) in zip(explanation.logits, logits.element(index).values) { #expect(abs(ours - theirs) <= 1e-4) }
        let theirs = expected.element(index)
        let difference = zip(explanation.relevance.values, theirs.values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(difference <= 1e-4 * theirs.largestMagnitude, "\(composite.name), digit \(index): \(difference / theirs.largestMagnitude)")
      }
    }
  }

  @Test("The sum of relevance changes only where biases absorb it", arguments: Composite.builtIn)
  func conservation(composite: Composite) throws {
    let explainer = Explainer(try readNetwork(from: Self.model), kernels: OneDNNKernels())
    let input = try readNPY("\(Self.golden)/inputs.npy").element(0)
    let explanation = try #require(try explainer.explain(input, composite: composite, target: .predicted))
    for layer in explanation.layers where ["pass", "norm", "winner-takes-all", "flat"].contains(layer.rule) && layer.kind != "input" {
      #expect(abs(layer.relevanceIn - layer.relevanceOut) <= 1e-4 * abs(layer.relevanceIn), "\(layer.name)")
    }
    #expect(abs((explanation.layers.last?.relevanceIn ?? 0) - Double(explanation.logits[explanation.targetClass])) <= 1e-6)
  }
}
