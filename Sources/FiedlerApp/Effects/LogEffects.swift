import Basics
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
      self.inbox.post(.recordsLoaded(for: token, found.records, horizon: found.horizon))
    }
  }

  func loadParked() {
    perform(orElse: Message.parkedFailed) { services in
      self.inbox.post(.parkedLoaded(try await services.logger.parked(limit: 1000)))
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
