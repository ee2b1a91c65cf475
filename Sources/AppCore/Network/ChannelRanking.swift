import Datasets
import Networks
import Relevance
import Scene

/// The digits that speak most for a channel: what was asked for, and what is known.
struct ChannelRanking: Sendable {
  /// As many as are shown.
  static let count = 12
  /// After this many digits the pictures say something of the channel.
  static let firstAnswer = 256

  /// What decides the answer.
  struct Subject: Sendable, Equatable {
    let layer: Int
    let channel: Int
    let attribution: Attribution
    let network: Int
    let data: Int
  }

  struct Row: Sendable {
    let entries: [ChannelPictures.Entry]
    let pictures: [ImageAsset]
  }

  var wanted: (id: RequestID, subject: Subject)?
  /// What was found so far.
  var found: (subject: Subject, pictures: ChannelPictures)?
  /// When the first answer came, and how many digits it was of: the pace tells the time left.
  var began: (time: Duration, seen: Int)?
  var byRelevance = Row(entries: [], pictures: [])
  var byActivation = Row(entries: [], pictures: [])
}

extension AppState {
  /// Asks for the pictures of the chosen channel while they are to be seen.
  mutating func tendRanking(_ layer: Int) -> [Effect] {
    guard let network, network.problem == nil, let data, data.collection.count > 0, let (_, unit) = chosenUnit, showsRanking,
      // A map that is being computed has the processor to itself.
      !isMapRunning
    else {
      return stopRanking()
    }
    let subject = ChannelRanking.Subject(
      layer: layer, channel: unit.channel, attribution: attribution, network: network.revision, data: data.revision)
    guard view.inspector.ranking.wanted?.subject != subject else { return [] }
    lastRequestNumber += 1
    let id = RequestID(lastRequestNumber)
    if view.inspector.ranking.found?.subject != subject { view.inspector.ranking = ChannelRanking() }
    view.inspector.ranking.wanted = (id, subject)
    return [
      .rankChannel(
        ChannelRequest(
          id: id, digits: data.collection, network: network.network, query: Query(attribution), layer: layer,
          channel: unit.channel, count: ChannelRanking.count))
    ]
  }

  mutating func stopRanking() -> [Effect] {
    guard view.inspector.ranking.wanted != nil else { return [] }
    view.inspector.ranking.wanted = nil
    return [.stopRanking]
  }

  mutating func channelRanked(_ id: RequestID, _ pictures: ChannelPictures) {
    guard let wanted = view.inspector.ranking.wanted, wanted.id == id, let data else { return }
    func row(_ entries: [ChannelPictures.Entry], _ name: String, _ old: ChannelRanking.Row) -> ChannelRanking.Row {
      guard entries.map(\.digit) != old.entries.map(\.digit) else { return ChannelRanking.Row(entries: entries, pictures: old.pictures) }
      let known = entries.filter { $0.digit < data.collection.count }
      return ChannelRanking.Row(
        entries: known,
        pictures: known.enumerated().map { place, entry in asset("ranked.\(name).\(place)", Pictures.gray(data.picture(entry.digit))) })
    }
    let old = view.inspector.ranking
    view.inspector.ranking.byRelevance = row(pictures.byRelevance, "relevance", old.byRelevance)
    view.inspector.ranking.byActivation = row(pictures.byActivation, "activation", old.byActivation)
    view.inspector.ranking.found = (wanted.subject, pictures)
    if old.began == nil || (old.began?.seen ?? 0) > pictures.seen { view.inspector.ranking.began = (now, pictures.seen) }
  }

  /// What was found of the chosen channel; nothing where none is chosen.
  var shownRanking: ChannelRanking {
    guard let unit = chosenUnit?.unit, let layer = shownLayer?.layer, let found = view.inspector.ranking.found,
      found.subject.channel == unit.channel, found.subject.layer == layer
    else { return ChannelRanking() }
    return view.inspector.ranking
  }

  /// How long it takes to look at all other digits, in seconds, at the pace so far; nil before there is one.
  var rankingSecondsLeft: Double? {
    let ranking = shownRanking
    guard let began = ranking.began, let pictures = ranking.found?.pictures, pictures.seen > began.seen, pictures.seen < pictures.of else {
      return nil
    }
    let seconds = (now - began.time).inSeconds
    return seconds < 2 ? nil : seconds / Double(pictures.seen - began.seen) * Double(pictures.of - pictures.seen)
  }

  /// Whether enough digits were looked at for a first answer, or none is wanted.
  var hasRanked: Bool {
    let ranking = view.inspector.ranking
    guard let wanted = ranking.wanted else { return true }
    guard let found = ranking.found, found.subject == wanted.subject else { return false }
    return found.pictures.seen >= min(found.pictures.of, ChannelRanking.firstAnswer)
  }

  /// Whether there is a place for these pictures now: their tab, or beside the maps where there is room.
  var showsRanking: Bool {
    guard selectedNode != nil, let place = layout.network, let frame = networkParts(place).inspector else { return false }
    switch view.inspector.tab {
    case .pictures: return true
    case .maps: return InspectorParts(frame, unit: layout.unit).hasRoomBeside
    case .layer, .weights, .arithmetic: return false
    }
  }
}
