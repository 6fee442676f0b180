import Basics
import JSON
import Synchronization

/// Replaces secrets by `[REDACTED]`: known values wherever they stand, and whatever stands in a field with a telling
/// name. Never prints the secrets it knows.
public struct Redactor: Sendable, CustomStringConvertible, CustomReflectable {
  static let mark = "[REDACTED]"
  static let tellingNames = ["password", "token", "api_key", "apikey", "authorization", "secret"]
  /// Shorter values would redact ordinary words.
  static let shortestSecret = 6

  private let secrets: [[UInt8]]
  /// The same as they stand inside JSON strings.
  private let encoded: [[UInt8]]

  /// - `secrets`: exact values; those under 6 bytes are ignored.
  public init(secrets: [String] = []) {
    // Longest first, so that a secret that contains another leaves no rest.
    self.secrets = Set(secrets).map { Array($0.utf8) }.filter { $0.count >= Self.shortestSecret }
      .sorted { ($0.count, $0[0]) > ($1.count, $1[0]) }
    encoded = self.secrets.map { JSON.string(String(decoding: $0, as: UTF8.self)).bytes.dropFirst().dropLast() }
  }

  /// Also knows `secret`.
  public func adding(_ secret: String) -> Redactor {
    Redactor(secrets: secrets.map { String(decoding: $0, as: UTF8.self) } + [secret])
  }

  /// How many secrets it knows by value.
  var count: Int { secrets.count }

  func knows(_ secret: String) -> Bool {
    secret.utf8.count < Self.shortestSecret || secrets.contains(Array(secret.utf8))
  }

  /// Whether a known secret stands in this JSON, which this program has written.
  func finds(in json: [UInt8]) -> Bool {
    json.withUnsafeBytes { json in encoded.contains { json.firstOffset(of: $0) != nil } }
  }

  public var description: String { "Redactor(\(secrets.count) secrets)" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  public func redact(_ value: JSON) -> JSON {
    switch value {
    case .string(let text): .string(redact(text))
    case .array(let elements): .array(elements.map(redact))
    case .object(let members):
      .object(
        Dictionary(
          members.map { key, value in
            (redact(key), Self.isTelling(key) && !value.isNull ? .string(Self.mark) : redact(value))
          }, uniquingKeysWith: { $1 }))
    default: value
    }
  }

  public func redact(_ text: String) -> String {
    secrets.reduce(text) { text, secret in text.replacing(utf8: secret, with: Self.mark) }
  }

  /// `token`, `access_token`, `X-Api-Key`, but not `input_tokens`.
  static func isTelling(_ key: String) -> Bool {
    let name = key.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 }
    return tellingNames.contains { telling in
      name.elementsEqual(telling) || (name.count > telling.count && String(name).hasSuffix("_" + telling))
    }
  }
}

/// The redactor of a logger, which learns secrets as they become known.
final class KnownSecrets: Sendable {
  private let current: Mutex<Redactor>

  init(_ redactor: Redactor) { current = Mutex(redactor) }

  var redactor: Redactor { current.withLock { $0 } }

  @Sendable func learn(_ secret: String) {
    current.withLock { if !$0.knows(secret) { $0 = $0.adding(secret) } }
  }
}
