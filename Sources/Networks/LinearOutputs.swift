/// What a linear map makes of pictures, as values: see `LinearMap.product`.
public struct LinearOutputs {
  /// z_k, with the bias.
  public let sum: FeatureMaps
  /// max(z_k, 0).
  public private(set) var rectified: FeatureMaps?
  /// p_k and n_k.
  public private(set) var positive: FeatureMaps?
  public private(set) var negative: FeatureMaps?

  /// - Parameters:
  ///   - shape: of the outputs.
  ///   - wanted: which parts are computed besides the sum.
  ///   - rectifies: whether `rectified` is.
  public init(
    of map: any LinearMap, _ input: FeatureMaps, _ split: Split, shape: [Int], bias: [Float]? = nil, wanted: Trace.WantedParts? = nil,
    rectifies: Bool = false
  ) {
    var (rectified, positive, negative): (FeatureMaps?, FeatureMaps?, FeatureMaps?) = (nil, nil, nil)
    func room(_ maps: inout FeatureMaps?, _ isWanted: Bool, _ fill: (UnsafeMutablePointer<Float>?) -> Void) {
      guard isWanted else { return fill(nil) }
      maps = FeatureMaps(batch: input.batch, shape: shape) { fill($0) }
    }
    sum = FeatureMaps(batch: input.batch, shape: shape) { sum in
      room(&rectified, rectifies) { rectified in
        room(&positive, wanted != nil) { positive in
          room(&negative, wanted == .both) { negative in
            let results = ProductResults(sum: sum, rectified: rectified, positive: positive, negative: negative)
            input.withPointer { x in
              if let bias {
                bias.withUnsafeBufferPointer { map.product(x, split, batch: input.batch, bias: $0.baseAddress, into: results) }
              } else {
                map.product(x, split, batch: input.batch, bias: nil, into: results)
              }
            }
          }
        }
      }
    }
    self.rectified = rectified
    self.positive = positive
    self.negative = negative
  }
}
