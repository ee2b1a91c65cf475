import Datasets
import Files
import Testing

@Suite struct CSVTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "Headings, line ends, byte order mark, quotes and gzip make no difference",
    arguments: [
      "7,0,1,2,3\n4,10,20,30,255\n", "7,0,1,2,3\r\n4,10,20,30,255\r\n", "label,pixel0,pixel1,pixel2,pixel3\n7,0,1,2,3\n4,10,20,30,255",
      "\u{feff}label,1x1,1x2,2x1,2x2\r\n7,0,1,2,3\r\n4,10,20,30,255\r\n\r\n",
      "pixel1,pixel2,pixel3,pixel4,class\n0,1,2,3,7\n10,20,30,255,4\n",
      "\"label\",\"a\",\"b\",\"c\",\"d\"\n\"7\", 0 ,1.0,2,3\n4,10,020,30,255\n", "\u{feff}7,0,1,2,3\n4,10,20,30,255",
    ], [false, true])
  func reads(text: String, isCompressed: Bool) throws {
    let path = try folder.file("digits.csv", isCompressed ? gzipped(Array(text.utf8)) : Array(text.utf8))
    let digits = try loadDigits(from: path)
    #expect(digits.labels == [7, 4])
    #expect(digits.pixels == [0, 1, 2, 3, 10, 20, 30, 255])
    #expect(digits.width == 2 && digits.height == 2)
    #expect(digits.trainCount == 2)
    #expect(try loadDigits(from: folder.path).pixels == digits.pixels)
  }

  @Test("Two tables in a folder are train and test")
  func splits() throws {
    try folder.file("mnist_train.csv", Array("1,5,5,5,5\n2,6,6,6,6\n".utf8))
    try folder.file("mnist_test.csv.gz", gzipped(Array("3,7,7,7,7\n".utf8)))
    let digits = try loadDigits(from: folder.path)
    #expect(digits.labels == [1, 2, 3])
    #expect(digits.trainCount == 2)
  }

  @Test("A table longer than a piece of the file is read whole")
  func long() throws {
    var text = ""
    var pixels: [UInt8] = []
    let all = noise(2000)
    for row in 0..<1200 {
      let values = Array(all[row..<row + 784])
      pixels += values
      text += "\(row % 10)," + values.map { String($0) }.joined(separator: ",") + "\n"
    }
    let digits = try loadDigits(from: folder.file("long.csv", Array(text.utf8)))
    #expect(digits.pixels == pixels)
    #expect(digits.labels == (0..<1200).map { UInt8($0 % 10) })
  }

  @Test("A fault is named by line and column, and by its offset", arguments: faults)
  func refusal(text: String, words: String) throws {
    let path = try folder.file("digits.csv", Array(text.utf8))
    let error = try #require(fileError { _ = try loadDigits(from: path) })
    #expect(error.category == FileError.Category.badData)
    #expect(error.description.hasPrefix("\(path): \(words)"), "\(error)")
    #expect(error.description.unicodeScalars.count <= 300)
  }

  private static let faults: [(String, String)] = [
    ("", "holds no digits"),
    ("label,a,b,c,d\n", "holds no digits"),
    ("7,0,1,2,3\n4,10,20,30\n", "line 2:5 (offset 20) is missing; 5 columns are needed"),
    ("7,0,1,2,3\n4,10,20,30,40,50\n", "line 2:6 (offset 24) is one too many; 5 columns are needed"),
    ("7,0,1,2,3\r\n4,10,abc,30,40\r\n", "line 2:3 (offset 16) is \"abc\"; a whole number of 0 to 255 is needed"),
    ("label,a,b,c,d\n7,0,256,2,3\n", "line 2:3 (offset 18) is 256; a pixel of 0 to 255 is allowed"),
    ("7,0,-1,2,3\n", "line 1:3 (offset 4) is \"-1\""),
    ("7,0,1.5,2,3\n", "line 1:3 (offset 4) is \"1.5\""),
    ("7,0,999999999999999999999,2,3\n", "line 1:3 (offset 4) is \"99999999999999999...\""),
    ("7,0,1000,2,3\n", "line 1:3 (offset 4) is 1000; a pixel of 0 to 255 is allowed"),
    ("7,0,nan,2,3\n", "line 1:3 (offset 4) is \"nan\""),
    ("7,0,,2,3\n", "line 1:3 (offset 4) is empty"),
    ("10,0,1,2,3\n", "line 1:1 (offset 0) is 10; a label of 0 to 9 is allowed"),
    ("7,0,1,2\n", "line 1 (offset 0) is 4 columns wide"),
    ("<html>\n<body>", "line 1 (offset 0) is one column wide"),
    (String(repeating: "1,", count: 5000) + "1\n", "line 1:4097 (offset 0) is one too many; at most 4096 columns are allowed"),
    (String(repeating: "1", count: 3 << 20), "line 1 (offset 0) is longer than 1048576 bytes"),
    ("7,0,1,2,3\n4,1,\u{1b}[2J\n,3,4\n", "line 2:3 (offset 14) is \"\\u{1b}[2J\""),
  ]
}
