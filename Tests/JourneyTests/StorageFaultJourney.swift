import Foundation
import JSON
import TestSupport
import Testing

@Suite("What can befall the disks and clocks", .serialized, .timeLimit(.minutes(4))) struct StorageFaultJourney {
  private static let models = "defaults: {models: [demo/rate-1000x10, demo/rate-500x10]}\n"
  private static let needsMounts: Comment = "SKIPPED: mounting a small file system is not permitted here"

  @Test(
    "A log server whose disk is full says so in Fiedler's status bar, and gets everything once there is room",
    .enabled(if: SmallDisk.isPossible, needsMounts))
  func serversDiskFull() async throws {
    let folder = try TemporaryDirectory()
    let disk = SmallDisk(path: folder.path)
    let server = try LogServer(store: folder("godot.db"), command: disk.holding)
    try await server.start()
    let fiedler = try Fiedler(models: Self.models, settings: "godot:\n  url: \(server.url)\n")
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ● connected")
    let process = try #require(server.process?.id)
    try disk.fill(by: process)
    try await screen.ask("Is there room?")
    try await screen.shows(" done ", times: 2)
    try await screen.shows("Godot ○ the server's storage: disk full · 3 waiting")
    disk.free(by: process)
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
  }

  @Test(
    "Fiedler's own disk full: the status bar says so, and once there is room nothing that was kept is lost",
    .enabled(if: SmallDisk.isPossible, needsMounts))
  func fiedlersDiskFull() async throws {
    let server = try LogServer()
    try await server.start()
    let fiedler = try Fiedler(models: Self.models, settings: "godot:\n  url: \(server.url)\n")
    let disk = SmallDisk(path: try fiedler.home.directory("data"))
    let screen = try fiedler.openShell(140, 30, within: disk.holding)
    try await screen.shows("shell>")
    screen.type("fiedler; fiedler godot flush && fiedler godot verify; echo verified=$?")
    screen.press("Enter")
    try await screen.shows("Godot ● connected")
    try await screen.ask("Is there room?")
    try await screen.shows(" done ", times: 2)
    try await screen.shows("Godot ● connected")

    // Delivered, but what is delivered cannot be taken off the queue.
    server.signal(SIGSTOP)
    try await screen.ask("And now?")
    // Perhaps with the last of what came before.
    try await screen.shows("2 prompts", " waiting")
    try await screen.shows(" done ", times: 2)
    try disk.fill(by: screen.process)
    server.signal(SIGCONT)
    try await screen.shows("Godot ✕ ", "disk full", "waiting")

    // A prompt that cannot be kept is not sent, and stays where it was typed.
    let prompt = "Will this be kept?" + String(repeating: " It takes room.", count: 5)
    try await screen.ask(prompt)
    try await screen.shows("the disk is full:")

    disk.free(by: screen.process)
    try await screen.shows("Godot ● connected")
    screen.press("Enter")
    try await screen.shows("3 prompts")
    try await screen.shows(" done ", times: 2)
    try await screen.shows("Godot ● connected")
    screen.press("C-q")
    try await screen.shows("shell>", "verified=0")
  }

  @Test("The clock set back by an hour while turns wait: all are delivered, in order, and no age is nonsense")
  func clockSetBack() async throws {
    let clock = try ShiftedClock()
    let server = try LogServer(environment: clock.environment)
    try await server.start()
    let fiedler = try Fiedler(
      models: Self.models, settings: "godot:\n  url: \(server.url)\n", environment: clock.environment)
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ● connected")
    try await screen.ask("What time is it?")
    try await screen.shows(" done ", times: 2)
    try await eventually("the first turns are delivered") {
      try await fiedler.run("godot", "status", "--json").json["pending"]?.int == 0
    }
    server.signal(SIGSTOP)
    try await screen.ask("And now?")
    try await screen.shows("2 prompts")
    try await screen.shows(" done ", times: 2)
    try await screen.shows("3 waiting · no answer for ")
    try clock.shift(seconds: -3600)
    try await screen.ask("And an hour ago?")
    try await screen.shows("3 prompts")
    try await screen.shows(" done ", times: 2)
    try await screen.shows("Godot ○ no answer · 6 waiting · retry in ")
    let status = try await fiedler.run("godot", "status", "--json")
    let age = try status.json["oldest_pending_ms"]?.int ?? -1
    #expect((0...600_000).contains(age), "\(status.output)")
    server.signal(SIGCONT)
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
  }
}

/// A wall clock for programs started with its environment, which can be set off while they run.
struct ShiftedClock {
  private let folder: TemporaryDirectory

  struct NotBuilt: Error { var output: String }

  init() throws {
    folder = try TemporaryDirectory()
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Faults/shifted_clock.c").path
    let compile = "exec \"$(command -v cc || command -v clang)\" -shared -fPIC -o \"$0\" \"$1\""
    let compiler = try ChildProcess("/bin/sh", ["-c", compile, folder("clock.so"), source], log: folder("log"))
    guard compiler.waitForExit() == 0 else {
      throw NotBuilt(output: try String(contentsOfFile: folder("log"), encoding: .utf8))
    }
    try shift(seconds: 0)
  }

  var environment: [String: String] { ["LD_PRELOAD": folder("clock.so"), "SHIFTED_CLOCK": folder("offset")] }

  func shift(seconds: Int) throws { try folder.write("offset", "\(seconds)\n") }
}
