import Canvas
import Conversations

/// Why a verdict was given, being typed.
struct NoteLayer: LineTyping {
  private let verdict: Verdict
  var line: LineEditor

  init(_ verdict: Verdict) {
    self.verdict = verdict
    line = LineEditor(verdict.note)
  }

  func contexts(_ world: World) -> [KeyContext] { [.note, .everywhere] }

  mutating func accept(_ world: inout World) -> [Effect] {
    var noted = verdict
    noted.note = line.text
    world.closeLayer()
    return [.judge(.give(noted))]
  }

  mutating func close(_ world: inout World) -> [Effect] {
    world.closeLayer()
    return []
  }

  func hints(_ world: World) -> [(ActionID, String)]? { [(.accept, "keep"), (.close, "as it was")] }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let theme = look.theme
    let width = min(size.width, 76)
    let box = Rect(x: (size.width - width) / 2, y: max(0, (size.height - 4) / 2), width: width, height: 3)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    frame.put(
      " a note on this verdict ", at: Point(x: box.x + 2, y: box.y), style: theme.accent.adding(.bold),
      clip: box.inset(1, 0))
    let field = box.inset(2, 1)
    line.draw(Sanitizer.cells(line.text, style: theme.text), in: field, isTyped: look.hasKeys, &frame)
  }
}
