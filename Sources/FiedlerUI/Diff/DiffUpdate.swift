import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  /// Compares the answer in view with that of the next pane, or with another attempt.
  mutating func openDiff() -> [Effect] {
    let stage = stage
    guard stage.activeModel != nil, let exchange = stage.exchangeInView(world), let shown = stage.replyInView(world),
      !shown.text.isEmpty
    else {
      world.show("There is no answer here to compare yet")
      return []
    }
    let nextPanes = stage.panes[(stage.activePane + 1)...] + stage.panes[..<stage.activePane]
    let beside = nextPanes.compactMap { $0.shownReply(in: exchange) }.first { !$0.text.isEmpty && $0.id != shown.id }
    guard let other = beside ?? exchange.answers(besides: shown.id).last else {
      world.show("There is no other answer to this prompt to compare with")
      return []
    }
    open(DiffScreen(exchange: exchange.id, isInline: world.isPlain))
    return on(DiffScreen.self) { $0.compare(shown.id, other.id, &$1) } ?? []
  }
}

extension Exchange {
  /// The answers to its prompt but one, attempts included.
  fileprivate func answers(besides reply: UUID) -> [Reply] { replies.filter { $0.id != reply && !$0.text.isEmpty } }
}

extension DiffScreen {
  func contexts(_ world: World) -> [KeyContext] { [.diff, .screens, .everywhere] }

  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect] {
    if case .compared(token, let comparison) = message { take(comparison) }
    return []
  }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    scroll(by: motion.step(page: max(1, height - 1)))
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    scroll(by: step)
    return []
  }

  mutating func settle(_ world: World) {
    fit(DiffLayout(self, world.room(in: world.size)), hasColors: !world.theme.isMonochrome)
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    DiffView(diff: self, world: look.world, theme: look.theme).draw(look.world.room(in: size), &frame)
  }

  // MARK: What is compared

  private func exchange(_ world: World) -> Exchange? {
    let here = world.conversation?.exchanges.last { $0.id == exchange }
    return (here ?? world.branches.rest.first { $0.id == exchange }).map(world.shown)
  }

  mutating func compare(_ left: UUID, _ right: UUID, _ world: inout World) -> [Effect] {
    guard let exchange = exchange(world), let left = side(left, of: exchange, world),
      let right = side(right, of: exchange, world)
    else { return [] }
    self.left = left
    self.right = right
    comparison = nil
    form = nil
    isPlain = false
    top = Place()
    change = nil
    token = world.nextToken()
    guard !world.isSuspect(world.conversation?.id) else {
      take(Comparison(replacing: left.text, by: right.text), isPlain: true)
      return []
    }
    return [.compare(old: left.text, new: right.text, token: token)]
  }

  private func side(_ id: UUID, of exchange: Exchange, _ world: World) -> Side? {
    guard let reply = exchange.replies.first(where: { $0.id == id }) else { return nil }
    let attempts = exchange.attempts(reply.model)
    let place = attempts.firstIndex { $0.id == id } ?? 0
    let attempt = attempts.count > 1 ? "attempt \(place + 1) of \(attempts.count)" : nil
    return Side(reply: id, model: reply.model, attempt: attempt, text: reply.text)
  }

  /// Whether more has come of either answer since they were compared.
  func isOutdated(_ world: World) -> Bool {
    guard let exchange = exchange(world) else { return false }
    return [left, right].compactMap(\.self).contains { side in
      exchange.replies.contains { $0.id == side.reply && $0.text.utf8.count != side.text.utf8.count }
    }
  }

  /// Whether there are answers to compare with beside the one that is.
  func hasOtherAnswers(_ world: World) -> Bool {
    guard let left, let exchange = exchange(world) else { return false }
    return exchange.answers(besides: left.reply).count > 1
  }

  // MARK: What the user asks

  mutating func changeLayout(_ world: inout World) {
    if world.size.width < DiffLayout.wide {
      world.show("Side by side needs \(DiffLayout.wide) columns")
    } else {
      isInline.toggle()
    }
  }

  mutating func compareAgain(_ world: inout World) -> [Effect] {
    guard let left, let right else { return [] }
    return world.trustAgain(world.conversation?.id) + compare(left.reply, right.reply, &world)
  }

  mutating func compareOther(_ step: Int, _ world: inout World) -> [Effect] {
    guard let left, let right, let exchange = exchange(world) else { return [] }
    let others = exchange.answers(besides: left.reply)
    guard hasOtherAnswers(world) else {
      world.show("There is no other answer to this prompt")
      return []
    }
    let here = others.firstIndex { $0.id == right.reply } ?? 0
    return compare(left.reply, others[(here + step + others.count) % others.count].id, &world)
  }

  /// Shows what is common instead of what differs, or the other way round.
  mutating func changeForm() {
    form = shownForm == .common ? .words : .common
    top = Place()
    change = nil
    findChanges()
  }

  func copy(_ world: World) -> [Effect] {
    guard let difference, let left, let right else { return [] }
    if shownForm == .common, let telling = comparison?.ground?.telling {
      let lines = [
        ("both", telling.both), (world.label(left.model), telling.only[0]), (world.label(right.model), telling.only[1]),
      ]
      let text = lines.map { "\($0.0): \($0.1.joined(separator: ", "))\n" }.joined()
      return [.copy(text, words: "what both answers and either alone are about")]
    }
    let changes = Figures.plural(changes.count, "change")
    return [.copy(difference.unified(left.text, right.text), words: "both as one text, \(changes) marked")]
  }
}
