import Canvas
import Conversations
import FoundationEssentials
import Synchronization

/// Writes answers to stdout as they stream, each under its model's heading, and progress to stderr.
///
/// The first model's answer is written as it comes; the others wait, so that answers never mix.
/// When it has ended, the next one is written as far as it has come, and so on.
public final class AnswerPrinter: SendEventSink {
  private struct State {
    var replies: [Reply]
    /// The reply being written, an index into `replies`.
    var current = 0
    /// UTF-8 bytes of the current reply's text already written. Line ends wait until more text follows them, so that
    /// every answer ends with exactly one.
    var written = 0
    var hasHeading = false
  }

  private let state: Mutex<State>
  private let writesAnswers: Bool
  private let output: @Sendable (String) -> Void
  private let progress: @Sendable (String) -> Void

  /// `writesAnswers` is false where the caller prints a report at the end instead.
  /// `output` and `progress` are called in order, one at a time, on any thread.
  public init(
    replies: [Reply], writesAnswers: Bool, output: @escaping @Sendable (String) -> Void,
    progress: @escaping @Sendable (String) -> Void
  ) {
    state = Mutex(State(replies: replies))
    self.writesAnswers = writesAnswers
    self.output = output
    self.progress = progress
  }

  /// The replies as far as they have come.
  public var replies: [Reply] { state.withLock { $0.replies } }

  public func receive(_ events: [ReplyEvent]) {
    state.withLock { state in
      var endings: [String] = []
      for event in events {
        guard let index = state.replies.firstIndex(where: { $0.id == event.reply }) else { continue }
        state.replies[index].apply(event.event, at: event.at)
        guard let line = EventLine.text(for: event.event, reply: state.replies[index]) else { continue }
        // The end of an answer is told behind it.
        if state.replies[index].state.isFinal { endings.append(line) } else { progress(line) }
      }
      if writesAnswers { write(&state) }
      endings.forEach(progress)
    }
  }

  private func write(_ state: inout State) {
    while state.current < state.replies.count {
      let reply = state.replies[state.current]
      if !state.hasHeading, !reply.text.isEmpty || reply.state.isFinal {
        output((state.current == 0 ? "" : "\n") + "## \(reply.model)\n\n")
        state.hasHeading = true
      }
      let text = reply.text.utf8
      let start = text.index(text.startIndex, offsetBy: state.written)
      if let last = text[start...].lastIndex(where: { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }) {
        let end = text.index(after: last)
        output(String(reply.text[start..<end]))
        state.written = text.distance(from: text.startIndex, to: end)
      }
      guard reply.state.isFinal else { return }
      let note = Self.note(reply, isBlank: state.written == 0)
      output(state.written == 0 ? note : note.isEmpty ? "\n" : "\n\n" + note)
      state.current += 1
      state.written = 0
      state.hasHeading = false
    }
  }

  /// What is said under an answer that is not whole.
  private static func note(_ reply: Reply, isBlank: Bool) -> String {
    if reply.state == .success {
      return isBlank ? "[the answer is empty]\n" : reply.failure.map { "[\($0.message)]\n" } ?? ""
    }
    return "[\(reply.state.rawValue)" + (reply.failure.map { ": \($0.message)" } ?? "") + "]\n"
  }
}

/// One line of progress for the events worth one.
enum EventLine {
  static func text(for event: SendEvent, reply: Reply) -> String? {
    let name = reply.model.description
    switch event {
    case .firstToken:
      return "◐ \(name): first token after \((reply.timeToFirstToken ?? .zero).shown)"
    case .retrying(let attempt, let maximum, let delay, let cause):
      return "↻ \(told(cause, of: name)); request \(attempt + 1) of \(maximum) in \(delay.shown)"
    case .finished(let reason):
      var line = "● \(name): done in \((reply.duration ?? .zero).shown), \(reply.completionTokens) tokens"
      if reason != .stop { line += " (\(reason.name))" }
      return line
    case .failed(let failure):
      return "\(reply.text.isEmpty ? "✕" : "◑ partial answer;") \(told(failure, of: name))"
    case .damaged(let remark):
      return "◑ \(told(remark, of: name))"
    case .cancelled:
      return "■ \(name): cancelled"
    case .queued, .connecting, .text, .reasoning, .usage, .continuation:
      return nil
    }
  }

  /// Most messages begin with the model's name; it is not said twice.
  private static func told(_ failure: SendFailure, of name: String) -> String {
    failure.message.hasPrefix(name) ? failure.message : "\(name): \(failure.message)"
  }
}
