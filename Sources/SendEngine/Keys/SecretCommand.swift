import ConfigurationReading
import Dispatch
import Glibc

/// Runs a command that prints a secret (`pass show x`, `secret-tool lookup ...`) and takes its first line.
public struct SecretCommand: Sendable {
  private let command: CommandSetting
  private let setting: String
  private let environment: [String: String]
  private let timeLimit: Duration

  /// The command gets `environment` and nothing else, `/dev/null` to read, and a process group of its own; errors tell
  /// the `setting` that it stands in.
  public init(
    _ command: CommandSetting, of setting: String = "api_key_command", environment: [String: String],
    timeLimit: Duration = .seconds(10)
  ) {
    self.command = command
    self.setting = setting
    self.environment = environment
    self.timeLimit = timeLimit
  }

  /// The first line of its standard output. Runs on a thread of its own; the caller's is free meanwhile.
  ///
  /// When the time limit passes, the command and what it started are killed.
  public func run() async throws(KeyError) -> String {
    let result = await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: runNow()) }
    }
    return try result.get()
  }

  private func runNow() -> Result<String, KeyError> {
    let name = NamedCommand(setting: setting, line: command.line)
    do throws(ChildProcess.Failure) {
      var child = try ChildProcess(command.arguments, environment: environment)
      let end = try child.wait(limit: timeLimit)
      let message = String(decoding: child.errorOutput, as: UTF8.self).firstLine.visible
      switch end {
      case .exited(0):
        let secret = String(decoding: child.output, as: UTF8.self).firstLine
        return secret.isEmpty ? .failure(.commandPrintedNothing(command: name)) : .success(secret)
      case .exited(let status):
        return .failure(.commandFailed(command: name, status: status, message: String(message.prefix(200))))
      case .signalled(let signal):
        return .failure(.commandKilled(command: name, signal: signal, message: String(message.prefix(200))))
      case .timedOut:
        return .failure(.commandTimedOut(command: name, limit: timeLimit))
      }
    } catch {
      return .failure(.commandNotStarted(command: name, reason: error.reason))
    }
  }
}

extension CommandSetting {
  /// As one line, for messages.
  var line: String {
    switch self {
    case .program(let words): words.joined(separator: " ")
    case .shell(let line): line
    }
  }

  var arguments: [String] {
    switch self {
    case .program(let words): words
    case .shell(let line): ["/bin/sh", "-c", line]
    }
  }
}

extension String {
  fileprivate var firstLine: String { String(split(whereSeparator: \.isNewline).first ?? "") }
}
