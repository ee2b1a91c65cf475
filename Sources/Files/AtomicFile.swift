import Glibc

/// A file that is filled piece by piece and stands under its name only when it is finished: at any moment, also after a crash, the name
/// stands for the old content or the new one, never for a mix.
///
/// A temporary file in the same folder is filled, flushed to the disk, and renamed; then the folder is flushed. A link is followed and
/// stays; the permissions of a file that is replaced are kept. A pipe or a device (`/dev/stdout`) is written to as it stands. One that
/// is let go of unfinished leaves nothing behind. Not thread-safe.
public final class AtomicFile {
  public let path: String
  private var descriptor: Int32
  /// nil for what is written to as it stands, and when it is over.
  private var temporary: String?
  private let target: String

  public init(_ path: String) throws(FileError) {
    guard !path.isEmpty else { throw FileError(.cannotCreate, path: "\"\"", found: "an empty path names no file") }
    guard !path.utf8.contains(0) else { throw FileError(.cannotCreate, path: path, found: "a path cannot hold a zero byte") }
    self.path = path
    var old = stat()
    let exists = stat(path, &old) == 0
    if exists, old.st_mode & S_IFMT == S_IFDIR { throw .system(EISDIR, path: path, doing: "cannot be written", otherwise: .cannotCreate) }
    if exists, old.st_mode & S_IFMT != S_IFREG {
      target = path
      descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw .system(errno, path: path, doing: "cannot be written", otherwise: .cannotCreate) }
      return
    }
    target = try followingLinks(path)
    let created = try createTemporary(in: parentFolder(of: target), for: path)
    descriptor = created.descriptor
    temporary = created.name
    guard exists else { return }
    // The owner can be kept only by root; losing it must not lose the write. It comes first because it clears special bits.
    if old.st_uid != geteuid() || old.st_gid != getegid() { _ = fchown(descriptor, old.st_uid, old.st_gid) }
    guard fchmod(descriptor, old.st_mode & 0o7777) == 0 else {
      throw .system(errno, path: path, doing: "its permissions cannot be kept", otherwise: .cannotCreate)
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if let temporary { unlink(temporary) }
  }

  /// Whether it can be written at any place; a pipe or a device only takes one byte after the other.
  public var isSeekable: Bool { temporary != nil }

  /// Writes behind what has been appended.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    try writeAll(bytes) { [descriptor] start, count, _ in Glibc.write(descriptor, start, count) }
  }

  /// Writes at `offset`, counted from the start; what was appended stays where it is, and so does the place of what is appended next.
  public func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    try writeAll(bytes) { [descriptor] start, count, done in pwrite(descriptor, start, count, offset + done) }
  }

  /// Makes the content what the name stands for. To be called once, last.
  public func finish() throws(FileError) {
    guard let temporary else {
      defer { descriptor = -1 }
      guard close(descriptor) == 0 else { throw .system(errno, path: path, doing: "writing failed", otherwise: .inputOutput) }
      return
    }
    guard fsync(descriptor) == 0 else { throw .system(errno, path: path, doing: "writing failed", otherwise: .inputOutput) }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw .system(errno, path: path, doing: "writing failed", otherwise: .inputOutput) }
    guard rename(temporary, target) == 0 else {
      throw .system(errno, path: path, doing: "cannot be replaced", otherwise: .cannotCreate)
    }
    self.temporary = nil
    try flushFolder(parentFolder(of: target), for: path)
  }

  private func writeAll(
    _ bytes: [UInt8], by write: (_ start: UnsafeRawPointer?, _ count: Int, _ done: Int) -> Int
  ) throws(FileError) {
    var code: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = write(buffer.baseAddress.map { $0 + written }, buffer.count - written, written)
        if count < 0 {
          if errno == EINTR { continue }
          code = errno
          return
        }
        written += count
      }
    }
    if code != 0 { throw .system(code, path: path, doing: "writing failed", otherwise: .inputOutput) }
  }
}

/// Writes a whole file as `AtomicFile` does.
public func writeFileAtomically(_ bytes: [UInt8], to path: String) throws(FileError) {
  let file = try AtomicFile(path)
  try file.append(bytes)
  try file.finish()
}

/// Where a name leads after all links, also when nothing is there yet.
private func followingLinks(_ path: String) throws(FileError) -> String {
  var current = path
  // Linux itself gives up after 40.
  for _ in 0..<40 {
    var status = stat()
    guard lstat(current, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return current }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink(current, &buffer, buffer.count)
    guard length >= 0 else { throw .system(errno, path: path, doing: "its link cannot be read", otherwise: .cannotCreate) }
    let link = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    current = link.hasPrefix("/") ? link : parentFolder(of: current) + "/" + link
  }
  throw .system(ELOOP, path: path, doing: "cannot be written", otherwise: .cannotCreate)
}

func parentFolder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

private func createTemporary(in folder: String, for path: String) throws(FileError) -> (descriptor: Int32, name: String) {
  for _ in 0..<100 {
    let name = "\(folder)/.heatlens-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
    // 0666: the kernel takes away what the user's mask and the folder's default rights say.
    let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if descriptor >= 0 { return (descriptor, name) }
    guard errno == EEXIST || errno == EINTR else {
      throw .system(errno, path: path, doing: "cannot be created", otherwise: .cannotCreate)
    }
  }
  throw .system(EEXIST, path: path, doing: "cannot be created", otherwise: .cannotCreate)
}

private func flushFolder(_ folder: String, for path: String) throws(FileError) {
  let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  // A folder that may be written but not listed cannot be opened, and some file systems cannot flush a folder: the file is there anyway.
  guard descriptor >= 0 else { return }
  defer { close(descriptor) }
  if fsync(descriptor) != 0, errno == EIO {
    throw .system(errno, path: path, doing: "writing failed", otherwise: .inputOutput)
  }
}
