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
  /// is for its owner alone, and is replaced as a whole; where it is a link, what that leads to is. Others that change
  /// it at the same time are waited for. Throws ``KeyError`` for a file that cannot be read as one of keys, or
  /// ``WriteFailure``; then it stays untouched. Blocks on the disk.
  public static func set(_ key: String?, of provider: String, path: String) throws {
    let place = SymbolicLinks.end(of: path)
    do {
      // What others put there meanwhile would be lost.
      try FileLock.held(at: place + ".lock") { try put(key, of: provider, path, at: place) }
    } catch let error as SystemError {
      throw WriteFailure(path: path, reason: "\(error)")
    }
  }

  private static func put(_ key: String?, of provider: String, _ path: String, at place: String) throws {
    var keys = try document(path: path).map { (document) throws(KeyError) in try Self.keys(document) } ?? [:]
    if let key { keys.updateValue(key, forKey: provider) } else { keys.removeValue(forKey: provider) }
    let present = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let text = changed(present, key, of: provider)
    // Whatever the file looks like: what was meant is in it, and all else is as before.
    let read: [String: String?]?
    do throws(KeyError) { read = try Self.keys(YAMLDocument(text: text, file: path)) } catch { read = nil }
    guard read == keys else {
      throw WriteFailure(
        path: path, reason: "the line of \(provider) is written in a way that only an editor can change")
    }
    try write(text, to: place)
  }

  /// Every provider's key; `nil` for what is no text, which the provider that it stands for tells.
  private static func keys(_ document: YAMLDocument) throws(KeyError) -> [String: String?] {
    let entries = mapping(document)?.entries ?? []
    do { try document.check() } catch { throw .fileMalformed(error) }
    return Dictionary(entries.map { ($0.name, $0.value.string(expected: "a key")) }) { first, _ in first }
  }

  /// A file's text without the provider's line and, for a key, with a new one at its end.
  private static func changed(_ text: String, _ key: String?, of provider: String) -> String {
    var file = FileLines(text)
    file.lines.removeAll { line in
      let name = line.prefix { $0 != ":" }
      // A byte order mark may stand before the first.
      return line.contains(":")
        && name.trimmingPrefix(while: { "\u{FEFF}\"'".contains($0) }).prefix { !"\"' ".contains($0) } == provider
    }
    if let key { file.lines += file.written("\(quoted(provider)): \(quoted(key))") }
    return file.text
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
