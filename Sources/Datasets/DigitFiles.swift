import Files
import Glibc

/// Reads labelled digits from a folder with the four files of MNIST (IDX, plain or gzip) or with tables (CSV), or from one table.
///
/// One split is enough, with a warning; splits of different picture sizes are refused. Errors name the file, its field, and what is
/// allowed. Time for MNIST: that of inflating 55 MB.
public func loadDigits(from path: String) throws(FileError) -> DigitCollection {
  guard isFolder(path) else {
    let only = try readTable(path)
    return try collection(train: only, test: nil, path: path, warnings: ["\(shown(path)) is one table: there is no test split"])
  }
  // torchvision puts the files into MNIST/raw.
  for folder in [path, path + "/MNIST/raw", path + "/raw"] where isFolder(folder) {
    let train = try readSplit("train", in: folder)
    let test = try readSplit("t10k", in: folder)
    if train != nil || test != nil { return try collection(train: train, test: test, path: path) }
  }
  let train = firstFile(["mnist_train.csv", "train.csv"], in: path)
  let test = firstFile(["mnist_test.csv", "t10k.csv", "test.csv"], in: path)
  if train != nil || test != nil {
    var splits: [LabelledPictures?] = []
    for file in [train, test] {
      if let file { splits.append(try readCSVDigits(file)) } else { splits.append(nil) }
    }
    return try collection(train: splits[0], test: splits[1], path: path)
  }
  let tables = try names(in: path).filter { $0.lowercased().hasSuffix(".csv") || $0.lowercased().hasSuffix(".csv.gz") }
  if tables.count == 1 { return try loadDigits(from: path + "/" + tables[0]) }
  throw FileError(
    .noInput, path: path, found: tables.isEmpty ? "holds no digits" : "holds \(tables.count) tables, none named train.csv or test.csv",
    allowed: "train-images-idx3-ubyte, train-labels-idx1-ubyte (or t10k-..., with or without .gz) or train.csv are needed")
}

private func collection(
  train: LabelledPictures?, test: LabelledPictures?, path: String, warnings: [String] = []
) throws(FileError) -> DigitCollection {
  var warnings = warnings
  if let train, let test, (train.width, train.height) != (test.width, test.height) {
    throw FileError(
      path: test.path, field: "picture size", found: "\(test.width) x \(test.height)",
      allowed: "\(displayText(train.path, limit: 80, keepingEnd: true)) has \(train.width) x \(train.height)")
  }
  if train == nil { warnings.append("\(shown(path)): there is no training split") }
  if test == nil, warnings.isEmpty { warnings.append("\(shown(path)): there is no test split") }
  let splits = [train, test].compactMap { $0 }
  return DigitCollection(
    width: splits[0].width, height: splits[0].height, pixels: joined(splits.map(\.pixels)), labels: joined(splits.map(\.labels)),
    trainCount: train?.count ?? 0, origin: .files(path), warnings: splits.flatMap(\.warnings) + warnings)
}

private func joined(_ parts: [[UInt8]]) -> [UInt8] { parts.count == 1 ? parts[0] : Array(parts.joined()) }

private func shown(_ path: String) -> String { displayText(path, limit: 110, keepingEnd: true) }

/// nil: neither of the two files is there.
private func readSplit(_ name: String, in folder: String) throws(FileError) -> LabelledPictures? {
  func candidates(_ part: String, _ rank: Int) -> [String] { ["\(name)-\(part)-idx\(rank)-ubyte", "\(name)-\(part).idx\(rank)-ubyte"] }
  let pictures = firstFile(candidates("images", 3), in: folder)
  let labels = firstFile(candidates("labels", 1), in: folder)
  if pictures == nil && labels == nil { return nil }
  guard let pictures, let labels else {
    let missing = pictures == nil ? candidates("images", 3)[0] : candidates("labels", 1)[0]
    throw FileError(
      .noInput, path: "\(folder)/\(missing)", found: "is missing",
      allowed: "it belongs to \(displayText(pictures ?? labels ?? "", limit: 90, keepingEnd: true))")
  }
  return try LabelledPictures(picturesAt: pictures, labelsAt: labels)
}

/// A table; an IDX file gets a hint, for its labels are in another file.
private func readTable(_ path: String) throws(FileError) -> LabelledPictures {
  let start = try ByteStream(path).read(3)
  if start == [0, 0, 8] {
    throw FileError(path: path, found: "is one IDX file", allowed: "name the folder that holds the pictures and the labels")
  }
  return try readCSVDigits(path)
}

private func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// What lies under one of these names, plain or with .gz; a dangling link counts, so that it is named and not passed over.
private func firstFile(_ names: [String], in folder: String) -> String? {
  for name in names {
    for path in ["\(folder)/\(name)", "\(folder)/\(name).gz"] {
      var status = stat()
      if lstat(path, &status) == 0 { return path }
    }
  }
  return nil
}

private func names(in folder: String) throws(FileError) -> [String] {
  guard let listing = opendir(folder) else {
    throw FileError(.noInput, path: folder, found: "cannot be listed", allowed: "a folder that may be read is needed")
  }
  defer { closedir(listing) }
  var names: [String] = []
  while let entry = readdir(listing) {
    names.append(
      withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } })
  }
  return names.sorted()
}
