import Foundation
import TestSupport
import Testing

/// `fiedler godot serve`, on one port, with a home of its own; it may be killed and started again.
final class LogServer {
  let port = LoopbackPort.unused()
  let home: TemporaryDirectory
  private let store: String
  private let command: ([String]) -> [String]
  private var environment: [String: String]
  private(set) var process: ChildProcess?

  /// - Parameters:
  ///   - store: where it keeps its records; a file of its own if none is given.
  ///   - command: what to start in its place, by the command line of the server alone.
  init(
    store: String? = nil, environment: [String: String] = [:], command: @escaping ([String]) -> [String] = { $0 }
  ) throws {
    home = try TemporaryDirectory()
    self.store = store ?? home("godot.db")
    self.command = command
    self.environment = ["HOME": home.path, "XDG_DATA_HOME": home("data")].merging(environment) { $1 }
  }

  var url: String { "ws://127.0.0.1:\(port)" }
  /// What it has said.
  var log: String { (try? String(contentsOfFile: home("log"), encoding: .utf8)) ?? "" }  // nothing said yet: no file

  /// Returns at once.
  func launch() throws {
    let line = command([Fiedler.binary, "godot", "serve", "--port", "\(port)", "--store", store])
    process = try ChildProcess(line[0], Array(line.dropFirst()), environment: environment, log: home("log"))
  }

  /// Returns when it takes connections.
  func start() async throws {
    try launch()
    try await eventually("the log server listens; it said: \(log)") {
      guard process?.exitStatus == nil else { throw Ended(description: "the log server has ended: \(log)") }
      return LoopbackPort.answers(port)
    }
  }

  struct Ended: Error, CustomStringConvertible { var description: String }

  /// As by `kill -9`.
  func kill() {
    process?.kill()
    process = nil
  }

  func signal(_ number: Int32) { process?.signal(number) }

  /// Asks it to end; its exit status.
  func stop() async throws -> Int32? {
    signal(SIGTERM)
    try await eventually("the log server ends; it said: \(log)") { self.process?.exitStatus != nil }
    return process?.exitStatus
  }
}

extension Fiedler {
  /// That everything this Fiedler has kept is on its log server, once and word for word.
  func isWhollyLogged(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let flushed = try await run("godot", "flush")
    #expect(flushed.status == 0, "\(flushed.output)\(flushed.errors)", sourceLocation: sourceLocation)
    let verified = try await run("godot", "verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)", sourceLocation: sourceLocation)
  }
}
