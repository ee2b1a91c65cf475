import FusedKernels
import Networks
import OneDNNKernels
import Tensors

/// Where the time goes by layer, for the products of epsilon-plus-flat: the output in two parts on the way forward, the positive
/// weights on the way back, each layer once in the network's order, so that weights come from memory as they do in an explanation.
struct LayerBench {
  let network: Network
  let batch: Int
  let runs: Int

  struct Row {
    let name: String
    let flops: Double
    let bytes: Double
    var forward = 0.0
    var backward = 0.0
  }

  /// Milliseconds of each layer, medians over the runs.
  func rows(_ kernels: any Kernels) -> [Row] {
    let clock = ContinuousClock()
    let layers = network.layers.compactMap { layer in layer.linear.map { (layer.name, $0) } }
    let maps = layers.map { kernels.prepare($0.1.geometry, weights: $0.1.weights, rowFactors: $0.1.rowFactors) }
    let inputs = layers.map(\.1.geometry.inputCount).max() ?? 1
    let outputs = layers.map(\.1.geometry.outputCount).max() ?? 1
    let x = [Float](repeating: 0.5, count: batch * inputs)
    var positive = [Float](repeating: 0, count: batch * outputs)
    var sum = positive
    var back = x
    var times = [[(forward: Double, backward: Double)]](repeating: [], count: layers.count)
    positive.withUnsafeMutableBufferPointer { positive in
      sum.withUnsafeMutableBufferPointer { sum in
        guard let positive = positive.baseAddress, let sum = sum.baseAddress else { return }
        for run in 0...runs {
          for (index, map) in maps.enumerated() {
            let start = clock.now
            map.product(x, .weights, batch: batch, bias: nil, into: ProductResults(sum: sum, positive: positive))
            let middle = clock.now
            map.transposed(.positive(positive), times: x, batch: batch, into: &back)
            let end = clock.now
            if run > 0 { times[index].append(((middle - start).seconds * 1000, (end - middle).seconds * 1000)) }
          }
        }
      }
    }
    return layers.indices.map { index in
      let geometry = layers[index].1.geometry
      return Row(
        name: layers[index].0, flops: 2 * Double(batch * geometry.multiplyAccumulates), bytes: 4 * Double(geometry.weightCount),
        forward: times[index].map(\.forward).sorted()[runs / 2], backward: times[index].map(\.backward).sorted()[runs / 2])
    }
  }

  /// A table by stage: the layers whose names begin alike.
  func table() -> String {
    let roofline = FusedKernels.measureRoofline()
    let ours = rows(FusedKernels())
    let library = rows(OneDNNKernels())
    var lines = [
      "FMA peak \(decimal(roofline.flops / 1e9, 1)) GFLOP/s, memory \(decimal(roofline.bytes / 1e9, 1)) GB/s, batch \(batch)",
      "| layers | MFLOP of one product | MB of weights | z and z+ | back by z+ | the same by oneDNN |", "|---|---:|---:|---:|---:|---:|",
    ]
    func line(_ title: String, _ indices: [Int]) -> String {
      func sum(_ rows: [Row], _ value: (Row) -> Double) -> Double { indices.reduce(0) { $0 + value(rows[$1]) } }
      return
        "| \(title) | \(decimal(sum(ours, \.flops) / 1e6, 1)) | \(decimal(sum(ours, \.bytes) / 1e6, 1)) | \(decimal(sum(ours, \.forward), 2)) ms "
        + "| \(decimal(sum(ours, \.backward), 2)) ms | \(decimal(sum(library, \.forward), 2)) + \(decimal(sum(library, \.backward), 2)) ms |"
    }
    var stages: [(name: String, indices: [Int])] = []
    for (index, row) in ours.enumerated() {
      let stage = row.name.split(separator: ".").first.map(String.init) ?? row.name
      if stages.last?.name == stage { stages[stages.count - 1].indices.append(index) } else { stages.append((stage, [index])) }
    }
    lines += stages.map { line($0.name, $0.indices) }
    lines.append(line("all", Array(ours.indices)))
    // Three products: two on the way forward from one reading of the weights, one on the way back.
    let (flops, bytes) = (ours.reduce(0) { $0 + $1.flops }, ours.reduce(0) { $0 + $1.bytes })
    if roofline.flops > 0, roofline.bytes > 0 {
      let least = ours.reduce(0) {
        $0 + max(2 * $1.flops / roofline.flops, $1.bytes / roofline.bytes) + max($1.flops / roofline.flops, $1.bytes / roofline.bytes)
      }
      lines.append(
        "3 x \(decimal(flops / 1e6, 0)) MFLOP and 2 x \(decimal(bytes / 1e6, 0)) MB: no less than \(decimal(1000 * least, 1)) ms on this machine"
      )
    }
    return lines.joined(separator: "\n")
  }
}
