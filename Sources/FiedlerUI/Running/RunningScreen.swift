import Canvas
import Conversations
import FoundationEssentials

/// What still runs: the conversations whose answers come, those of this program first, then what other processes of
/// this machine send.
struct RunningScreen: Screen {
  private var selected = 0
  /// Whose panes are to be shown as soon as it is read.
  private var opening: UUID?

  /// `opening`: the conversation that the shell has been asked for.
  init(opening: UUID? = nil) { self.opening = opening }

  func contexts(_ world: World) -> [KeyContext] { [.running, .list, .screens, .everywhere] }

  /// The selected row; the last one where rows have gone.
  func row(_ world: World) -> Int { max(0, min(selected, RunningRow.all(world).count - 1)) }

  private func selected(_ world: World) -> RunningRow? {
    let rows = RunningRow.all(world)
    return rows.isEmpty ? nil : rows[row(world)]
  }

  mutating func settle(_ world: World) { selected = row(world) }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    let page = max(1, RunningView.rows(world.room(in: world.size)) - 1)
    selected = max(0, min(selected + motion.step(page: page), RunningRow.all(world).count - 1))
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    step == 0 ? [] : move(.rows(step.signum()), &world)
  }

  var canOpen: Bool { true }

  /// Shows its panes, at their ends.
  mutating func open(_ world: inout World) -> [Effect] {
    guard let row = selected(world) else {
      world.show("Nothing runs")
      return []
    }
    guard let conversation = row.conversation else {
      opening = row.id
      return [.openConversation(row.id)]
    }
    show(conversation, &world)
    return []
  }

  private func show(_ conversation: Conversation, _ world: inout World) {
    world.then { app in
      let effects = app.leaveScreens()
      app.open(conversation, continues: false)
      return effects + [.title(conversation.title)]
    }
  }

  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect] {
    switch message {
    case .conversationLoaded(let loaded) where loaded.id == opening:
      opening = nil
      if isShown { show(loaded, &world) }
    case .loadFailed: opening = nil
    default: break
    }
    return []
  }

  /// Stops the answers of the selected conversation, whichever process streams them.
  func stop(_ world: World) -> [Effect] { selected(world)?.answers.map { .cancel(reply: $0.id) } ?? [] }

  func meant(_ world: World) -> MeantConversation? {
    selected(world).map { row in
      row.conversation.map { MeantConversation($0) } ?? MeantConversation(id: row.id, title: row.title, isPinned: false)
    }
  }

  /// The times grow.
  func nextChange(_ world: World) -> Duration? {
    world.movesByItself && !RunningRow.all(world).isEmpty ? world.now + .milliseconds(100) : nil
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    RunningView(running: self, world: look.world, theme: look.theme, now: look.now)
      .draw(look.world.room(in: size), &frame)
  }
}
