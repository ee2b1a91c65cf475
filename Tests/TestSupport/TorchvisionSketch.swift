import Foundation
import Networks

/// Networks of torchvision whose layers are in `Outlines`.
public let torchvisionNames = [
  "resnet18", "resnet50", "resnet152", "vgg11_bn", "googlenet", "densenet121", "squeezenet1_1", "mobilenet_v2",
]

/// The layers of a network of torchvision as the ONNX reader gives them: one of `torchvisionNames`, or `resnet50-newer` from PyTorch's
/// newer exporter.
public func torchvisionSketch(_ name: String) throws -> [LayerSketch] {
  guard let url = Bundle.module.url(forResource: "Outlines/\(name)", withExtension: "json") else {
    throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "Outlines/\(name).json"])
  }
  return try JSONDecoder().decode([LayerRow].self, from: Data(contentsOf: url)).map(\.sketch)
}

private struct LayerRow: Decodable {
  struct Window: Decodable {
    let kernel: [Int]
    let stride: [Int]
    let dilation: [Int]
    /// Top, left, bottom, right.
    let padding: [Int]
    let groups: Int
  }

  let name: String
  let kind: String
  let inputs: [Int]
  let shape: [Int]
  let window: Window?

  var sketch: LayerSketch {
    let sliding = window.map { window in
      SlidingWindow(
        kernelHeight: window.kernel[0], kernelWidth: window.kernel[1], strideHeight: window.stride[0], strideWidth: window.stride[1],
        dilationHeight: window.dilation[0], dilationWidth: window.dilation[1],
        padding: Padding(top: window.padding[0], left: window.padding[1], bottom: window.padding[2], right: window.padding[3]))
    }
    return LayerSketch(name: name, kind: kind, inputs: inputs, shape: shape, window: sliding, groups: window?.groups ?? 1)
  }
}
