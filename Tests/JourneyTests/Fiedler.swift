import Foundation
import JSON
import TestSupport
import Testing

/// The built program with a home of its own: it sees nothing of the user's who runs the tests, and leaves nothing.
final class Fiedler {
  static let binary = PseudoTerminal.built("fiedler")

  let home: TemporaryDirectory
  /// Added to a plain environment (PATH, LANG, TERM).
  var environment: [String: String]

  /// `models` becomes models.yaml, `settings` config.yaml; without them nothing is configured.
  init(models: String? = nil, settings: String? = nil, environment more: [String: String] = [:]) throws {
    home = try TemporaryDirectory()
    try home.directory("work")
    environment = [
      "HOME": home.path, "XDG_CONFIG_HOME": home("config"), "XDG_DATA_HOME": home("data"),
      "XDG_STATE_HOME": home("state"), "XDG_DATA_DIRS": home("share"), "TMPDIR": "", "EDITOR": "", "VISUAL": "",
    ].merging(more) { $1 }
    if let models { try configure(models: models) }
    if let settings { try configure(settings: settings) }
  }

  func configure(models: String) throws { try home.write("config/fiedler/models.yaml", models) }
  func configure(settings: String) throws { try home.write("config/fiedler/config.yaml", settings) }

  /// A file in the directory that the program runs in.
  @discardableResult
  func file(_ name: String, _ text: String) throws -> String { try home.write("work/\(name)", text) }

  /// Opens the program in a terminal of its own.
  func open(_ columns: Int = 80, _ rows: Int = 24) -> Screen {
    Screen(
      Tmux(
        "/usr/bin/env", ["-C", home("work"), Self.binary], environment: environment, columns: columns, rows: rows))
  }

  /// Opens a shell in a terminal of its own, from which `fiedler` starts the program; `within` gives the command line
  /// of something that becomes the shell.
  func openShell(
    _ columns: Int = 80, _ rows: Int = 24, within: ([String]) -> [String] = { $0 }
  ) throws -> Screen {
    try home.link("fiedler", to: Self.binary)
    var environment = environment
    environment["PATH"] = "\(home.path):/usr/bin:/bin"
    environment["PS1"] = "shell> "
    return Screen(
      Tmux(
        "/usr/bin/env", ["-C", home("work")] + within(["bash", "--norc", "--noprofile", "-i"]),
        environment: environment, columns: columns, rows: rows))
  }

  /// Starts a command that needs no terminal; `input` is its standard input.
  func start(_ arguments: String..., input: String = "") throws -> Command {
    try Command(arguments, input: input, self)
  }

  /// Runs a command to its end.
  func run(_ arguments: String..., input: String = "") async throws -> Command.Result {
    try await Command(arguments, input: input, self).result()
  }

  /// Runs a shell script in which `$F` is the program and `$T` its home.
  func shell(_ script: String) async throws -> Command.Result {
    try await Command(
      ["--norc", "--noprofile", "-c", "F='\(Self.binary)'; T='\(home.path)'\n" + script], input: "", self,
      program: "/bin/bash"
    ).result()
  }

  /// Ids of the conversations, the newest first, as `fiedler history` lists them.
  func conversations() async throws -> [String] {
    try await run("history").output.split(separator: "\n").map { String($0.prefix(8)) }
  }

  /// The newest conversation, as `fiedler show --json` prints it.
  func newest() async throws -> JSON {
    let id = try #require(try await conversations().first)
    return try JSON(bytes: Array(try await run("show", "--json", id).output.utf8))
  }

  /// The newest prompt: its text, and its files' names and contents.
  func newestPrompt() async throws -> (prompt: String?, files: [String: String]) {
    let id = try #require(try await conversations().first)
    let exported = try JSON(bytes: Array(try await run("export", "--format", "json", id).output.utf8))
    let exchange = exported["exchanges"]?[0]
    let files = (exchange?["attachments"]?.array ?? []).compactMap { file in
      file["name"]?.string.flatMap { name in file["content"]?.string.map { (name, $0) } }
    }
    return (exchange?["prompt"]?.string, Dictionary(files) { first, _ in first })
  }

  /// Every file of the program that holds this text, wherever it stands.
  func files(holding text: String) throws -> [String] {
    let needle = Data(text.utf8)
    let names = try FileManager.default.subpathsOfDirectory(atPath: home.path)
    return names.filter { name in
      guard let data = FileManager.default.contents(atPath: home(name)) else { return false }
      return data.range(of: needle) != nil
    }
  }
}

/// A running command without a terminal.
final class Command {
  struct Result {
    /// The exit status; 128 and the signal's number where one ended it.
    var status: Int32
    var output: String
    var errors: String

    /// The object that `--json` prints.
    var json: JSON {
      get throws { try JSON(bytes: Array(output.utf8)) }
    }
  }

  private let process = Process()
  private let outputPath: String
  private let errorPath: String

  init(_ arguments: [String], input: String, _ fiedler: Fiedler, program: String = Fiedler.binary) throws {
    let name = UUID().uuidString
    let inputPath = try fiedler.home.write("run/\(name).in", input)
    outputPath = try fiedler.home.write("run/\(name).out", "")
    errorPath = try fiedler.home.write("run/\(name).err", "")
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: fiedler.home("work"))
    let plain = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "xterm-256color"]
    process.environment = plain.merging(fiedler.environment) { $1 }.filter { !$1.isEmpty }
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: inputPath))
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: outputPath))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errorPath))
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// What it has written to standard error.
  var errors: String { Self.text(errorPath) }
  /// What it has written to standard output.
  var output: String { Self.text(outputPath) }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits until it has written this to standard error.
  func says(_ text: String) async throws {
    try await eventually("the command says “\(text)”; it said: \(errors)") { self.errors.contains(text) }
  }

  func result() async throws -> Result {
    try await eventually("the command ends; it said: \(errors)", within: .seconds(60)) { !self.process.isRunning }
    let ended = process.terminationReason == .uncaughtSignal ? 128 : 0
    return Result(status: Int32(ended) + process.terminationStatus, output: output, errors: errors)
  }
}
