import Foundation
import Testing

@testable import Files

@Suite struct WritingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("A new file is written, and nothing else is left in the folder")
  func newFile() throws {
    let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try writeFileAtomically(content, to: folder.path + "/a")
    #expect(try bytes(of: folder.path + "/a") == content)
    #expect(folder.names == ["a"])
  }

  @Test("A replaced file keeps its permissions and gets a new inode")
  func replaces() throws {
    let path = try folder.file("a", [9, 9])
    #expect(chmod(path, 0o640) == 0)
    var before = stat()
    #expect(stat(path, &before) == 0)
    try writeFileAtomically([1], to: path)
    var after = stat()
    #expect(stat(path, &after) == 0)
    #expect(try bytes(of: path) == [1])
    #expect(after.st_mode & 0o7777 == 0o640)
    #expect(after.st_ino != before.st_ino)
  }

  @Test("Links are followed and stay, also to a file that is not there yet")
  func links() throws {
    try FileManager.default.createDirectory(atPath: folder.path + "/deep", withIntermediateDirectories: false)
    #expect(symlink("deep/file", folder.path + "/one") == 0)
    #expect(symlink("one", folder.path + "/two") == 0)
    for content: [UInt8] in [[1], [2]] {
      try writeFileAtomically(content, to: folder.path + "/two")
      #expect(try bytes(of: folder.path + "/deep/file") == content)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/two") == "one")
    }
    #expect(folder.names == ["deep", "one", "two"])
    #expect(symlink("loop", folder.path + "/loop") == 0)
    #expect(fileError { try writeFileAtomically([1], to: folder.path + "/loop") }?.description.hasSuffix("a loop of links") == true)
  }

  @Test("What cannot be written is named and leaves what was there")
  func refusals() throws {
    let intoFolder = fileError { try writeFileAtomically([1], to: folder.path) }
    #expect(intoFolder?.category == .cannotCreate)
    #expect(intoFolder?.description == "\(folder.path): cannot be written: it is a folder")
    let missing = fileError { try writeFileAtomically([1], to: folder.path + "/no/file") }
    #expect(missing?.category == .cannotCreate)
    #expect(missing?.description == "\(folder.path)/no/file: cannot be created: no such file or folder")
    #expect(fileError { try writeFileAtomically([1], to: "") }?.category == .cannotCreate)
    #expect(folder.names.isEmpty)
  }

  @Test("A full device is an input and output error")
  func fullDevice() throws {
    let error = fileError { try writeFileAtomically([1], to: "/dev/full") }
    #expect(error?.category == .inputOutput)
    #expect(error?.description == "/dev/full: writing failed: no space is left on the device")
  }

  @Test("Of writers at the same time, one wins whole")
  func concurrentWriters() async throws {
    let path = folder.path + "/shared"
    await withTaskGroup { group in
      for writer in UInt8(0)..<8 {
        group.addTask {
          for _ in 0..<5 { try? writeFileAtomically([UInt8](repeating: writer, count: 10_000), to: path) }
        }
      }
    }
    let result = try bytes(of: path)
    #expect(result.count == 10_000)
    #expect(Set(result).count == 1)
    #expect(folder.names == ["shared"])
  }

  @Test("The XDG variables count only if they are absolute")
  func folders() throws {
    let home = ["HOME": "/home/ada"]
    #expect(StandardFolders(environment: home).path(.config) == "/home/ada/.config/heatlens")
    #expect(StandardFolders(environment: home).path(.data) == "/home/ada/.local/share/heatlens")
    #expect(StandardFolders(environment: home).path(.cache) == "/home/ada/.cache/heatlens")
    #expect(StandardFolders(environment: home).path(.state) == "/home/ada/.local/state/heatlens")
    let set = StandardFolders(environment: ["HOME": "/home/ada", "XDG_CACHE_HOME": "/tmp/c", "XDG_DATA_HOME": "data"])
    #expect(set.path(.cache) == "/tmp/c/heatlens")
    #expect(set.path(.data) == "/home/ada/.local/share/heatlens")
    #expect(StandardFolders(environment: ["HOME": "relative"]).path(.state) == nil)
    #expect(fileError { _ = try StandardFolders(environment: [:]).created(.state) }?.category == .cannotCreate)
  }

  @Test("A standard folder is made when it is needed, for its owner alone")
  func creating() throws {
    let folders = StandardFolders(environment: ["XDG_CACHE_HOME": folder.path + "/x/y"])
    for _ in 0..<2 { #expect(try folders.created(.cache) == folder.path + "/x/y/heatlens") }
    var status = stat()
    #expect(stat(folder.path + "/x/y/heatlens", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
    let blocked = StandardFolders(environment: ["XDG_CACHE_HOME": try folder.file("plain")])
    #expect(fileError { _ = try blocked.created(.cache) }?.category == .cannotCreate)
  }
}

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Pieces and places: the name stands for the old content until the new one is whole")
  func pieces() throws {
    let path = try folder.file("a", [9])
    let file = try AtomicFile(path)
    #expect(file.isSeekable)
    try file.append([1, 2])
    try file.write([7], at: 1)
    try file.append([3])
    #expect(try bytes(of: path) == [9])
    try file.finish()
    #expect(try bytes(of: path) == [1, 7, 3])
    #expect(folder.names == ["a"])
  }

  @Test("A device is written to as it stands")
  func device() throws {
    let file = try AtomicFile("/dev/null")
    #expect(!file.isSeekable)
    try file.append([1])
    try file.finish()
  }
}
