import FoundationEssentials

/// A directory for one test, gone when the test is over.
public final class TemporaryDirectory: Sendable {
  /// Absolute, all symlinks followed.
  public let path: String

  public init() throws {
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    let url = base.appending(path: "fiedler-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    // A test that took away its own rights leaves something behind; that fails no promise.
    try? FileManager.default.removeItem(atPath: path)
  }

  public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, its parent directories included, and returns its path.
  @discardableResult
  public func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
    try write(name, bytes: Array(text.utf8), mode: mode)
  }

  @discardableResult
  public func write(_ name: String, bytes: [UInt8], mode: Int = 0o644) throws -> String {
    let url = URL(filePath: self(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
    return url.path
  }

  /// Makes a symlink and returns its path.
  @discardableResult
  public func link(_ name: String, to target: String) throws -> String {
    try FileManager.default.createSymbolicLink(atPath: self(name), withDestinationPath: target)
    return self(name)
  }

  @discardableResult
  public func directory(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
    return self(name)
  }
}
