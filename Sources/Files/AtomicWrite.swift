import Glibc

/// Writes a whole file so that at any moment, also after a crash, its name stands for the old content or the new one, never for a mix.
///
/// A temporary file in the same folder is filled, flushed to the disk, and renamed; then the folder is flushed. A link is followed and
/// stays; the permissions of a file that is replaced are kept. A pipe or a device (`/dev/stdout`) is written to as it stands.
public func writeFileAtomically(_ bytes: [UInt8], to path: String) throws(FileError) {
  guard !path.isEmpty else { throw FileError(.cannotCreate, path: "\"\"", found: "an empty path names no file") }
  guard !path.utf8.contains(0) else { throw FileError(.cannotCreate, path: path, found: "a path cannot hold a zero byte") }
  var old = stat()
  let exists = stat(path, &old) == 0
  if exists {
    switch old.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .system(EISDIR, path: path, doing: "cannot be written", otherwise: .cannotCreate)
    default: return try writeInPlace(bytes, to: path)
    }
  }
  let target = try followingLinks(path)
  let folder = parentFolder(of: target)
  let (descriptor, temporary) = try createTemporary(in: folder, for: path)
  do throws(FileError) {
    if exists {
      // The owner can be kept only by root; losing it must not lose the write. It comes first because it clears special bits.
      if old.st_uid != geteuid() || old.st_gid != getegid() { _ = fchown(descriptor, old.st_uid, old.st_gid) }
      guard fchmod(descriptor, old.st_mode & 0o7777) == 0 else {
        throw .system(errno, path: path, doing: "its permissions cannot be kept", otherwise: .cannotCreate)
      }
    }
    try writeAll(bytes, to: descriptor, path: path)
    guard fsync(descriptor) == 0 else { throw .system(errno, path: path, doing: "writing failed", otherwise: .inputOutput) }
  } catch {
    close(descriptor)
    unlink(temporary)
    throw error
  }
  guard close(descriptor) == 0 else {
    let code = errno
    unlink(temporary)
    throw .system(code, path: path, doing: "writing failed", otherwise: .inputOutput)
  }
  guard rename(temporary, target) == 0 else {
    let code = errno
    unlink(temporary)
    throw .system(code, path: path, doing: "cannot be replaced", otherwise: .cannotCreate)
  }
  try flushFolder(folder, for: path)
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(FileError) {
  var code: Int32 = 0
  bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count {
      let count = write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
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

private func writeInPlace(_ bytes: [UInt8], to path: String) throws(FileError) {
  let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
  guard descriptor >= 0 else { throw .system(errno, path: path, doing: "cannot be written", otherwise: .cannotCreate) }
  defer { close(descriptor) }
  try writeAll(bytes, to: descriptor, path: path)
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
