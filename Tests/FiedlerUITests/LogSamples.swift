import Canvas
import Conversations
import FoundationEssentials

@testable import FiedlerUI

/// What a log server and an outbox might hold.
enum LogSamples {
  static func record(
    _ number: Int, _ level: LogLevel = .info, _ component: String = "fiedler-conversations", _ message: String? = nil,
    trace: UUID? = nil, data: String? = nil
  ) -> LoggedRecord {
    LoggedRecord(
      id: AppDriver.id(7000 + number), time: AppDriver.launch.addingTimeInterval(Double(-number * number) * 61.037),
      level: level, component: component, message: message ?? "Conversation 1f0c9a2e turn \(number) (assistant)",
      trace: trace, data: data)
  }

  static let trace = UUID(uuidString: "1F0C9A2E-1111-4222-8333-444455556666")!

  static func turn(_ number: Int, model: String? = nil, _ words: String, title: String = "Retry logic") -> LoggedTurn {
    LoggedTurn(
      conversation: AppDriver.id(1), number: number, model: model, tokens: model == nil ? 8 : 139,
      duration: model == nil ? nil : .milliseconds(2_900), state: model == nil ? nil : .success, title: title,
      words: words)
  }

  static let waiting: [WaitingRecord] = [
    WaitingRecord(
      id: 7, title: "turn 1", turn: turn(1, "What does attempt do?"),
      createdAt: AppDriver.launch.addingTimeInterval(-90)),
    WaitingRecord(
      id: 8, title: "turn 2", turn: turn(2, model: "gpt-4o-mini", "It **counts** tries."),
      createdAt: AppDriver.launch.addingTimeInterval(-80)),
    WaitingRecord(id: 9, title: "godot: slow answer", createdAt: AppDriver.launch.addingTimeInterval(-70)),
  ]

  private static func logged(_ number: Int, _ turn: LoggedTurn) -> LoggedRecord {
    var record = record(number)
    record.turn = turn
    return record
  }

  static let records: [LoggedRecord] =
    [
      record(0, .info, trace: trace, data: "{\n  \"role\" : \"assistant\",\n  \"content\" : \"It looks right.\"\n}"),
      record(1, .error, "billing", "漢字 in a message \u{1B}[31m that would colour the screen\nand break the line"),
      record(2, .warn, "a-component-with-a-name-that-is-longer-than-its-column", "Slow answer", trace: trace),
      record(3, .debug, "gateway", String(repeating: "a long message ", count: 40)), record(4, .trace, "gateway", ""),
      logged(5, turn(3, model: "deepseek-r1", "The delay is **never** reset:\nafter one bad minute")),
      logged(6, turn(2, model: "gpt-4o-mini", "It counts tries.")), logged(7, turn(1, "What does attempt do?")),
    ] + (8..<60).map { record($0) }

  static func parked(_ count: Int) -> [ParkedRecord] {
    (0..<count).map { number in
      ParkedRecord(
        id: Int64(40 + number), title: "turn \(number + 3) of 1f0c9a2e (assistant)", conversation: AppDriver.id(1),
        reason: number % 2 == 0 ? "message too large: the server takes 1 MiB" : "invalid input \u{7} for 漢字 in role",
        attempts: number + 1, size: 1_300_000 * (number + 1),
        createdAt: AppDriver.launch.addingTimeInterval(Double(-number * 900 - 130)))
    }
  }

  static let refused = LogHealth(
    state: .disconnected(reason: "connection refused"), pending: 14, parked: 2,
    parkedReason: "message too large", evicted: 3, oldestPending: .seconds(90), nextRetry: .seconds(8),
    lastError: "duplicate key value violates unique constraint", sent: 1_204)
}

extension AppDriver {
  /// The Godot log with its records loaded.
  static func records(_ width: Int, _ height: Int, _ records: [LoggedRecord] = LogSamples.records) -> AppDriver {
    var app = AppDriver(width, height)
    app.tell(.health(LogHealth(state: .connected, sent: 1_204, isEmbedded: true)))
    app.press(Key(.function(2)))
    app.tell(.parkedLoaded([]))
    app.tell(.recordsLoaded(for: app.state.log.records.token, records))
    return app
  }

  /// The Godot log with refused records.
  static func outbox(_ width: Int, _ height: Int, _ count: Int = 2) -> AppDriver {
    var app = AppDriver(width, height)
    app.tell(.health(LogSamples.refused))
    app.press(Key(.function(2)))
    app.tell(.parkedLoaded(LogSamples.parked(count)))
    return app
  }

  /// The query of the last ``Effect/loadRecords(_:token:)``.
  var asked: LogQuery? {
    for case .loadRecords(let query, _) in effects { return query }
    return nil
  }
}
