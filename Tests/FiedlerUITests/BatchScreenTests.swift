import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Batches") struct BatchScreenTests {
  /// A batch under way: rows by models, with all that can happen to a cell.
  static func matrix(rows: Int = 30, models: Int = 3) -> BatchMatrix {
    let names = ["gpt-4o-mini", "deepseek-r1", "gemini-2.5-pro"]
    let references = (0..<models).map { AppDriver.model($0 < names.count ? names[$0] : "model-\($0)") }
    var summary = BatchSummary(
      id: AppDriver.id(1), name: "cities", createdAt: AppDriver.launch.addingTimeInterval(-3600), models: references,
      rowCount: rows)
    var cells: [BatchMatrix.Cell] = []
    for cell in 0..<rows * models {
      switch cell % 11 {
      case _ where cell > rows * models * 2 / 3: cells.append(.init())
      case 4: cells.append(.init(state: .failed, cost: 0.0004))
      case 7: cells.append(.init(state: .success, bytes: 1_234, passed: 2, failed: 1, cost: 0.0031))
      case 9: cells.append(.init(state: .streaming))
      default: cells.append(.init(state: .success, bytes: 300 + cell * 37, passed: 3, cost: 0.0012))
      }
    }
    summary.answered = cells.count { $0.state == .success }
    summary.failed = cells.count { $0.state == .failed }
    summary.passedChecks = cells.reduce(0) { $0 + Int($1.passed) }
    summary.failedChecks = cells.reduce(0) { $0 + Int($1.failed) }
    summary.cost = 0.11
    summary.isRunning = true
    let titles = (1...rows).map {
      BatchMatrix.Row(
        title: "cities \($0): What is the capital of country \($0)?", conversation: AppDriver.id(1000 + $0))
    }
    return BatchMatrix(batch: summary, rows: titles, cells: cells)
  }

  static func list(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.type("/batches")
    app.press(Key(.enter))
    var done = matrix().batch
    done.name = "translations of the manual into twelve languages"
    done.answered = done.cellCount
    (done.failed, done.isRunning) = (0, false)
    app.tell(.batchesLoaded([matrix().batch, done]))
    return app
  }

  static func opened(_ width: Int, _ height: Int, _ matrix: BatchMatrix = matrix()) -> AppDriver {
    var app = list(width, height)
    app.press(Key(.enter))
    app.tell(.matrixLoaded(matrix))
    return app
  }

  @Test("Every batch is listed with how far it is", arguments: ScreenTests.sizes) func list(_ size: Size) throws {
    try ScreenTests.expect(Self.list(size.width, size.height), is: "batches")
  }

  @Test("A matrix has a row a prompt and a column a model", arguments: ScreenTests.sizes) func matrix(_ size: Size)
    throws
  {
    var app = Self.opened(size.width, size.height)
    app.press("j")
    app.press("l")
    try ScreenTests.expect(app, is: "batch-matrix")
  }

  @Test("Without a batch the list says how to make one") func none() {
    var app = AppDriver(80, 24)
    app.type("/batches")
    app.press(Key(.enter))
    #expect(app.effects == [.loadBatches])
    app.tell(.batchesLoaded([]))
    #expect(app.screen.contains("`fiedler batch FILE` makes one"))
  }

  @Test("Enter opens a batch and is told of it as long as it is shown") func opening() {
    var app = Self.list(80, 24)
    app.press(Key(.enter))
    #expect(app.effects == [.watchBatch(AppDriver.id(1))])
    var other = Self.matrix()
    other.batch = BatchSummary(
      id: AppDriver.id(2), name: "other", createdAt: AppDriver.launch, models: other.batch.models, rowCount: 30)
    app.tell(.matrixLoaded(other))
    #expect(!app.screen.contains(" 1: What"), "one that was asked for before is not shown")
    app.tell(.matrixLoaded(Self.matrix()))
    #expect(app.screen.contains(" 1: What"))
    app.press(Key(.escape))
    #expect(app.effects == [.watchBatch(nil), .loadBatches])
    app.press(Key(.escape))
    #expect(app.effects == [.watchBatch(nil)] && app.state.isComposing)
  }

  @Test("Enter on a cell shows its conversation at that model's answer; one that was not asked says so") func cell() {
    var app = Self.opened(100, 24)
    app.press("l")
    app.press(Key(.enter))
    #expect(app.effects == [.openConversation(AppDriver.id(1001))])
    let prompt = Prompt(
      id: AppDriver.id(5), turnNumber: 1, text: "What is it?", models: Self.matrix().batch.models,
      sentAt: AppDriver.launch)
    let replies = prompt.models.enumerated().map { index, model in
      Reply(
        id: AppDriver.id(60 + index), model: model, turnNumber: 2 + index, state: .success, text: "Answer \(index)",
        startedAt: AppDriver.launch)
    }
    app.tell(
      .conversationLoaded(
        Conversation(
          id: AppDriver.id(1001), title: "cities 1", createdAt: AppDriver.launch, updatedAt: AppDriver.launch,
          exchanges: [Exchange(prompt: prompt, replies: replies)])))
    #expect(app.state.isComposing && app.state.conversation?.id == AppDriver.id(1001))
    #expect(app.state.activePane == 1)

    app = Self.opened(100, 24)
    app.press("G")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty && app.state.toasts.last?.text == "It has not been asked yet")
  }

  @Test("A key goes to what has failed, from the last one to the first") func trouble() {
    var app = Self.opened(100, 24)
    app.press("n")
    #expect(app.screen.contains("deepseek-r1 · failed"))
    app.press("n")
    #expect(app.screen.contains("2 of 3 checks"))
    for _ in 0..<(Self.matrix().cells.count { $0.isTrouble } - 1) { app.press("n") }
    #expect(app.screen.contains("deepseek-r1 · failed · $0.0004 · 2: What"))
  }

  @Test("What is selected stays in sight, and where it was when the matrix changes") func scrolling() {
    var app = Self.opened(60, 16, Self.matrix(rows: 500, models: 12))
    app.press("G")
    #expect(app.screen.contains("500: What"))
    for _ in 0..<20 { app.press("l") }
    #expect(app.screen.contains("12 of 12"))
    app.tell(.matrixLoaded(Self.matrix(rows: 500, models: 12)))
    #expect(app.screen.contains("12 of 12 · 500: What"))
    app.press("g")
    #expect(app.screen.contains(" 1: What"))
  }

  @Test("Ten thousand cells cost no more to draw than those that are in sight") func bounded() {
    // Each frame asks for cells by their place; those that are not in sight have a length that would show.
    var large = Self.matrix(rows: 3334, models: 3)
    for place in large.cells.indices where place > 200 { large.cells[place].bytes = 999_000_000 }
    let app = Self.opened(200, 60, large)
    #expect(!app.screen.contains("999.0 MB"))
    #expect(app.screen.contains("1: What"))
  }
}
