import Canvas

extension Actions {
  private static func letter(_ character: Character) -> Key { Key(.character(character)) }

  static let replay: [Action] = [
    Action(
      .replay, "Replay as it came", [letter("p")], in: [.pane, .history], hint: "replay", command: "replay",
      anywhere: true),
    Action(.replayPlay, "Play or pause", [letter(" ")], in: [.replay], hint: "play"),
    Action(.replayBack, "5 seconds back", [Key(.left), letter("h")], in: [.replay]),
    Action(.replayForward, "5 seconds on", [Key(.right), letter("l")], in: [.replay], hint: "seek"),
    Action(.replayPreviousEvent, "To the event before", [letter(","), letter("N")], in: [.replay]),
    Action(.replayNextEvent, "To the next event", [letter("."), letter("n")], in: [.replay], hint: "event"),
    Action(.replaySlower, "Slower", [letter("-"), letter("<")], in: [.replay]),
    Action(.replayFaster, "Faster", [letter("+"), letter(">"), letter("=")], in: [.replay], hint: "speed"),
    Action(.replayPreviousExchange, "The exchange before", [letter("[")], in: [.replay]),
    Action(.replayNextExchange, "The next exchange", [letter("]")], in: [.replay], hint: "exchange"),
    Action(.replayStart, "To the start", [letter("0"), Key(.home)], in: [.replay]),
    Action(.replayEnd, "To the end, at once", [letter("i"), letter("$"), Key(.end)], in: [.replay]),
  ]
}
