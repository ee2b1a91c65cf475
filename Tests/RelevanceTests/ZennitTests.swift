import Files
import Foundation
import Networks
import OneDNNKernels
import Tensors
import Testing

@testable import Relevance

/// Files of the repository that tests read.
enum TestFiles {
  static let golden = Bundle.module.resourceURL?.appendingPathComponent("Golden").path ?? "Golden"
  static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Assets/resnet50-mnist.safetensors").path
}

/// The shipped ResNet50 on test digits; `Golden/README.md` says how the files were made. One test after another: each packs the
/// network's weights.
@Suite("The shipped ResNet50", .serialized) struct ShippedNetworkTests {
  @Test("Logits agree with Zennit's to 1e-4 and input relevance to 1e-4 of its largest magnitude, for every composite that has a file")
  func agreement() throws {
    let explainer = Explainer(try readNetwork(from: TestFiles.model), kernels: OneDNNKernels())
    let inputs = try readNPY("\(TestFiles.golden)/inputs.npy")
    let logits = try readNPY("\(TestFiles.golden)/logits.npy")
    #expect(inputs.shape == [20, 1, 56, 56])
    for composite in Composite.builtIn {
      guard let expected = try? readNPY("\(TestFiles.golden)/\(composite.name).npy") else { continue }
      let explanations = try #require(try explainer.explain(batch: inputs, Query(composite), keepsLayers: false))
      for (index, explanation) in explanations.enumerated() {
        for (ours, theirs) in zip(explanation.logits, logits.element(index).values) { #expect(abs(ours - theirs) <= 1e-4) }
        let difference = Small.difference(explanation.relevance, expected.element(index))
        #expect(difference <= 1e-4, "\(composite.name), digit \(index)")
      }
    }
  }

  @Test("Relevance in is relevance out and what bias and stabilizer absorb, at every layer, for every composite and rule of sums")
  func conservation() throws {
    let network = try readNetwork(from: TestFiles.model)
    let input = try readNPY("\(TestFiles.golden)/inputs.npy").element(0)
    let weights = Explainer(network, kernels: OneDNNKernels())
    for composite in Composite.builtIn {
      let rules: [SumRule] = composite == .standard || composite == .epsilonGammaBox ? SumRule.allCases : [.norm]
      for rule in rules {
        let query = Query(.relevance(RelevanceSettings(composite: composite, sumRule: rule)))
        let explanation = try #require(try weights.explain(input, query))
        Conservation.check(explanation, network)
        #expect(abs((explanation.layers.last?.relevanceIn ?? 0) - Double(explanation.logits[explanation.targetClass])) <= 1e-6)
      }
    }
  }
}
