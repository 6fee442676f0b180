import Canvas
import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("config.yaml of a running program") struct SettingsReloadTests {
  private let home: Home

  init() throws { home = try Home(models: TerminalAppTests.endless) }

  private func write(_ text: String) throws { try home.directory.write("config/fiedler/config.yaml", text) }

  @Test("Keys, mouse and the editor's keys count at once; what was written stays") func taken() async throws {
    let loop = Loop(home)
    try await loop.until("● rate-300")
    loop.type("half a thought")
    try write("mouse: off\neditor: vi\nkeys:\n  palette: f9\n")
    try await loop.until("is read again: mouse, editor, keys")
    #expect(loop.requests.contains(.mouse(false)))
    #expect(loop.screen.contains("half a thought") && loop.screen.contains("INSERT"))
    loop.press(Key(.function(9)))
    #expect(loop.screen.contains("type to narrow"))
    loop.press(Key(.escape))
    try await loop.quit()
  }

  @Test("An error names file, line and key; what was read before stays, and mending it is told")
  func broken() async throws {
    try write("keys:\n  help: f9\n")
    let loop = Loop(home)
    try await loop.until("● rate-300")
    try write("keys:\n  help: f9\n  copy: nonsense\n")
    try await loop.until("config.yaml:3")
    #expect(loop.screen.contains("keys.copy") && loop.screen.contains("The settings from before stay"))
    loop.press(Key(.function(9)))
    #expect(loop.screen.contains("─ help ─") && loop.screen.contains("Send the prompt"))
    loop.press(Key(.escape))
    try write("keys:\n  help: f9\n")
    try await loop.until("config.yaml is in order again")
    try await loop.quit()
  }

  @Test("The log server is left as it is, and that is said") func godot() async throws {
    let loop = Loop(home)
    try await loop.until("● rate-300")
    try write("godot:\n  url: off\nattachments: {max_files: 3}\n")
    try await loop.until("attachments")
    #expect(loop.screen.contains("godot counts from the next start on"))
    try await loop.quit()
  }

  @Test("A change is heard where an editor moves a new file into place, and where the file is a link")
  func replaced() async throws {
    let folder = try TemporaryDirectory()
    let elsewhere = folder.path + "/dotfiles"
    let watched = folder.path + "/config/config.yaml"
    let files = FileManager.default
    for directory in [elsewhere, folder.path + "/config"] {
      try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }
    try "old".write(toFile: elsewhere + "/real.yaml", atomically: false, encoding: .utf8)
    try files.createSymbolicLink(atPath: watched, withDestinationPath: elsewhere + "/real.yaml")
    let seen = Seen()
    let watch = try #require(FileWatch(watched) { seen.look(at: watched) })
    try "through the link".write(toFile: elsewhere + "/real.yaml", atomically: false, encoding: .utf8)
    try await eventually("seen behind the link") { seen.text == "through the link" }
    try "moved".write(toFile: folder.path + "/config/new", atomically: false, encoding: .utf8)
    try #require(rename(folder.path + "/config/new", watched) == 0)
    try await eventually("seen after a move") { seen.text == "moved" }
    withExtendedLifetime(watch) {}
  }

  @Test("A file that is saved again while it is read is read again afterwards, never at the same time")
  func oneAfterAnother() async throws {
    let folder = try TemporaryDirectory()
    let file = try folder.write("config.yaml", "first")
    let seen = Seen()
    let (reading, hold) = AsyncStream.makeStream(of: Void.self)
    let looks = Mutex((now: 0, most: 0, ended: 0))
    let watch = try #require(
      FileWatch(file) {
        looks.withLock {
          $0.now += 1
          $0.most = max($0.most, $0.now)
        }
        seen.look(at: file)
        for await _ in reading { break }
        looks.withLock {
          $0.now -= 1
          $0.ended += 1
        }
      })
    watch.lookAtFirst()
    try await eventually("the first look") { seen.text == "first" }
    try folder.write("config.yaml", "second")
    try folder.write("another.yaml", "a neighbour")
    hold.finish()
    try await eventually("the second look") { seen.text == "second" && looks.withLock { $0.ended } > 1 }
    #expect(looks.withLock { $0.most } == 1)
    withExtendedLifetime(watch) {}
  }
}

private final class Seen: Sendable {
  private let newest = Mutex("")
  var text: String { newest.withLock(\.self) }

  func look(at path: String) {
    // Between two steps of a replacement there is no file.
    if let text = try? String(contentsOfFile: path, encoding: .utf8) { newest.withLock { $0 = text } }
  }
}
