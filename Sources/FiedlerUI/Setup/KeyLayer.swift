import Canvas

/// A provider's key being typed: as many dots are seen as it has characters.
struct KeyLayer: LineTyping {
  /// What the key is for.
  enum Purpose: Hashable {
    /// To list the provider's models, of which some are then set up.
    case setUp
    /// To be kept for models that are there already.
    case give
  }

  let provider: String
  let purpose: Purpose
  /// What was wrong with the one before.
  var problem = ""
  var line = LineEditor()

  init(provider: String, for purpose: Purpose, problem: String = "") {
    self.provider = provider
    self.purpose = purpose
    self.problem = problem
  }

  func contexts(_ world: World) -> [KeyContext] { [.picker, .everywhere] }

  mutating func accept(_ world: inout World) -> [Effect] {
    // A key has no blanks; those around it came along with the paste.
    let key = line.text.filter { !$0.isWhitespace }
    guard !key.isEmpty else {
      world.show("No key was given; Escape leaves all as it is", .warning)
      return []
    }
    let (provider, purpose) = (provider, purpose)
    world.then { app in
      switch purpose {
      case .setUp: app.ask(provider, TypedKey(key))
      case .give: app.give(TypedKey(key), to: provider)
      }
    }
    return []
  }

  mutating func close(_ world: inout World) -> [Effect] {
    world.closeLayer()
    return []
  }

  func hints(_ world: World) -> [(ActionID, String)]? { [(.accept, "test it"), (.close, "close")] }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let words = problem.isEmpty ? "It is not shown, and it is tested before anything is kept." : problem
    let dots = Sanitizer.cells(String(repeating: "•", count: line.text.count), style: look.theme.text)
    LineBox(title: "API key of \(provider)", words: words, isProblem: !problem.isEmpty, theme: look.theme)
      .draw(line, as: dots, size, &frame)
  }
}
