import Canvas
import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Pictures and PDFs on the screen") struct MediaTests {
  private let shot = Sample.media("shot.png", Sample.png(640, 480, mark: String(repeating: "x", count: 12_000)))
  private let paper = Sample.media("paper.pdf", Sample.pdf)

  private func attached(_ width: Int = 80, _ height: Int = 24) -> AppDriver {
    var app = AppDriver(width, height, models: ["gpt-4o"])
    app.tell(.attachmentsRead([AttachedFile(path: "d/shot.png", shot)]))
    return app
  }

  /// A turn with both files and a text, answered.
  private func answered(_ width: Int = 80, _ height: Int = 24) -> AppDriver {
    var app = attached(width, height)
    app.type("What is it?")
    app.press(Key(.enter))
    let text = Conversations.Attachment(name: "a.txt", sha256: "", content: "A.")
    for case .send(let draft) in app.effects { app.startSend(draft, attachments: [text, shot, paper]) }
    app.event(0, .text("A dog, see [here](https://example.org)."), at: .milliseconds(400))
    app.event(0, .finished(.stop), at: .milliseconds(900))
    return app
  }

  @Test("In the prompt's border a picture has its size and its weight, and is counted as what it costs")
  func chip() {
    var app = attached()
    app.type("What is it?")
    #expect(app.screen.contains("shot.png (640×480, 12 kB)"))
    #expect((410...480).contains(app.state.prompt.estimatedTokens), "640 × 480 / 750, and not a token for 4 bytes")
  }

  @Test("In the pane each has a line; the list of links opens it on the desktop")
  func pane() {
    var app = answered()
    for line in ["+ a.txt", "+ shot.png 640×480 12 kB", "+ paper.pdf"] { #expect(app.screen.contains(line), "\(line)") }
    app.press(Key(.tab))
    app.press("o")
    #expect(app.screen.contains("[1] https://example.org") && app.screen.contains("[2] shot.png 640×480 12 kB"))
    #expect(app.screen.contains("⏎ copies"))
    app.press(Key(.down))
    #expect(app.screen.contains("number · ⏎ opens") && !app.screen.contains("copies"))
    app.press(.control("o"))
    #expect(app.effects == [.openAttachment(shot)])
    app.press("o", "3")
    #expect(app.effects == [.openAttachment(paper)], "there is nothing to copy")
  }

  @Test("Before it is sent, the list of files opens it; of an edited prompt, too") func beforeSending() {
    var app = attached()
    app.press(.alt("o"))
    #expect(app.screen.contains("640×480"))
    app.press(Key(.enter))
    #expect(app.effects == [.readForReview(AttachedFile(path: "d/shot.png", shot))])
  }

  @Test("It fits the screen", arguments: ScreenTests.sizes) func screens(_ size: Size) throws {
    var app = answered(size.width, size.height)
    app.tell(.attachmentsRead([AttachedFile(path: "d/shot.png", shot), AttachedFile(path: "paper.pdf", paper)]))
    app.advance(to: .seconds(12))
    app.type("And these?")
    try ScreenTests.expect(app, is: "pictures")
  }
}
