import Canvas
import Conversations

extension ActionID {
  public static let replay = Self("replay")
  public static let replayPlay = Self("replay_play")
  public static let replayBack = Self("replay_back")
  public static let replayForward = Self("replay_forward")
  public static let replayPreviousEvent = Self("replay_previous_event")
  public static let replayNextEvent = Self("replay_next_event")
  public static let replaySlower = Self("replay_slower")
  public static let replayFaster = Self("replay_faster")
  public static let replayPreviousExchange = Self("replay_previous_exchange")
  public static let replayNextExchange = Self("replay_next_exchange")
  public static let replayStart = Self("replay_start")
  public static let replayEnd = Self("replay_end")
}

extension Actions {
  /// A past exchange, played again.
  static let replay: [Action] = [
    Action(
      .replay, "Replay as it came", [letter("p")], in: [.pane, .history], hint: "replay", command: "replay",
      anywhere: true, can: { $0.canReplay }, does: { $0.replayMeant() }),
    Action(
      .replayPlay, "Play or pause", [letter(" ")], in: [.replay], hint: "play",
      does: changeReplay { $0.togglePlaying($1) }),
    Action(
      .replayBack, "5 seconds back", [Key(.left), letter("h")], in: [.replay],
      does: changeReplay { $0.seek(by: .seconds(-5), $1) }),
    Action(
      .replayForward, "5 seconds on", [Key(.right), letter("l")], in: [.replay], hint: "seek",
      does: changeReplay { $0.seek(by: .seconds(5), $1) }),
    Action(
      .replayPreviousEvent, "To the event before", [letter(","), letter("N")], in: [.replay],
      does: changeReplay { $0.seekPreviousStop($1) }),
    Action(
      .replayNextEvent, "To the next event", [letter("."), letter("n")], in: [.replay], hint: "event",
      does: changeReplay { $0.seekNextStop($1) }),
    Action(
      .replaySlower, "Slower", [letter("-"), letter("<")], in: [.replay],
      does: changeReplay { $0.changeSpeed(by: -1, $1) }),
    Action(
      .replayFaster, "Faster", [letter("+"), letter(">"), letter("=")], in: [.replay], hint: "speed",
      does: changeReplay { $0.changeSpeed(by: 1, $1) }),
    Action(
      .replayPreviousExchange, "The exchange before", [letter("[")], in: [.replay],
      does: onReplay { $0.moveExchange(by: -1, &$1) }),
    Action(
      .replayNextExchange, "The next exchange", [letter("]")], in: [.replay], hint: "exchange",
      can: { $0.top(ReplayScreen.self)?.source.exchanges.count ?? 0 > 1 ? .yes : .quietly },
      does: onReplay { $0.moveExchange(by: 1, &$1) }),
    Action(
      .replayStart, "To the start", [letter("0"), Key(.home)], in: [.replay],
      does: changeReplay { $0.seek(to: .zero, $1) }),
    Action(
      .replayEnd, "To the end, at once", [letter("i"), letter("$"), Key(.end)], in: [.replay],
      does: changeReplay { $0.seek(to: $0.timeline.duration, $1) }),
  ]

  private static func onReplay(
    _ body: @escaping @Sendable (inout ReplayScreen, inout World) -> [Effect]
  ) -> Action.Doing {
    { $0.on(ReplayScreen.self, body) ?? [] }
  }

  private static func changeReplay(_ body: @escaping @Sendable (inout ReplayScreen, inout World) -> Void)
    -> Action.Doing
  {
    onReplay { screen, world -> [Effect] in
      body(&screen, &world)
      return []
    }
  }
}
