/// The search field over the map.
struct MapSearch: Sendable {
  static let longest = 200

  var text = ""
  /// Whether keys go into it.
  var isTyping = true
  /// nil where nothing was typed, or nothing that can be understood.
  private(set) var query: DigitQuery?
  private(set) var problem: String?
  /// Of each digit; nil without a query.
  private(set) var matches: [Bool]?
  private(set) var count = 0

  /// Cost: one pass over the digits.
  mutating func run(_ data: LoadedData?) {
    (query, problem, matches, count) = (nil, nil, nil, 0)
    do throws(DigitQuery.Problem) {
      let query = try DigitQuery(text)
      guard let data, !query.conditions.isEmpty else { return }
      self.query = query
      let found = (0..<data.collection.count).map { query.matches($0, data) }
      matches = found
      count = found.count { $0 }
    } catch {
      problem = error.text
    }
  }
}

extension AppState {
  mutating func openSearch() {
    guard data != nil else { return }
    search = search ?? MapSearch()
    search?.isTyping = true
  }

  mutating func closeSearch() {
    search = nil
    refreshLook()
  }

  /// Takes what is typed; nil erases the last character.
  mutating func typeIntoSearch(_ character: Character?) {
    guard var search else { return }
    if let character {
      guard search.text.count < MapSearch.longest else { return }
      search.text.append(character)
    } else if !search.text.isEmpty {
      search.text.removeLast()
    }
    self.search = search
    searchAgain()
  }

  mutating func searchAgain() {
    search?.run(data)
    if search?.query?.needsPredictions == true { declinesPredictions = false }
    refreshLook()
  }

  /// Selects the next digit that matches, or the one before, around the end.
  mutating func stepMatch(by direction: Int) -> [Effect] {
    guard let matches = search?.matches else { return [] }
    return stepSelection(by: direction) { matches[$0] }
  }

  /// Selects the next digit that the network takes for another one.
  mutating func stepMistake(by direction: Int) -> [Effect] {
    guard let data else { return [] }
    declinesPredictions = false
    asksForMistakes = true
    let effects = stepSelection(by: direction) { index in
      data.predictions[index].map { $0.number != Int(data.collection.labels[index]) } ?? false
    }
    if effects.isEmpty, message?.kind != .error {
      let text =
        data.predictions.isComplete ? "No digit is taken for another one" : "No mistake is known yet: predictions are being computed"
      message = Message(kind: .notice, text: text)
    }
    return effects
  }

  private mutating func stepSelection(by direction: Int, where isWanted: (Int) -> Bool) -> [Effect] {
    guard let count = data?.collection.count, count > 0 else { return [] }
    let start = selected ?? (direction > 0 ? -1 : count)
    for offset in 1...count {
      let index = ((start + direction * offset) % count + count) % count
      if isWanted(index), map.look.isShown(index) { return showing(select(index)) }
    }
    return []
  }
}
