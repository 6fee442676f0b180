import Conversations
import FiedlerUI
import FoundationEssentials
import Glibc
import GodotLog
import JSON
import Settings

/// What the Godot log screen asks for.
extension EffectRunner {
  func inspect(_ effect: Effect) {
    switch effect {
    case .loadRecords(let query, let token):
      perform(orElse: { .recordsFailed(for: token, $0) }) { services in
        self.inbox.post(.recordsLoaded(for: token, try await services.reader.records(query)))
      }
    case .loadParked:
      perform(orElse: Message.parkedFailed) { services in
        self.inbox.post(.parkedLoaded(try await services.logger.parked(limit: 1000)))
      }
    case .resendParked(let ids):
      perform(orElse: { .toast($0, .error) }) { try await $0.logger.resend(ids) }
    case .exportParked(let ids):
      perform(orElse: { .toast($0, .error) }) { services in
        self.inbox.post(.toast("Saved in \(try await services.exportParked(ids))", .success))
      }
    case .retryGodot:
      perform(orElse: { .toast($0, .error) }) { $0.logger.retryNow() }
    default: break
    }
  }
}

/// A file that cannot be written.
struct ExportError: Error, CustomStringConvertible {
  var path: String
  var reason: String
  var description: String { "\(path) cannot be written: \(reason)" }
}

extension Services {
  /// Writes records that the server refuses into a new file, open to its owner alone, and returns its path.
  func exportParked(_ ids: [Int64]) async throws -> String {
    let bytes = try await logger.exportParked(ids).bytes + [UInt8(ascii: "\n")]
    let stamp = Date().formatted(.iso8601).filter(\.isNumber)
    let path = "\(paths.stateDirectory)/godot-parked-\(stamp).json"
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ExportError(path: path, reason: String(cString: strerror(errno))) }
    defer { _ = Glibc.close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw ExportError(path: path, reason: String(cString: strerror(errno))) }
      written += count
    }
    return path
  }
}
