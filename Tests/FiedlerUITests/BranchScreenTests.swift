import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Screens of branches and comparisons") struct BranchScreenTests {
  static let sizes = ScreenTests.sizes

  @Test("The tree of a conversation", arguments: sizes)
  func tree(_ size: Size) throws {
    var app = AppDriver.forked(size.width, size.height)
    app.press("t")
    app.press("k")
    try ScreenTests.expect(app, is: "tree")
  }

  @Test("Two answers beside each other, or in one text where that is too narrow", arguments: sizes)
  func diff(_ size: Size) throws {
    var app = AppDriver.comparing(size.width, size.height, [AppDriver.older, AppDriver.newer, "Nothing."])
    app.press("n")
    try ScreenTests.expect(app, is: "diff")
  }

  @Test("Two answers in one text", arguments: sizes.prefix(2))
  func inlineDiff(_ size: Size) throws {
    var app = AppDriver.comparing(size.width, size.height, [AppDriver.older, AppDriver.newer])
    app.press("s")
    try ScreenTests.expect(app, is: "diff-inline")
  }

  @Test("A branch about to be made, and another attempt shown", arguments: sizes)
  func branch(_ size: Size) throws {
    var app = AppDriver.forked(size.width, size.height)
    let again = Reply(
      id: AppDriver.id(900), model: AppDriver.model("gpt-4o-mini"), attempt: 2, state: .success,
      text: "A second attempt", startedAt: AppDriver.launch, duration: .seconds(3))
    app.tell(.retryStarted(prompt: AppDriver.id(10_003), reply: again))
    app.tell(.input(.focus(true)))
    app.press("[")
    app.press("[")
    app.press("b")
    app.type("What if it is never reset?")
    try ScreenTests.expect(app, is: "branch")
  }

  @Test("An earlier turn in view", arguments: sizes)
  func turn(_ size: Size) throws {
    var app = AppDriver.forked(size.width, size.height)
    app.press("[")
    app.press("[")
    try ScreenTests.expect(app, is: "turn")
  }
}
