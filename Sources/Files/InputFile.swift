import Glibc

/// A regular file opened for reading from its start to its end; closed when the last reference goes.
///
/// Bytes are copied by `read`, not mapped: a file that another process cuts short then gives an error and not a signal.
/// Not thread-safe.
public final class InputFile {
  public let path: String
  /// The length in bytes when it was opened.
  public let size: Int
  /// How many bytes have been read.
  public private(set) var offset = 0
  private let descriptor: Int32

  /// Refuses what is not a regular file (folders, pipes, devices, sockets) without waiting for it.
  public init(_ path: String) throws(FileError) {
    guard !path.isEmpty else { throw FileError(.noInput, path: "\"\"", found: "an empty path names no file") }
    guard !path.utf8.contains(0) else { throw FileError(.noInput, path: path, found: "a path cannot hold a zero byte") }
    var status = stat()
    // Asked before opening, because opening a device can already do something; asked again after, because the name can have moved.
    guard stat(path, &status) == 0 else {
      throw .system(errno, path: path, doing: "cannot be opened", otherwise: .noInput)
    }
    if let kind = InputFile.irregularity(status.st_mode) {
      throw FileError(.noInput, path: path, found: "is \(kind)", allowed: "a regular file is needed")
    }
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard opened >= 0 else { throw .system(errno, path: path, doing: "cannot be opened", otherwise: .noInput) }
    guard fstat(opened, &status) == 0 else {
      let code = errno
      close(opened)
      throw .system(code, path: path, doing: "cannot be examined", otherwise: .noInput)
    }
    if let kind = InputFile.irregularity(status.st_mode) {
      close(opened)
      throw FileError(.noInput, path: path, found: "is \(kind)", allowed: "a regular file is needed")
    }
    self.path = path
    size = Int(status.st_size)
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// Fills `buffer` from the file; fewer bytes than asked for mean that the file has ended.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(errno, path: path, doing: "reading failed", otherwise: .inputOutput)
      }
      if count == 0 { break }
      filled += count
    }
    offset += filled
    return filled
  }

  /// The next `count` bytes, fewer where the file ends. The caller has compared `count` with a limit.
  public func read(_ count: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: min(count, max(0, size - offset)))
    var result: Result<Int, FileError> = .success(0)
    bytes.withUnsafeMutableBytes { buffer in
      do throws(FileError) { result = .success(try read(into: buffer)) } catch { result = .failure(error) }
    }
    let filled = try result.get()
    if filled < bytes.count { bytes.removeLast(bytes.count - filled) }
    return bytes
  }

  /// Goes to `position`, counted from the start.
  public func seek(to position: Int) throws(FileError) {
    guard lseek(descriptor, position, SEEK_SET) == position else {
      throw .system(errno, path: path, doing: "reading failed", otherwise: .inputOutput)
    }
    offset = position
  }

  private static func irregularity(_ mode: mode_t) -> String? {
    switch mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "a folder"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }
}

/// The whole file, if it is a regular file of at most `limit` bytes. Cost: one copy; nothing is allocated for a file that is too large.
public func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
  let file = try InputFile(path)
  guard file.size <= limit else {
    throw FileError(path: path, field: "length", found: "\(file.size) bytes", allowed: "at most \(limit) are allowed")
  }
  let bytes = try file.read(file.size)
  guard bytes.count == file.size else {
    throw FileError(.inputOutput, path: path, found: "became shorter while it was read")
  }
  return bytes
}
