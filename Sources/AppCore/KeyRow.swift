/// Keys that do related things, with the words that the help shows for them.
struct KeyRow: Sendable {
  let title: String
  /// What the help shows instead of all chords in turn; empty where only the list of commands has it.
  let keys: String
  let bindings: [(chord: Chord, action: Action)]
  /// The same for the list of commands, each action by itself.
  let commands: [KeyTable.Command]

  /// One action, by any of these chords, or by none.
  init(_ title: String, _ chords: [Chord], _ action: Action) {
    self.title = title
    keys = chords.map(\.title).joined(separator: "  ")
    bindings = chords.map { ($0, action) }
    commands = [KeyTable.Command(title: title, keys: keys, action: action)]
  }

  /// Several actions.
  ///
  /// - Parameter names: what each is called by itself; where there is none, none is in the list of commands.
  init(_ title: String, keys: String, _ bindings: [(chord: Chord, action: Action)], names: [String] = []) {
    self.title = title
    self.keys = keys
    self.bindings = bindings
    commands = zip(names, bindings).map { KeyTable.Command(title: $0, keys: $1.chord.title, action: $1.action) }
  }

  /// Something that is done with the mouse.
  init(_ title: String, mouse: String) { self.init(title, keys: mouse, []) }
}
