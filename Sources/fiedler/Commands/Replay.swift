import ArgumentParser
import Canvas
import Conversations
import FiedlerApp
import Foundation
import Interchange

struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "See answers again as they came, with their original timing.",
    discussion: """
      Answers go to stdout as they came then, one model after the other as `fiedler send` writes them; progress goes to \
      stderr. With --cast the whole replay, panes and timeline, is written as an asciicast (version 2), which asciinema and \
      its web player show anywhere. Ctrl+C ends a replay.
      """)

  @Option(name: .shortAndLong, help: "How many times as fast as it was (0.25, 4, 64, ...), or instant. Default: 1.")
  var speed: String?

  @Option(name: .shortAndLong, help: "Replay the exchange that has this turn. Default: the newest exchange.")
  var turn: Int?

  @Option(name: .shortAndLong, help: "Only this model's answer; repeat it for several.")
  var model: [String] = []

  @Option(help: "Which attempt of each model. Default: the newest.")
  var attempt: Int?

  @Flag(name: .shortAndLong, help: "No progress lines on stderr.")
  var quiet = false

  @Option(
    help: ArgumentHelp(
      "Write an asciicast to this file instead; - for stdout. FIFOs, devices and /dev/fd/N are written into.",
      valueName: "file"))
  var cast: String?

  @Option(help: "Columns and rows of the asciicast. Default: 100x30.")
  var size: String?

  @Option(help: "Seconds to which players shall cut longer pauses in the asciicast.")
  var idleLimit: Double?

  @Argument(
    help: "The conversation's id, or the start of it as `fiedler history` lists it.",
    completion: Completions.conversations)
  var id: String

  func validate() throws {
    if let speed, ReplaySpeed(speed) == nil {
      throw ValidationError("--speed takes a number from 0.01 to 1000, or instant.")
    }
    if let size, Self.size(size) == nil {
      throw ValidationError("--size takes columns and rows, from 20x6 to 500x200, such as 100x30.")
    }
    if let idleLimit, !(idleLimit > 0 && idleLimit.isFinite) {
      throw ValidationError("--idle-limit takes a number of seconds above 0.")
    }
    if cast == nil, size != nil || idleLimit != nil {
      throw ValidationError("--size and --idle-limit are of use with --cast only.")
    }
    if cast != nil, speed != nil {
      throw ValidationError("A cast has its own timing: --speed does not go with --cast.")
    }
  }

  private static func size(_ text: String) -> Size? {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1], (20...500).contains(width),
      (6...200).contains(height)
    else { return nil }
    return Size(width: width, height: height)
  }

  func run() async throws {
    let services = try await Startup.settledServices()
    let conversation = try await Startup.usage { try await services.conversation(matching: id) }
    let select = ReplaySelection(turn: turn, models: model, attempt: attempt)
    guard let cast else {
      return try await play(ReplayTimeline(try Startup.usage { try select(conversation).exchange.replies }))
    }
    try Startup.usage {
      let lines = try services.cast(
        of: conversation, select, size: size.flatMap(Self.size) ?? ReplayCast.standardSize, idleLimit: idleLimit)
      try write(lines, to: cast)
    }
  }

  private func play(_ timeline: ReplayTimeline) async throws {
    let isQuiet = quiet
    for reply in timeline.replies where !isQuiet && !timeline.isExact(reply.id) {
      Output.error("\(reply.model): no recording that fits its text; it is shown whole at its end")
    }
    let printer = AnswerPrinter(
      replies: timeline.beginnings, writesAnswers: true, output: { Output.write($0) },
      progress: { if !isQuiet { Output.error($0) } })
    let player = RecordingPlayer(timeline, speed: speed.flatMap { ReplaySpeed($0) } ?? .times(1))
    let playing = Task { try await player.play(into: printer) }
    let signals = Interruption.watch { playing.cancel() }
    defer { signals.cancel() }
    Output.whenReaderGoes { playing.cancel() }
    // Who ends a replay has seen enough: that is no failure.
    do { try await playing.value } catch is CancellationError {}
  }

  private func write(_ cast: ReplayCast, to path: String) throws {
    guard path != "-" else {
      for line in cast { Output.write(line + "\n") }
      return
    }
    let file = try OutputTarget.file(path)
    for line in cast { try file.write(line + "\n") }
    try file.finish()
    if !quiet { Output.error("The replay is in \(path); play it with `asciinema play \(path)`.") }
  }
}
