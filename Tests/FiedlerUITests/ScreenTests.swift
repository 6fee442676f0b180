import Canvas
import Conversations
import Foundation
import Testing

@testable import FiedlerUI

/// Screens as text, a file each in `Screens`, to be reviewed by eye.
///
/// Run with `RECORD_SCREENS=1` in the environment to write them anew.
@Suite("Screens") struct ScreenTests {
  static let sizes = [(40, 12), (80, 24), (120, 40), (200, 60)].map { Size(width: $0, height: $1) }

  static func expect(_ app: AppDriver, is name: String, at location: SourceLocation = #_sourceLocation) throws {
    try expect(app.screen, size: app.state.size, is: name, at: location)
  }

  static func expect(
    _ screen: String, size: Size, is name: String, at location: SourceLocation = #_sourceLocation
  ) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Screens")
    let file = folder.appendingPathComponent("\(name)-\(size.width)x\(size.height).txt")
    if ProcessInfo.processInfo.environment["RECORD_SCREENS"] != nil {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try (screen + "\n").write(to: file, atomically: true, encoding: .utf8)
      return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(screen + "\n" == expected, "\(name) looks like\n\(screen)", sourceLocation: location)
  }

  @Test("An empty screen says what to do first, which models are asked, and the keys", arguments: sizes)
  func welcome(_ size: Size) throws {
    try Self.expect(AppDriver(size.width, size.height), is: "welcome")
  }

  @Test("The welcome offers the last conversations by number, and what was interrupted", arguments: sizes)
  func desk(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: AppDriver.catalog.prefix(3).map(\.reference)))
    app.tell(
      .deskLoaded(
        Desk(recent: AppDriver.summaries(8), interrupted: AppDriver.summaries(3)[2], interruptedAnswers: 3)))
    try Self.expect(app, is: "desk")
  }

  @Test("Three answers stream side by side, or under tabs where they would be too narrow", arguments: sizes)
  func streaming(_ size: Size) throws {
    try Self.expect(.streaming(size.width, size.height), is: "streaming")
  }

  @Test("A reply that waits for its next try says how long and why", arguments: sizes)
  func retrying(_ size: Size) throws {
    var app = AppDriver.streaming(size.width, size.height)
    app.press(Key(.tab, .shift))
    app.advance(to: .milliseconds(9100))
    try Self.expect(app, is: "retrying")
  }

  @Test("A failed reply says why and how to ask again", arguments: sizes)
  func failed(_ size: Size) throws {
    var app = AppDriver.streaming(size.width, size.height)
    let refused = SendFailure(.unauthorized, "The provider refused the key. Check GEMINI_API_KEY.", httpStatus: 401)
    app.event(2, .failed(refused), at: .milliseconds(8000))
    app.press(Key(.tab, .shift))
    try Self.expect(app, is: "failed")
  }

  @Test("The history lists conversations beside a preview", arguments: sizes)
  func history(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.press(.control("s"))
    app.tell(
      .historyLoaded(
        for: app.state.history.token,
        HistoryPage(summaries: AppDriver.summaries(30), next: HistoryCursor(place: ["30"]))))
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    try Self.expect(app, is: "history")
  }

  @Test("The model picker shows windows and prices under each other", arguments: sizes)
  func picker(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: []))
    app.press(.control("o"))
    try Self.expect(app, is: "picker")
  }

  @Test("Completions of a path stand over the prompt", arguments: sizes)
  func completion(_ size: Size) throws {
    var app = AppDriver.streaming(size.width, size.height)
    app.tell(.attachmentsRead([AttachedFile(path: "src/sender.swift", name: "sender.swift", bytes: 11_000)]))
    app.advance(to: .seconds(12))
    app.type("Compare with @So")
    app.tell(
      .completions(
        for: app.state.prompt.completionToken,
        [FoundPath("Sources/"), FoundPath("SOURCES.txt"), FoundPath("some notes.md")]))
    try Self.expect(app, is: "completion")
  }

  @Test("A slash lists the commands", arguments: sizes)
  func commands(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.press("/")
    try Self.expect(app, is: "commands")
  }

  @Test("Help lists every key", arguments: sizes)
  func help(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.press("?")
    try Self.expect(app, is: "help")
  }

  @Test("The palette lists actions with their keys", arguments: sizes)
  func palette(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.press(.control("p"))
    app.type("res")
    try Self.expect(app, is: "palette")
  }

  @Test("Quitting asks while answers stream", arguments: sizes)
  func quitQuestion(_ size: Size) throws {
    var app = AppDriver.streaming(size.width, size.height)
    app.press(.control("q"))
    try Self.expect(app, is: "quit")
  }

  @Test(
    "A refused connection to Godot is in the status bar, with what waits and when it is tried again", arguments: sizes)
  func godotRefused(_ size: Size) throws {
    var app = AppDriver.streaming(size.width, size.height)
    let refused = LogHealth.State.disconnected(reason: "connection refused")
    app.tell(.health(LogHealth(state: refused, pending: 14, nextRetry: .seconds(8))))
    try Self.expect(app, is: "godot-refused")
  }

  @Test("Sixteen panes stay usable: a grid on a large screen, tabs on a small one", arguments: sizes)
  func sixteen(_ size: Size) throws {
    var app = AppDriver(size.width, size.height, models: (1...16).map { "model-\($0)" })
    app.send("Name a prime")
    for model in 0..<16 {
      app.event(model, .firstToken, at: .milliseconds(100))
      app.event(model, .text("The number \(model + 2) may or may not be prime. "), at: .milliseconds(200 + model))
    }
    app.press(Key(.tab), Key(.tab), Key(.tab))
    try Self.expect(app, is: "sixteen")
  }

  @Test("A continued conversation shows the turns so far in each pane", arguments: sizes)
  func continued(_ size: Size) throws {
    var app = AppDriver.streaming(size.width, size.height)
    app.event(1, .finished(.stop), at: .seconds(8))
    app.event(2, .cancelled, at: .seconds(8))
    app.send("And what would you test first?", number: 2)
    app.event(0, .firstToken, at: .milliseconds(300), number: 2)
    app.event(0, .text("That the delay is reset."), at: .milliseconds(300), number: 2)
    try Self.expect(app, is: "continued")
  }

  @Test("Notices stand in rows of their own, over the prompt", arguments: sizes)
  func toasts(_ size: Size) throws {
    var app = AppDriver.streaming(size.width, size.height)
    app.tell(.attachmentFailed("photo.png is not text and cannot be attached."))
    app.tell(.toast("Theme changed", .info))
    try Self.expect(app, is: "toasts")
  }
}
