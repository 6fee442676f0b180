import Conversations
import Foundation
import GRDB
import GodotLog
import JSON
import MCP
import Synchronization
import TestSupport

/// What tests of the whole client have in common: loggers on a folder of their own, and what a scripted server has of
/// their turns.
struct LoggerBench {
  // Lives as long as the test does, or the folder would go too early.
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Every health a logger told of.
  final class Diary: Sendable {
    private let pages = Mutex<[LogHealth]>([])
    var all: [LogHealth] { pages.withLock { $0 } }
    func write(_ health: LogHealth) { pages.withLock { $0.append(health) } }
  }

  func logger(
    _ database: DatabasePool, _ url: String, token: String? = nil, caFile: String? = nil,
    secrets: [String] = [], diary: Diary = Diary()
  ) -> GodotLogger {
    GodotLogger(
      database: database,
      configuration: GodotConfiguration(
        destination: .url(url), token: { token }, caFile: caFile, lockFile: scratch.lockFile,
        redactor: Redactor(secrets: secrets))
    ) { diary.write($0) }
  }

  func turns(conversations: Int, turns: Int) -> [TurnRecord] {
    (1...turns).flatMap { number in (1...conversations).map { turn(number, of: conversation($0)) } }
  }

  /// Turn numbers that arrived, by conversation, in the order of arrival.
  func arrived(_ godot: ScriptedGodot, _ number: Int) -> [Int] {
    let id = conversation(number).uuidString.lowercased()
    let logs = godot.records.logs.filter { $0["data"]?["conversation_id"]?.string == id }
    return godot.dialect == .a
      ? logs.compactMap { $0["data"]?["turn_number"]?.int } : godot.records.messages(session: id).map(\.turnNumber)
  }

  /// Without the repeats.
  func firsts(_ numbers: [Int]) -> [Int] {
    numbers.enumerated().filter { !numbers[..<$0.offset].contains($0.element) }.map(\.element)
  }
}
