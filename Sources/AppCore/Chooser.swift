import Relevance

/// A list over the window: what was typed to narrow it, and the row with the focus.
struct Chooser: Sendable {
  enum Subject: Sendable, Hashable {
    /// Everything that explains; for the first or for the second of two methods.
    case methods
    case comparison
    /// Everything that a map can be made of.
    case representations
    /// Everything that a key or button does.
    case commands
    /// What can be opened.
    case files

    var title: String {
      switch self {
      case .methods: "Method"
      case .comparison: "Compare with"
      case .representations: "Map of"
      case .commands: "Commands"
      case .files: "Open"
      }
    }

    /// What the state report calls it.
    var name: String {
      switch self {
      case .methods: "methods"
      case .comparison: "comparison"
      case .representations: "representations"
      case .commands: "commands"
      case .files: "files"
      }
    }
  }

  enum Choice: Sendable, Equatable {
    case method(Attribution)
    case representation(Representation, detail: String)
    case command(KeyTable.Command)
    case file(FolderListing.Entry)
    /// The whole folder that is listed, as a data set.
    case folder(String)
  }

  enum Row: Sendable, Equatable {
    case heading(String)
    case choice(Choice)

    var choice: Choice? {
      if case .choice(let choice) = self { choice } else { nil }
    }
  }

  let subject: Subject
  var filter = ""
  /// Index of a choice among `rows`.
  var focus = 0
  /// The first row that is seen.
  var scroll = 0

  init(_ subject: Subject) { self.subject = subject }

  /// Groups with their choices, those that hold every word that was typed. A group without any is left out.
  static func rows(_ groups: [(title: String, choices: [Choice])], filter: String) -> [Row] {
    let words = filter.lowercased().split(separator: " ")
    var rows: [Row] = []
    for (title, choices) in groups {
      let found = choices.filter { choice in
        let text = choice.searchText(group: title)
        return words.allSatisfy { text.contains($0) }
      }
      if !found.isEmpty { rows += [.heading(title)] + found.map { .choice($0) } }
    }
    return rows
  }
}

extension Chooser.Choice {
  /// The name by which a row is told from others.
  var name: String {
    switch self {
    case .method(let method): method.name
    case .representation(let representation, _): representation.title
    case .command(let command): command.title
    case .file(let entry): entry.name
    case .folder(let path): lastComponent(of: path)
    }
  }

  var method: Attribution? {
    if case .method(let method) = self { method } else { nil }
  }

  /// In lower case, everything that what is typed may be found in.
  fileprivate func searchText(group: String) -> String {
    switch self {
    case .method(let method):
      let rules = method.settings?.composite.rows.map(\.rule.name).joined(separator: " ") ?? ""
      return "\(method.name) \(method.summary) \(rules) \(group)".lowercased()
    case .representation(let representation, let detail): return "\(representation.title) \(detail) \(group)".lowercased()
    case .command(let command): return "\(command.title) \(group)".lowercased()
    case .file(let entry): return entry.name.lowercased()
    case .folder: return "this folder as data"
    }
  }
}

extension AppState {
  func rows(_ chooser: Chooser) -> [Chooser.Row] {
    let own = (rules.isChanged ? [rules.current] : []) + savedComposites
    let groups: [(title: String, choices: [Chooser.Choice])]
    switch chooser.subject {
    case .methods, .comparison: groups = MethodList.groups(own: own)
    case .representations: groups = RepresentationList.groups(network?.network, selected: selectedLayerOutput, own: own)
    case .commands: groups = KeyTable.commands
    case .files: groups = FileList.groups(folder)
    }
    // What is typed as a path is no word to look for.
    return Chooser.rows(groups, filter: chooser.subject == .files && FileList.isPath(chooser.filter) ? "" : chooser.filter)
  }

  /// Opens a list, or closes it where it is open, with the row that is in use in focus.
  mutating func toggleList(_ subject: Chooser.Subject, isCurrent: (Chooser.Choice) -> Bool = { _ in false }) {
    if case .list(let chooser) = overlay, chooser.subject == subject {
      overlay = nil
      return
    }
    let chooser = Chooser(subject)
    overlay = .list(chooser)
    focus(row: rows(chooser).firstIndex { $0.choice.map(isCurrent) ?? false } ?? 1)
  }

  /// Takes another filter; the row whose name was typed is in focus, else one whose name begins so, else the first.
  mutating func filter(_ chooser: Chooser, by filter: String) {
    var chooser = chooser
    chooser.filter = filter
    overlay = .list(chooser)
    let rows = rows(chooser)
    let typed = filter.lowercased()
    func named(_ fits: (String) -> Bool) -> Int? { rows.firstIndex { $0.choice.map { fits($0.name.lowercased()) } ?? false } }
    // Commands stand in the order of their groups: the first that fits is in view.
    focus(row: named { $0 == typed } ?? (chooser.subject == .commands ? nil : named { $0.hasPrefix(typed) }) ?? 1)
  }

  /// Puts the focus on a row and the row in view.
  mutating func focus(_ chooser: Chooser, row: Int) {
    var chooser = chooser
    let count = rows(chooser).count
    chooser.focus = min(max(0, row), max(0, count - 1))
    // The heading of the first group is seen with its first row.
    let top = chooser.focus == 1 ? 0 : chooser.focus
    chooser.scroll = scrolled(min(chooser.scroll, top), toShow: chooser.focus, visible: overlayPlace?.visibleRows ?? 1, count: count)
    overlay = .list(chooser)
  }

  /// Moves the focus by rows that can be chosen: headings are passed over.
  mutating func moveFocus(_ chooser: Chooser, by offset: Int) {
    let rows = rows(chooser)
    let places = rows.indices.filter { rows[$0].choice != nil }
    guard !places.isEmpty else { return }
    let here = places.firstIndex { $0 >= chooser.focus } ?? places.count - 1
    focus(chooser, row: places[min(places.count - 1, max(0, here + offset))])
  }

  /// Takes what a row offers.
  mutating func chooseRow(_ row: Int) -> [Effect] {
    guard case .list(let chooser) = overlay else { return [] }
    if chooser.subject == .files, FileList.isPath(chooser.filter) { return open(typed: chooser.filter) }
    let rows = rows(chooser)
    guard rows.indices.contains(row), let choice = rows[row].choice else { return [] }
    switch choice {
    case .method(let method):
      overlay = nil
      return chooser.subject == .methods ? choose(method) : choose(asSecond: method)
    case .representation(let representation, _): return choose(representation)
    case .command(let command):
      overlay = nil
      return perform(command.action)
    case .file(let entry):
      guard let folder else { return [] }
      return entry.isFolder ? list(folder.path(of: entry)) : open(file: folder.path(of: entry))
    case .folder(let path): return open(file: path)
    }
  }

  /// The same stabilizer and sums on both sides: only what was chosen differs.
  private mutating func choose(asSecond method: Attribution) -> [Effect] {
    guard case .relevance(let offered) = method, var settings = attribution.settings else { return compare(with: method) }
    settings.composite = offered.composite
    return compare(with: .relevance(settings))
  }
}
