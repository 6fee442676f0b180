import Foundation

/// A self-signed certificate, by default for `localhost` and 127.0.0.1, made by the `openssl` command in a temporary
/// folder.
public struct TestCertificate: Sendable {
  public let chain: String
  public let key: String

  public struct Failed: Error {}

  /// - Parameter names: subject alternative names as openssl writes them.
  public init(names: String = "DNS:localhost,IP:127.0.0.1") throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("certificate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    chain = folder.appendingPathComponent("chain.pem").path
    key = folder.appendingPathComponent("key.pem").path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=\(names)", "-keyout", key, "-out", chain,
    ]
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed() }
  }

  public func remove() {
    // Left to the system's cleaning if it cannot be removed.
    try? FileManager.default.removeItem(atPath: (chain as NSString).deletingLastPathComponent)
  }
}
