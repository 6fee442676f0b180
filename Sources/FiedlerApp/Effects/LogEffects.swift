import Basics
import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import GodotLog
import Interchange
import JSON
import Settings

/// What the Godot log screen asks for.
extension EffectRunner {
  func loadRecords(_ query: LogQuery, token: Int) {
    perform(orElse: { .recordsFailed(for: token, $0) }) { services in
      let found = try await services.reader.search(query)
      self.inbox.post(.recordsLoaded(for: token, await services.described(found.records), horizon: found.horizon))
    }
  }

  func loadParked() {
    perform(orElse: Message.parkedFailed) { services in
      self.inbox.post(
        .parkedLoaded(
          try await services.logger.parked(limit: 1000),
          waiting: await services.described(try await services.logger.waiting())))
    }
  }

  func resendParked(_ ids: [Int64]) {
    perform(orElse: { .toast($0, .error) }) { try await $0.logger.resend(ids) }
  }

  func exportParked(_ ids: [Int64]) {
    perform(orElse: { .toast($0, .error) }) { services in
      self.inbox.post(.toast("Saved in \(try await services.exportParked(ids))", .success))
    }
  }

  func retryGodot() {
    perform(orElse: { .toast($0, .error) }) { $0.logger.retryNow() }
  }
}

extension Services {
  /// Records with what the history has of their turns.
  func described(_ records: [LoggedRecord]) async -> [LoggedRecord] {
    let turns = await described(records.compactMap(\.turn))
    var rest = turns[...]
    return records.map { record in
      var record = record
      if record.turn != nil { record.turn = rest.popFirst() }
      return record
    }
  }

  func described(_ records: [WaitingRecord]) async -> [WaitingRecord] {
    let turns = await described(records.compactMap(\.turn))
    var rest = turns[...]
    return records.map { record in
      var record = record
      if record.turn != nil { record.turn = rest.popFirst() }
      return record
    }
  }

  private func described(_ turns: [LoggedTurn]) async -> [LoggedTurn] {
    do { return try await store.described(turns) } catch {
      // The records are what was asked for; without the history they have no titles.
      return turns
    }
  }

  /// Writes records that the server refuses into a file, open to its owner alone, and returns its path.
  func exportParked(_ ids: [Int64]) async throws -> String {
    let records = try await logger.exportParked(ids)
    let stamp = Timestamp.text(Date(), .none).filter(\.isNumber)
    let file = try ReplacementFile(path: "\(paths.stateDirectory)/godot-parked-\(stamp).json")
    try file.write(records.text + "\n")
    try file.finish()
    return file.path
  }
}
