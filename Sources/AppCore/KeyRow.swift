/// Keys that do related things, with the words that the help shows for them.
struct KeyRow: Sendable {
  let title: String
  /// What the help shows instead of all chords in turn; empty where only the list of commands has it.
  let keys: String
  let bindings: [(chord: Chord, action: Action)]
  /// The same for the list of commands, each action by itself.
  let commands: [KeyTable.Command]

  /// One action, by any of these chords, or by none; `name` is what it is called by itself, nil where the list of commands has it already.
  init(_ title: String, _ chords: [Chord], _ action: Action, name: String?) {
    self.title = title
    let keys = chords.map(\.title).joined(separator: "  ")
    self.keys = keys
    bindings = chords.map { ($0, action) }
    commands = name.map { [KeyTable.Command(title: $0, keys: keys, action: action)] } ?? []
  }

  /// The same under its own title.
  init(_ title: String, _ chords: [Chord], _ action: Action) {
    self.init(title, chords, action, name: title)
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
