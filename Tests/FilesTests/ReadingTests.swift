import Foundation
import Testing

@testable import Files

@Suite struct ReadingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("A file is read whole, an empty one too")
  func wholeFile() throws {
    let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try readFile(folder.file("a", content), limit: 100_000) == content)
    #expect(try readFile(folder.file("b"), limit: 0).isEmpty)
  }

  @Test("A file longer than the limit is refused before it is read")
  func limit() throws {
    let path = try folder.file("large")
    #expect(truncate(path, 1 << 40) == 0)
    let error = fileError { _ = try readFile(path, limit: 16) }
    #expect(error?.category == .badData)
    #expect(error?.description == "\(path): length is 1099511627776 bytes; at most 16 are allowed")
  }

  @Test("Missing files, loops of links and dangling links are named")
  func unreachable() throws {
    let missing = fileError { _ = try readFile(folder.path + "/none", limit: 9) }
    #expect(missing?.category == .noInput)
    #expect(missing?.description == "\(folder.path)/none: cannot be opened: no such file or folder")
    #expect(symlink("loop", folder.path + "/loop") == 0)
    let loop = fileError { _ = try readFile(folder.path + "/loop", limit: 9) }
    #expect(loop?.description == "\(folder.path)/loop: cannot be opened: a loop of links")
    #expect(symlink("nowhere", folder.path + "/dangling") == 0)
    #expect(fileError { _ = try readFile(folder.path + "/dangling", limit: 9) }?.category == .noInput)
    let inside = try folder.file("plain") + "/inside"
    #expect(fileError { _ = try readFile(inside, limit: 9) }?.description.hasSuffix("a part of the path is not a folder") == true)
    #expect(fileError { _ = try readFile("", limit: 9) }?.category == .noInput)
    #expect(fileError { _ = try readFile("/etc/passwd\u{0}.idx", limit: 9) }?.category == .noInput)
  }

  @Test("Folders, pipes and devices are refused without waiting")
  func irregular() throws {
    #expect(mkfifo(folder.path + "/fifo", 0o600) == 0)
    for (path, kind) in [(folder.path, "a folder"), (folder.path + "/fifo", "a pipe"), ("/dev/zero", "a device")] {
      let error = fileError { _ = try readFile(path, limit: 9) }
      #expect(error?.category == .noInput)
      #expect(error?.description == "\(path): is \(kind); a regular file is needed")
    }
  }

  @Test("No permission is named", .enabled(if: geteuid() != 0))
  func permission() throws {
    let path = try folder.file("secret", [1])
    #expect(chmod(path, 0) == 0)
    #expect(fileError { _ = try readFile(path, limit: 9) }?.description == "\(path): cannot be opened: permission denied")
  }

  @Test("No descriptor stays open, whatever the outcome")
  func descriptors() throws {
    let path = try folder.file("a", [1, 2, 3])
    // Tests run side by side, so that counting all descriptors would count theirs: only those on this folder are counted.
    func opened() -> Int {
      let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
      return numbers.count {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.hasPrefix(folder.path) == true
      }
    }
    let file = try InputFile(path)
    #expect(opened() == 1)
    withExtendedLifetime(file) {}
    for _ in 0..<50 {
      _ = try readFile(path, limit: 3)
      _ = fileError { _ = try readFile(path, limit: 2) }
      _ = fileError { _ = try readFile(folder.path, limit: 2) }
    }
    #expect(opened() <= 1)
  }

  @Test("A reader gives the bytes in turn and fewer at the end")
  func pieces() throws {
    let file = try InputFile(folder.file("a", [1, 2, 3, 4, 5]))
    #expect(try file.read(2) == [1, 2])
    #expect(file.offset == 2)
    #expect(try file.read(9) == [3, 4, 5])
    #expect(try file.read(9).isEmpty)
    try file.seek(to: 1)
    #expect(try file.read(1) == [2])
  }
}
