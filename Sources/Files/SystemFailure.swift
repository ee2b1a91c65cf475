import Glibc

extension FileError {
  /// A call of the system that failed with `code` (`errno`), in words that are the same on every machine and in every language.
  static func system(_ code: Int32, path: String, doing what: String, otherwise category: Category) -> FileError {
    let kind: Category =
      switch code {
      case EIO, ENOSPC, EDQUOT, EFBIG: .inputOutput
      default: category
      }
    return FileError(kind, path: path, found: "\(what): \(reason(code))")
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "no such file or folder"
    case EACCES, EPERM: "permission denied"
    case ELOOP: "a loop of links"
    case ENOTDIR: "a part of the path is not a folder"
    case EISDIR: "it is a folder"
    case EEXIST: "it exists already"
    case ENAMETOOLONG: "the name is too long"
    case ENOSPC: "no space is left on the device"
    case EDQUOT: "the disk quota is used up"
    case EFBIG: "the file is too large for this place"
    case EROFS: "the file system is read-only"
    case EMFILE, ENFILE: "too many files are open"
    case EIO: "the device reports an error"
    case ETXTBSY: "it is a program that is running"
    case ENXIO, ENODEV: "there is no such device"
    default: "system error \(code)"
    }
  }
}
