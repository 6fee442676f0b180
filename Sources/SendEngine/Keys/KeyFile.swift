import Basics
import ConfigurationReading
import FoundationEssentials
import Glibc

/// The file that holds keys, `provider: key` a line.
public enum KeyFile {
  /// Why a key could not be written.
  public struct WriteFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public var description: String { "\(path) could not be written: \(reason)" }
  }

  /// The provider's key; `nil` if the file is missing or has none.
  static func key(of provider: String, path: String) throws(KeyError) -> String? {
    guard let document = try document(path: path) else { return nil }
    // A list or mapping in the key's place is named by its kind alone, so no message repeats a secret.
    let key = mapping(document)?[provider]?.string(expected: "a key")
    do { try document.check() } catch { throw .fileMalformed(error) }
    return key
  }

  /// The providers that the file has keys of, in its order; none if it is missing.
  public static func providers(path: String) throws(KeyError) -> [String] {
    guard let document = try document(path: path) else { return [] }
    let names = mapping(document)?.entries.map(\.name) ?? []
    do { try document.check() } catch { throw .fileMalformed(error) }
    return names
  }

  /// `nil` if the file is missing.
  private static func document(path: String) throws(KeyError) -> YAMLDocument? {
    let document: YAMLDocument
    do throws(RegularFile.Failure) {
      document = try YAMLDocument(path: path)
    } catch .missing {
      return nil
    } catch {
      throw .fileUnreadable(path: path, reason: error.description)
    }
    guard document.permissions & 0o077 == 0 else {
      throw .fileNotPrivate(path: path, permissions: document.permissions)
    }
    return document
  }

  private static func mapping(_ document: YAMLDocument) -> YAMLMapping? {
    document.root.flatMap { $0.isNull ? nil : $0.mapping(expected: "a mapping (provider: key)") }
  }

  /// Puts a key into the file, or with `nil` takes the provider's out of it; every other line stays as it is. The file
  /// is for its owner alone, and is replaced as a whole. Throws ``KeyError`` for a file that cannot be read as one of
  /// keys, which stays untouched, or ``WriteFailure``. Blocks on the disk.
  public static func set(_ key: String?, of provider: String, path: String) throws {
    _ = try providers(path: path)
    var lines: [Substring] = []
    if let data = FileManager.default.contents(atPath: path) {
      lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      if lines.last == "" { lines.removeLast() }
    }
    lines.removeAll { line in
      let name = line.prefix { $0 != ":" }
      return line.contains(":")
        && name.trimmingPrefix(while: { "\"'".contains($0) }).prefix { !"\"' ".contains($0) } == provider
    }
    if let key { lines.append("\(quoted(provider)): \(quoted(key))") }
    try write(lines.map { $0 + "\n" }.joined(), to: path)
    guard try Self.key(of: provider, path: path) == key else {
      throw WriteFailure(
        path: path, reason: "the line of \(provider) is written in a way that only an editor can change")
    }
  }

  /// As YAML's double-quoted scalar.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where scalar.value < 0x20:
        quoted += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func write(_ text: String, to path: String) throws(WriteFailure) {
    func failure() -> WriteFailure { WriteFailure(path: path, reason: "\(SystemError(errno))") }
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure() }
    let bytes = Array(text.utf8)
    let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    let problem = failure()
    close(descriptor)
    guard isWritten, rename(temporary, path) == 0 else {
      let reason = isWritten ? failure() : problem
      unlink(temporary)
      throw reason
    }
    Folders.syncName(of: path)
  }
}
