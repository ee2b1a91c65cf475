/// What is in a folder.
public struct FolderListing: Sendable, Equatable {
  public struct Entry: Sendable, Equatable, Hashable {
    public let name: String
    public let isFolder: Bool
    /// In bytes; of folders nothing is said.
    public let size: Int

    public init(name: String, isFolder: Bool, size: Int) {
      self.name = name
      self.isFolder = isFolder
      self.size = size
    }
  }

  /// Absolute.
  public let path: String
  public let entries: [Entry]

  public init(path: String, entries: [Entry]) {
    self.path = path
    self.entries = entries
  }

  func path(of entry: Entry) -> String {
    if entry.name == ".." { return parent }
    return path == "/" ? "/\(entry.name)" : "\(path)/\(entry.name)"
  }

  /// The folder that holds it.
  var parent: String {
    let above = path.split(separator: "/").dropLast().joined(separator: "/")
    return "/" + above
  }
}

/// What a file is, by what it holds.
public enum FileKind: Sendable, Equatable {
  case data, network, map, composite, picture
}

/// The list from which something is opened.
enum FileList {
  static func groups(_ folder: FolderListing?) -> [(title: String, choices: [Chooser.Choice])] {
    guard let folder else { return [] }
    var folders = folder.entries.filter(\.isFolder).sorted { $0.name.lowercased() < $1.name.lowercased() }
    if folder.path != "/" { folders.insert(FolderListing.Entry(name: "..", isFolder: true, size: 0), at: 0) }
    let files = folder.entries.filter { !$0.isFolder }.sorted { $0.name.lowercased() < $1.name.lowercased() }
    let isData = files.contains { $0.name.contains("-ubyte") || $0.name.lowercased().hasSuffix(".csv") }
    return [
      ("This folder", isData ? [.folder(folder.path)] : []), ("Folders", folders.map { .file($0) }), ("Files", files.map { .file($0) }),
    ]
  }

  /// Whether what was typed is a path and not a word to look for.
  static func isPath(_ typed: String) -> Bool { typed.hasPrefix("/") || typed.hasPrefix("~") }

  /// "4.7 MB".
  static func size(_ bytes: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return "\(unit == 0 ? "\(bytes)" : Numbers.fixed(value, value < 10 ? 1 : 0)) \(units[unit])"
  }
}

extension AppState {
  /// Opens the list of files, where it was left or in the folder that the program starts in.
  mutating func openFiles() -> [Effect] {
    toggleList(.files)
    return overlay == nil ? [] : [.listFolder(path: folder?.path)]
  }

  mutating func list(_ path: String) -> [Effect] { [.listFolder(path: path)] }

  mutating func folderListed(_ listing: FolderListing) {
    let before = folder
    folder = listing
    guard case .list(var chooser) = overlay, chooser.subject == .files else { return }
    if before?.path != listing.path { chooser.filter = "" }
    overlay = .list(chooser)
    // Where one came from is in focus: one step back is one key.
    let from = before?.parent == listing.path ? before.map { lastComponent(of: $0.path) } : nil
    let rows = rows(chooser)
    focus(
      row: rows.firstIndex { $0.choice.map { $0.name == from } ?? false } ?? rows.firstIndex { $0.choice != nil && $0.choice?.name != ".." }
        ?? 1)
  }

  /// Something was typed as a path: a folder is listed, a file opened.
  mutating func open(typed: String) -> [Effect] {
    if typed.hasSuffix("/") { return list(typed) }
    overlay = nil
    return [.identify(path: typed)]
  }

  mutating func open(file path: String) -> [Effect] {
    overlay = nil
    return [.identify(path: path)]
  }

  /// What was dropped on the window or chosen is opened by what it holds.
  mutating func filesDropped(_ paths: [String]) -> [Effect] {
    paths.first.map { [.identify(path: $0)] } ?? []
  }

  mutating func identified(_ path: String, _ kind: FileKind) -> [Effect] {
    switch kind {
    case .composite: return [.loadComposite(path: path)]
    case .map: return orderMap(path: path)
    case .picture: return [.loadPicture(path: path)]
    case .network:
      progress[.loadingNetwork] = Progress()
      return [.loadNetwork(path: path)]
    case .data:
      progress[.loadingData] = Progress()
      return [.loadData(path: path)]
    }
  }
}
