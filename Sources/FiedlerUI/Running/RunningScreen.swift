import Canvas
import Conversations
import FoundationEssentials

/// What still runs: the conversations of this program whose answers come, the one on the screen first.
struct RunningScreen: Screen {
  private var selected = 0

  /// The conversations that are listed.
  static func conversations(_ world: World) -> [Conversation] {
    ([world.live.conversation].compactMap(\.self) + world.others).filter(world.isRunning)
  }

  func contexts(_ world: World) -> [KeyContext] { [.running, .list, .screens, .everywhere] }

  /// The selected row; the last one where rows have gone.
  func row(_ world: World) -> Int { max(0, min(selected, Self.conversations(world).count - 1)) }

  private func selected(_ world: World) -> Conversation? {
    let conversations = Self.conversations(world)
    return conversations.isEmpty ? nil : conversations[row(world)]
  }

  mutating func settle(_ world: World) { selected = row(world) }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    let page = max(1, RunningView.rows(world.room(in: world.size)) - 1)
    selected = max(0, min(selected + motion.step(page: page), Self.conversations(world).count - 1))
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    step == 0 ? [] : move(.rows(step.signum()), &world)
  }

  var canOpen: Bool { true }

  /// Shows its panes, at their ends.
  mutating func open(_ world: inout World) -> [Effect] {
    guard let conversation = selected(world) else {
      world.show("Nothing runs")
      return []
    }
    world.then { app in
      let effects = app.leaveScreens()
      app.open(conversation, continues: false)
      return effects + [.title(conversation.title)]
    }
    return []
  }

  /// Stops the answers of the selected conversation.
  func stop(_ world: World) -> [Effect] {
    let replies = selected(world)?.exchanges.flatMap(\.replies) ?? []
    return replies.filter { world.sendStarts[$0.id] != nil }.map { .cancel(reply: $0.id) }
  }

  func meant(_ world: World) -> MeantConversation? { selected(world).map { MeantConversation($0) } }

  /// The times grow.
  func nextChange(_ world: World) -> Duration? {
    world.movesByItself && world.runningReplies > 0 ? world.now + .milliseconds(100) : nil
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    RunningView(running: self, world: look.world, theme: look.theme, now: look.now)
      .draw(look.world.room(in: size), &frame)
  }
}
