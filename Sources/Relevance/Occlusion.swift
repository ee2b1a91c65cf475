import Networks
import Tensors

extension Explainer {
  /// How much the target drops when a window of the input is blanked, averaged at each position over the windows that cover it; one
  /// channel. Windows start at every `stride`-th row and column; the last ones may reach past the edge and are cut off there, as many as
  /// it takes to cover the picture (as Captum). Zeiler and Fergus 2014. Cost: a forward pass for each window, 16 at a time.
  func occlusion(
    _ pictures: AttributedPictures, window: Int, stride: Int, baseline: Attribution.Baseline, isCancelled: () -> Bool
  ) throws(RelevanceError) -> AttributedRows? {
    let shape = pictures.shape
    guard shape.count == 3 else { throw .parameter("occlusion needs an input of rows and columns") }
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    try Self.check(window, in: 1...min(height, width), "the window of an input of \(height) x \(width) is 1 to \(min(height, width))")
    try Self.check(stride, in: 1...window, "windows of \(window) have a stride of 1 to \(window), so that they cover everything")
    let blank = try baselineInput(baseline, shape: [channels]).values
    let windows = Self.starts(height, window, stride).flatMap { row in
      Self.starts(width, window, stride).map { column in
        (rows: row..<min(height, row + window), columns: column..<min(width, column + window))
      }
    }
    var work = Work(pictures.count * windows.count, report: progress)
    var result: [Tensor] = []
    for picture in 0..<pictures.count {
      let input = pictures.input(picture)
      let whole = pictures.rows(picture).map { pictures.value($0) }
      var drops = pictures.rows(picture).map { _ in WindowMeans(height: height, width: width) }
      let isDone = forEachBatch(
        of: windows.count, shape: shape, atOnce: variantsAtOnce, &work, isCancelled: isCancelled,
        fill: { number, values in
          input.withPointer { values.update(from: $0, count: channels * height * width) }
          for row in windows[number].rows {
            for column in windows[number].columns {
              for channel in 0..<channels { values[(row * width + column) * channels + channel] = blank[channel] }
            }
          }
        },
        visit: { numbers, variants in
          guard let outputs = outputs(of: pictures.subjects.layer, reading: variants, isCancelled: isCancelled) else { return false }
          for (at, number) in numbers.enumerated() {
            let output = outputs[at]
            for (target, row) in pictures.rows(picture).enumerated() {
              drops[target].add(
                whole[target] - pictures.subjects.value(row, in: output), rows: windows[number].rows, columns: windows[number].columns
              )
            }
          }
          return true
        })
      guard isDone else { return nil }
      result += drops.map(\.means)
    }
    return AttributedRows(result)
  }

  /// Where windows start: 0, stride, 2 stride, ... until the picture is covered.
  private static func starts(_ length: Int, _ window: Int, _ stride: Int) -> [Int] {
    (0...(length - window + stride - 1) / stride).map { $0 * stride }
  }
}

/// What windows say, averaged at each position over those that cover it.
struct WindowMeans {
  private let height: Int
  private let width: Int
  private var sums: [Double]
  private var counts: [Int]

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
    sums = [Double](repeating: 0, count: height * width)
    counts = [Int](repeating: 0, count: height * width)
  }

  mutating func add(_ value: Double, rows: Range<Int>, columns: Range<Int>) {
    for row in rows {
      for column in columns {
        sums[row * width + column] += value
        counts[row * width + column] += 1
      }
    }
  }

  /// `[1, H, W]`; 0 where no window is.
  var means: Tensor {
    Tensor(shape: [1, height, width], values: zip(sums, counts).map { $1 == 0 ? 0 : Float($0 / Double($1)) })
  }
}
