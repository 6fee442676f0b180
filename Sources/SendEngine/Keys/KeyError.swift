import ConfigurationReading

/// Why a key that should be there could not be had. Never holds the key or a part of it.
public enum KeyError: Error, Hashable, Sendable {
  /// The command could not be started; the text is the system's.
  case commandNotStarted(command: NamedCommand, reason: String)
  /// It ended with this exit status; `message` is the first line it wrote to standard error.
  case commandFailed(command: NamedCommand, status: Int32, message: String)
  /// It was ended by this signal.
  case commandKilled(command: NamedCommand, signal: Int32, message: String)
  /// It did not end within the limit, and was killed.
  case commandTimedOut(command: NamedCommand, limit: Duration)
  /// It ended well but printed no key.
  case commandPrintedNothing(command: NamedCommand)
  /// The key file can be read or written by others than its owner.
  case fileNotPrivate(path: String, permissions: UInt32)
  case fileUnreadable(path: String, reason: String)
  /// The key file is no mapping of providers to keys.
  case fileMalformed(ConfigurationError)
  /// A key holds blanks, control characters or letters no header can carry; `source` is where it came from.
  case malformedKey(source: KeySource)
  /// A key that is needed is in none of these places.
  case notFound(tried: [KeySource])
  /// The key is from an environment that names another host for it: `variable` says `host`, the request goes to
  /// `baseURL`.
  case otherHost(key: String, variable: String, host: String, baseURL: String)
}

extension KeyError: CustomStringConvertible {
  /// One line with what the user can do.
  public var description: String {
    switch self {
    case .commandNotStarted(let command, let reason):
      "\(command) could not be started: \(reason)"
    case .commandFailed(let command, let status, let message):
      "\(command) failed with exit status \(status)" + (message.isEmpty ? "" : ": \(message)")
    case .commandKilled(let command, let signal, let message):
      "\(command) was ended by signal \(signal)" + (message.isEmpty ? "" : ": \(message)")
    case .commandTimedOut(let command, let limit):
      "\(command) gave no answer within \(limit.components.seconds) s and was stopped"
    case .commandPrintedNothing(let command):
      "\(command) printed nothing"
    case .fileNotPrivate(let path, let permissions):
      "\(path) is open to other users (mode \(String(permissions, radix: 8))); run: chmod 600 \(path)"
    case .fileUnreadable(let path, let reason):
      "\(path) cannot be read: \(reason)"
    case .fileMalformed(let error):
      error.description
    case .malformedKey(let source):
      "the key from \(source) holds a blank or a character that no key has"
    case .notFound(let tried):
      "no key in \(tried.map(\.description).joined(separator: ", "))"
    case .otherHost(let key, let variable, let host, let baseURL):
      "$\(variable) names \(host), but base_url is \(baseURL), and the key in $\(key) is sent to no other host than that; "
        + "correct or unset $\(variable), or give the key by api_key_command or keys.yaml"
    }
  }
}

/// A command that prints a secret, as messages call it.
public struct NamedCommand: Hashable, Sendable, CustomStringConvertible {
  /// The setting that it stands in.
  public var setting: String
  /// As it was written there.
  public var line: String

  public init(setting: String = "api_key_command", line: String) {
    self.setting = setting
    self.line = line
  }

  public var description: String { "\(setting) \(line.quoted)" }
}

/// Where a key was found.
public enum KeySource: Hashable, Sendable, CustomStringConvertible {
  /// The command as it was written.
  case command(String)
  /// The key file's path.
  case file(String)
  /// The environment variable.
  case environment(String)
  /// The desktop's, where the key file says so.
  case keyring
  /// Given just now, and kept nowhere yet.
  case typed

  public var description: String {
    switch self {
    case .command(let line): "api_key_command \(line.quoted)"
    case .file(let path): path
    case .environment(let variable): "$\(variable)"
    case .keyring: "the desktop's keyring"
    case .typed: "your input"
    }
  }
}

/// How the search for one provider's key went; never the key itself.
public struct KeyReport: Hashable, Sendable, CustomStringConvertible {
  public enum Outcome: Hashable, Sendable {
    case found(KeySource)
    /// None found, and none needed.
    case notNeeded
    /// None found in any of these places.
    case missing(tried: [KeySource])
    case failed(KeyError)
  }

  public var provider: String
  public var outcome: Outcome
  /// Of the key that was found.
  public var fingerprint: String?

  public init(provider: String, outcome: Outcome) {
    self.provider = provider
    self.outcome = outcome
  }

  public var description: String {
    switch outcome {
    case .found(let source): "\(provider): key found in \(source)"
    case .notNeeded: "\(provider): needs no key"
    case .missing(let tried): "\(provider): no key in \(tried.map(\.description).joined(separator: ", "))"
    case .failed(let error): "\(provider): \(error)"
    }
  }
}
