import ConfigurationReading
import Digest

/// Keeps keys for the user: in the desktop's keyring where there is one, else in the key file.
public struct KeyKeeping: Sendable {
  /// Where a key went.
  public enum Place: Hashable, Sendable {
    case keyring
    /// The file's path, and why not the keyring.
    case file(String, because: String)
  }

  /// A text that no header can carry is no key.
  public struct NoKey: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String {
      "that is no key: it is empty, or holds a blank or a character that no key has"
    }
  }

  private let keyring: Keyring
  private let file: String

  public init(file: String, environment: [String: String]) {
    self.file = file
    keyring = Keyring(environment: environment)
  }

  /// The key in a text that was typed, pasted or piped in: blanks, quotes and a byte order mark around it are none of
  /// it. Throws for a text that no header can carry as a key.
  public static func key(in text: String) throws(NoKey) -> String {
    let key = APIKey.trimmed(text)
    guard !key.isEmpty, key != Keyring.mark, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw NoKey()
    }
    return key
  }

  /// Keeps a key in place of the one that was kept before. Throws ``NoKey``, ``KeyError`` or `KeyFile.WriteFailure`.
  /// Blocks.
  public func set(_ key: String, of provider: String) throws -> Place {
    let key = try Self.key(in: key)
    do throws(Keyring.Unavailable) {
      try keyring.store(key, of: provider)
    } catch {
      try KeyFile.set(key, of: provider, path: file)
      return .file(file, because: error.description)
    }
    try KeyFile.set(Keyring.mark, of: provider, path: file)
    return .keyring
  }

  /// Forgets a key that is kept. False if none was. Throws as ``set(_:of:)``, and `Keyring.Unavailable`. Blocks.
  public func delete(_ provider: String) throws -> Bool {
    guard let kept = try KeyFile.key(of: provider, path: file) else { return false }
    if kept == Keyring.mark { try keyring.delete(provider) }
    try KeyFile.set(nil, of: provider, path: file)
    return true
  }

  /// Tells keys apart without telling them: the beginning of the SHA-256, in hexadecimal.
  public static func fingerprint(of key: String) -> String { String(SHA256.text(key).prefix(8)) }
}
