import Glibc

/// The program's own folders by the XDG Base Directory Specification.
public struct StandardFolders: Sendable, Equatable {
  public enum Kind: Sendable, CaseIterable {
    /// What the person chose.
    case config
    /// Data sets and networks.
    case data
    /// What can be computed again.
    case cache
    /// The session: what was open, where the splitters stood.
    case state

    var variable: String {
      switch self {
      case .config: "XDG_CONFIG_HOME"
      case .data: "XDG_DATA_HOME"
      case .cache: "XDG_CACHE_HOME"
      case .state: "XDG_STATE_HOME"
      }
    }

    var belowHome: String {
      switch self {
      case .config: ".config"
      case .data: ".local/share"
      case .cache: ".cache"
      case .state: ".local/state"
      }
    }
  }

  private let environment: [String: String]
  private let program: String

  /// By the environment of this process; without HOME, by the user database.
  public init(program: String = "heatlens") {
    var found: [String: String] = [:]
    for name in Kind.allCases.map(\.variable) + ["HOME"] {
      if let value = getenv(name) { found[name] = String(cString: value) }
    }
    if !(found["HOME"] ?? "").hasPrefix("/"), let home = StandardFolders.homeOfUser() { found["HOME"] = home }
    self.init(environment: found, program: program)
  }

  public init(environment: [String: String], program: String = "heatlens") {
    self.environment = environment
    self.program = program
  }

  /// The folder's path, whether it exists or not; nil where neither the variable nor the home folder is an absolute path.
  public func path(_ kind: Kind) -> String? {
    // The specification: a relative path in these variables is to be ignored.
    if let value = environment[kind.variable], value.hasPrefix("/") { return "\(value)/\(program)" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home)/\(kind.belowHome)/\(program)"
  }

  /// The folder's path, after making it (and what lies above it) readable for its owner alone, as the specification asks.
  public func created(_ kind: Kind) throws(FileError) -> String {
    guard let path = path(kind) else {
      throw FileError(.cannotCreate, path: "$HOME", found: "is not an absolute path", allowed: "set HOME or \(kind.variable)")
    }
    try createFolder(path)
    return path
  }

  private static func homeOfUser() -> String? {
    var entry = passwd()
    var result: UnsafeMutablePointer<passwd>?
    var text = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(getuid(), &entry, &text, text.count, &result) == 0, result != nil, let folder = entry.pw_dir else { return nil }
    return String(cString: folder)
  }
}

/// Makes a folder and those above it, with permissions `0700`; it is no error that it exists.
public func createFolder(_ path: String) throws(FileError) {
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .system(ENOTDIR, path: path, doing: "cannot be created", otherwise: .cannotCreate)
    }
    return
  }
  let parent = parentFolder(of: path)
  if parent != "/", parent != "." { try createFolder(parent) }
  // Another instance may have made it in between.
  guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
    throw .system(errno, path: path, doing: "cannot be created", otherwise: .cannotCreate)
  }
}
