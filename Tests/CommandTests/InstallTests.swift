import Foundation
import ProgramDriver
import Testing

/// `Scripts/install`: what it puts into a prefix, and that this is all that it takes away again.
@Suite("Installation") struct InstallTests {
  let home: TemporaryFolder

  init() throws { home = try TemporaryFolder() }

  @Test("the installed program tells its version, reads its network and draws its window, from its prefix alone")
  func runs() throws {
    let installation = try Installation.shared.get()
    #expect(try installation.run(["--version"], in: home).text == Program().run("--version", in: home).text)
    let info = try installation.run(["info", installation.file("share/heatlens/resnet50-mnist.safetensors")], in: home)
    #expect(info.status == 0 && info.text.contains("layer4.2"), "\(info.errors)")
    let rendered = try installation.run(["render", "--size", "640x400", "--index", "7", "-o", home.file("window.png")], in: home)
    #expect(rendered.status == 0, "\(rendered.errors)")
    #expect(FileManager.default.contents(atPath: home.file("window.png"))?.starts(with: [0x89, 0x50, 0x4e, 0x47]) == true)
  }

  @Test("all that lies in Assets itself is installed, byte by byte")
  func assets() throws {
    let installation = try Installation.shared.get()
    let shipped = try FileManager.default.contentsOfDirectory(atPath: "\(checkout)/Assets").filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(checkout)/Assets/\(name)", isDirectory: &isFolder) && !isFolder.boolValue
    }
    #expect(shipped.count >= 3)
    for name in shipped {
      #expect(FileManager.default.contentsEqual(atPath: "\(checkout)/Assets/\(name)", andPath: installation.file("share/heatlens/\(name)")))
    }
  }

  @Test("the icon is there as a drawing and, with that many pixels, in eight sizes", arguments: [16, 24, 32, 48, 64, 128, 256, 512])
  func icons(_ size: Int) throws {
    let icons = "share/icons/hicolor"
    let installation = try Installation.shared.get()
    #expect(try installation.text("\(icons)/scalable/apps/\(Installation.id).svg").contains("<svg"))
    let path = installation.file("\(icons)/\(size)x\(size)/apps/\(Installation.id).png")
    // A PNG's first chunk begins with width and height.
    let sides = try Data(contentsOf: URL(fileURLWithPath: path)).dropFirst(16).prefix(8)
    #expect(Array(sides) == [0, 0, UInt8(size / 256), UInt8(size % 256), 0, 0, UInt8(size / 256), UInt8(size % 256)])
  }

  @Test("the menu's entry starts the program by its path, whatever characters that has")
  func menuEntry() throws {
    let installation = try Installation.shared.get()
    let lines = try installation.text("share/applications/\(Installation.id).desktop").split(separator: "\n")
    let command = try #require(lines.first { $0.hasPrefix("Exec=\"") && $0.hasSuffix("\"") }).dropFirst(6).dropLast()
    // Backwards through the specification: any value, field codes, a quoted argument.
    #expect(!command.replacing("%%", with: "").contains("%"))
    let value = command.replacing("\\\\", with: "\\").replacing("%%", with: "%")
    #expect(value.replacing(/\\(["`$\\])/) { String($0.1) } == installation.file("bin/heatlens"))
    #expect(lines.contains("Icon=\(Installation.id)"))
  }

  @Test("desktop-file-validate has nothing against the menu's entry", .enabled(if: locate("desktop-file-validate") != nil))
  func validMenuEntry() throws {
    let path = try Installation.shared.get().file("share/applications/\(Installation.id).desktop")
    let outcome = try runTool("desktop-file-validate", ["--no-hints", path], environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 0 && outcome.text.isEmpty, "\(outcome.text)")
  }

  @Test("appstreamcli has nothing against the description for software centres", .enabled(if: locate("appstreamcli") != nil))
  func validDescription() throws {
    let path = try Installation.shared.get().file("share/metainfo/\(Installation.id).metainfo.xml")
    let outcome = try runTool("appstreamcli", ["validate", "--no-net", path], environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 0, "\(outcome.text)")
  }

  @Test("the description for software centres has a release of the program's version")
  func release() throws {
    let version = try Program().run("--version", in: home).text.trimmingCharacters(in: .whitespacesAndNewlines)
    let text = try Installation.shared.get().text("share/metainfo/\(Installation.id).metainfo.xml")
    #expect(!version.isEmpty && text.contains("<release version=\"\(version)\""))
  }

  @Test("man shows the manual page without a warning", .enabled(if: locate("man") != nil))
  func manual() throws {
    let path = try Installation.shared.get().file("share/man/man1/heatlens.1.gz")
    var environment = programEnvironment(home: home)
    environment["LC_ALL"] = "C.UTF-8"
    let outcome = try runTool("man", ["--warnings", "-l", path], environment: environment, in: home)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.text.contains("--composite-file"))
  }

  @Test("the manual page names every option that a command's help names", arguments: commands)
  func options(_ command: String) throws {
    let page = try ManualPage(Installation.shared.get())
    #expect(page.terms(of: "COMMANDS").contains(command))
    let help = try Program().run(command, "--help", in: home).text
    let named = help.split(separator: "\n").flatMap { line -> [String] in
      guard let names = line.prefixMatch(of: /\s{2}(-[A-Za-z0-9-]+(?:, -[A-Za-z0-9-]+)*)/) else { return [] }
      return names.1.components(separatedBy: ", ")
    }
    #expect(named.count > 3)
    let told = page.terms(of: "OPTIONS").union(page.terms(of: "HEATLENS \(command.uppercased())"))
    #expect(Set(named).subtracting(told).isEmpty)
  }

  @Test("the manual page names every exit code with which the program ends here")
  func exitCodes() throws {
    let program = try Program()
    let network = try home.write("small.onnx", ONNXFile().bytes)
    let noise = try home.write("noise.onnx", Array(repeating: UInt8(7), count: 100))
    let ended = [
      try program.run("--version", in: home), try program.run("info", "--nonsense", network, in: home),
      try program.run("info", noise, in: home), try program.run("info", home.file("nowhere.onnx"), in: home),
      try program.run("view", in: home), try program.run("info", network, "-o", home.file("nowhere/report"), in: home),
      try program.run("info", network, in: home, output: "/dev/full"),
    ].map(\.status)
    #expect(ended == [0, 64, 65, 66, 69, 73, 74])
    let told = try ManualPage(Installation.shared.get()).terms(of: "EXIT STATUS")
    #expect(Set(ended.map(String.init)).subtracting(told).isEmpty)
  }

  @Test("the manual page names every variable of its own that the program reads")
  func variables() throws {
    let sources = try #require(FileManager.default.enumerator(atPath: "\(checkout)/Sources"))
    var read: Set<String> = []
    for case let name as String in sources where name.hasSuffix(".swift") {
      let text = try String(contentsOfFile: "\(checkout)/Sources/\(name)", encoding: .utf8)
      read.formUnion(text.matches(of: /"(HEATLENS_[A-Z_]+)"/).map { String($0.1) })
    }
    #expect(read.isSuperset(of: ["HEATLENS_MNIST", "HEATLENS_ASSETS"]))
    #expect(try read.subtracting(ManualPage(Installation.shared.get()).terms(of: "ENVIRONMENT")).isEmpty)
  }

  @Test(
    "bash completes commands, options, what an option takes, and names of files",
    arguments: [
      (["heatlens", "exp"], "explain"), (["heatlens", "explain", "--keep"], "--keep-layers"),
      (["heatlens", "explain", "--composite", "epsilon-ga"], "epsilon-gamma-box"),
      (["heatlens", "view", "--compare", "occ"], "occlusion"), (["heatlens", "info", "sma"], "small.onnx"),
      (["heatlens", "embed", "--map", "sma"], "small.onnx"),
    ])
  func completion(_ words: [String], _ completed: String) throws {
    _ = try home.write("small.onnx", [])
    let script = try Installation.shared.get().file("share/bash-completion/completions/heatlens")
    let commands = """
      script=$1; cd "$HOME"; shift
      source "$script"
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
      COMP_POINT=${#COMP_LINE}
      _heatlens heatlens "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let outcome = try runTool(
      "bash", ["--norc", "-c", commands, "bash", script] + words, environment: programEnvironment(home: home), in: home)
    #expect(outcome.text == completed + "\n", "\(outcome.errors)")
  }

  @Test("zsh and fish find completions of the program")
  func otherShells() throws {
    let installation = try Installation.shared.get()
    #expect(try installation.text("share/zsh/site-functions/_heatlens").hasPrefix("#compdef heatlens\n"))
    #expect(try installation.text("share/fish/vendor_completions.d/heatlens.fish").contains("complete -c 'heatlens'"))
  }

  @Test("what was installed, twice even, is taken away to the last folder; what was there before stays", arguments: [false, true])
  func uninstalling(_ isUsed: Bool) throws {
    let installation = try Installation()
    if isUsed {
      try installation.write("bin/another", "program")
      try installation.write("share/heatlens/mnist/t10k-labels-idx1-ubyte", "labels")
      try installation.write("share/icons/hicolor/16x16/apps/another.png", "icon")
    }
    let before = try installation.contents()
    try installation.mustInstall()
    let installed = try installation.contents()
    #expect(installed.count > before.count + 20)
    try installation.mustInstall()
    #expect(try installation.contents() == installed)
    #expect(try installation.script("--uninstall").status == 0)
    #expect(try installation.contents() == before)
    #expect(try installation.script("--uninstall").status == 0)
    #expect(try installation.contents() == before)
  }

  @Test("a file of an earlier version that this one does not have goes when it is installed anew")
  func anew() throws {
    let installation = try Installation()
    try installation.mustInstall()
    let installed = try installation.contents()
    try installation.write("share/heatlens/old/tsne-old.map", "map")
    let list = try installation.text("share/heatlens/manifest")
    try installation.write("share/heatlens/manifest", list + "share/heatlens/old/\nshare/heatlens/old/tsne-old.map\n")
    try installation.mustInstall()
    #expect(try installation.contents() == installed)
  }

  @Test("a file that somebody else put there is not written over, and nothing is changed")
  func foreign() throws {
    let installation = try Installation()
    let path = try installation.write("bin/heatlens", "another program")
    let before = try installation.contents()
    let outcome = try installation.install()
    #expect(outcome.status == 1 && outcome.errors.contains(path), "\(outcome.errors)")
    #expect(try installation.contents() == before)
  }

  @Test("a list that leads out of the prefix takes nothing away", arguments: ["../kept", "/kept", "share/../../kept", ".."])
  func hostileList(_ line: String) throws {
    let installation = try Installation()
    try installation.write("share/heatlens/manifest", "share/heatlens/manifest\nshare/mine\n\(line)\n")
    try installation.write("share/mine", "mine")
    let kept = try installation.folder.write("kept", "kept".utf8)
    let before = try installation.contents()
    #expect(try installation.script("--uninstall").status == 1)
    #expect(try installation.contents() == before && FileManager.default.fileExists(atPath: kept))
  }

  @Test("DESTDIR stands before all paths and in none of the files")
  func destination() throws {
    let installation = try Installation()
    let destination = installation.folder.file("package")
    #expect(try installation.install(destination: destination).status == 0)
    #expect(try installation.contents().isEmpty)
    let entry = "share/applications/\(Installation.id).desktop"
    let text = try String(contentsOfFile: "\(destination)\(installation.file(entry))", encoding: .utf8)
    #expect(text.contains("Exec=\"\(installation.file("bin/heatlens"))\"\n"))
    #expect(try installation.script("--uninstall", destination: destination).status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(destination)\(installation.prefix)").isEmpty)
  }

  @Test(
    "options that are not possible are usage errors, 64, and nothing is installed",
    arguments: [["--no-such-option"], ["--program"], ["--prefix="], ["--uninstall", "--program", "x"]])
  func usage(_ arguments: [String]) throws {
    let outcome = try runTool("\(checkout)/Scripts/install", arguments, environment: programEnvironment(home: home), in: home)
    #expect(outcome.status == 64 && outcome.complaints.count == 1, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: home.file(".local")))
  }
}
