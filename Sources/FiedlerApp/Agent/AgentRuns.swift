import Conversations
import FoundationEssentials
import Interchange
import JSON
import MCP
import Synchronization

/// The sends of this process that agents asked for: those that run, and the last that ended.
final class AgentRuns: Sendable {
  /// One send.
  struct Run: Sendable {
    var conversation: UUID
    var prompt: Prompt
    var replies: [Reply]
    /// What the tool answered; `nil` while it runs.
    var outcome: JSON?
  }

  private static let mostKept = 100
  private let runs = Mutex<[Run]>([])

  func begin(_ run: Run) {
    runs.withLock { runs in
      runs.append(run)
      if runs.count > Self.mostKept, let ended = runs.firstIndex(where: { $0.outcome != nil }) {
        runs.remove(at: ended)
      }
    }
  }

  func apply(_ events: [ReplyEvent], to prompt: UUID) {
    change(prompt) { run in
      for event in events {
        guard let index = run.replies.firstIndex(where: { $0.id == event.reply }) else { continue }
        run.replies[index].apply(event.event, at: event.at)
      }
    }
  }

  func end(_ prompt: UUID, _ outcome: JSON) { change(prompt) { $0.outcome = outcome } }

  private func change(_ prompt: UUID, _ body: (inout Run) -> Void) {
    runs.withLock { runs in
      guard let index = runs.firstIndex(where: { $0.prompt.id == prompt }) else { return }
      body(&runs[index])
    }
  }

  /// Newest first.
  func all() -> [Run] { runs.withLock { $0.reversed() } }
}

/// Passes a send's events on to the list of runs, and tells the client how far it has come.
final class AgentProgress: SendEventSink {
  private struct State {
    /// How far each reply has come, from 0 to 1.
    var done: [UUID: Double]
    var ended = 0
  }

  private let prompt: Prompt
  private let names: [UUID: String]
  private let tellsOfWaiting: Bool
  private let runs: AgentRuns
  private let report: @Sendable (ToolProgress) -> Void
  private let state: Mutex<State>

  /// - `tellsOfWaiting`: whether models may have to wait for others of the send.
  init(
    _ exchange: Exchange, tellsOfWaiting: Bool, runs: AgentRuns, report: @escaping @Sendable (ToolProgress) -> Void
  ) {
    prompt = exchange.prompt
    names = Dictionary(exchange.replies.map { ($0.id, $0.model.name) }, uniquingKeysWith: { first, _ in first })
    state = Mutex(State(done: names.mapValues { _ in 0 }))
    self.tellsOfWaiting = tellsOfWaiting
    self.runs = runs
    self.report = report
  }

  func receive(_ events: [ReplyEvent]) {
    runs.apply(events, to: prompt.id)
    for event in events {
      guard let (share, words) = Self.step(event.event) else { continue }
      // Under the lock, so that reports go out in the order of what they tell.
      state.withLock { state in
        guard let before = state.done[event.reply], share > before else { return }
        state.done[event.reply] = share
        if share == 1 { state.ended += 1 }
        let name = names[event.reply] ?? ""
        let waiting = tellsOfWaiting ? state.done.values.count { $0 == 0 } : 0
        let figures = "\(state.ended)/\(names.count) ended" + (waiting > 0 ? ", \(waiting) waiting" : "")
        report(
          ToolProgress(
            done: state.done.values.reduce(0, +), total: Double(names.count), message: "\(name) \(words) (\(figures))"))
      }
    }
  }

  private static func step(_ event: SendEvent) -> (share: Double, words: String)? {
    switch event {
    case .connecting: (0.1, "connects")
    case .firstToken: (0.3, "answers")
    case .finished: (1, "is done")
    case .failed: (1, "failed")
    case .cancelled: (1, "was stopped")
    case .queued, .text, .reasoning, .usage, .continuation, .damaged, .retrying: nil
    }
  }
}
