import Canvas
import Conversations
import FoundationEssentials

extension Stage {
  func canOpenPoints(_ world: World) -> Possibility {
    guard exchangeInView(world) != nil else { return .no("There is no answer here yet") }
    guard readingInView(world) == nil else { return .yes }
    let key = world.keyMap.name(of: .synthesize, in: [.pane]) ?? "/synthesize"
    return .no("Nobody has read these answers; \(key) has one model read them")
  }

  /// The reading in view, or the newest one of the answers in view.
  private func readingInView(_ world: World) -> (reading: Reply, synthesis: Synthesis)? {
    guard let shown = exchangeInView(world) else { return nil }
    if let synthesis = shown.prompt.synthesis,
      let reply = replyInView(world) ?? shown.replies.last, !reply.text.isEmpty
    {
      return (reply, synthesis)
    }
    let answers = Set(shown.replies.map(\.id))
    for exchange in (conversation(world)?.exchanges ?? []).reversed() {
      guard let synthesis = exchange.prompt.synthesis,
        synthesis.sources.contains(where: { answers.contains($0.reply) }),
        let reply = exchange.replies.last(where: { !$0.text.isEmpty })
      else { continue }
      return (reply, synthesis)
    }
    return nil
  }

  /// Lists what the reading says, each point with whose answers say it, then what it leaves out.
  func openPoints(_ world: inout World) {
    guard !world.hidesNames else { return world.refuseNames() }
    guard let (reading, synthesis) = readingInView(world) else { return }
    let answers = (conversation(world)?.exchanges ?? []).flatMap(\.replies)
    let found = SynthesisPoints(of: reading.text, synthesis, answers: answers)
    let points = found.points.map { item($0, group: $0.heading.isEmpty ? "What it says" : $0.heading, world) }
    let dropped = found.dropped.map { item($0, group: "What it leaves out", world) }
    guard !(points + dropped).isEmpty else { return world.show("It makes no point yet") }
    let title = "\(Figures.plural(points.count, "point")), \(Figures.count(dropped.count)) left out"
    world.lay(PickerLayer(kind: .points(found.points + found.dropped), title: title, items: points + dropped))
  }

  private func item(_ point: SynthesisPoints.Point, group: String, _ world: World) -> PickerLayer.Item {
    let mark = point.isDone.map { $0 ? "✓ " : "○ " } ?? ""
    let authors = point.places.map { world.label($0.author) }
    let source = authors.count > 2 ? "\(authors[0]) +\(authors.count - 1)" : authors.joined(separator: ", ")
    let passages = point.places.map { "\(world.label($0.author)): \($0.text)" }.joined(separator: "\n")
    return PickerLayer.Item(
      title: mark + point.text, note: "", details: [source], problem: point.places.isEmpty ? "in no answer" : nil,
      preview: passages, group: group)
  }
}

extension ComposeScreen {
  /// Has the panes show where a point is from.
  mutating func show(_ point: SynthesisPoints.Point, _ world: inout World) -> [Effect] {
    guard let first = point.places.first, let exchanges = world.conversation?.exchanges,
      let turn = exchanges.lastIndex(where: { $0.replies.contains { $0.id == first.reply } })
    else {
      world.show("No answer here says this")
      return []
    }
    let exchange = exchanges[turn]
    for place in point.places {
      guard let pane = stage.panes.firstIndex(where: { $0.model == place.author }),
        stage.panes[pane].shownReply(in: exchange)?.id != place.reply
      else { continue }
      // What was read is another attempt than the one shown.
      let isNewest = exchange.attempts(place.author).last?.id == place.reply
      stage.panes[pane].attempts[exchange.id] = isNewest ? nil : place.reply
      stage.panes[pane].document.reopen(from: turn)
    }
    reveal = ConversationPlace(
      exchange: exchange.id, reply: first.reply, offset: first.range.lowerBound,
      others: Dictionary(
        point.places.map { ($0.reply, $0.range.lowerBound) }, uniquingKeysWith: { earlier, _ in earlier }))
    let text = exchange.replies.first { $0.id == first.reply }?.text ?? ""
    revealedWord = Self.words(of: text.part(first.range))
    focus = .pane
    return []
  }

  /// The words of a passage's first line by which it is marked: the most that no mark of Markdown parts, since what is
  /// looked for stands in the source.
  private static func words(of passage: Substring) -> String {
    let line = passage.drop(while: \.isWhitespace).prefix { !$0.isNewline }.prefix(200)
    let plain = line.split { "`*_[]()#|".contains($0) }
    let longest = plain.max { $0.count < $1.count } ?? ""
    return longest.split(separator: " ").prefix(8).joined(separator: " ")
  }
}
