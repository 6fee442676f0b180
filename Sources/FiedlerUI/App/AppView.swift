import Canvas
import Conversations

/// The screen for a state: pure, and right at any size.
///
/// `now` is on the clock of ``Message/tick(now:)``; it may be later than the state's last tick.
/// Costs least when `size` is the state's own ``AppState/size``: the text is wrapped for that.
public func view(_ state: AppState, size: Size, theme: Theme, now: Duration) -> Frame {
  var frame = Frame(size, style: theme.text)
  if ComposeLayout.isTooSmall(frame.size) {
    drawTooSmall(theme, &frame)
    return frame
  }
  frame.drawsBoxes = !state.isPlain
  AppView(state: state, theme: theme, now: now).draw(frame.size, &frame)
  frame.makeReadable(on: theme.selection)
  if state.isPlain { frame.makePlain(state, theme) }
  return frame
}

private func drawTooSmall(_ theme: Theme, _ frame: inout Frame) {
  let least = ComposeLayout.minimum
  let lines = ["Too small", "\(least.width) × \(least.height) needed"]
  let top = max(0, (frame.size.height - lines.count) / 2)
  for (index, line) in lines.enumerated() {
    let cells = TextWidth.truncate(Sanitizer.cells(line, style: theme.muted), to: frame.size.width)
    frame.put(cells, at: Point(x: (frame.size.width - cells.count) / 2, y: top + index))
  }
}

struct AppView {
  let state: AppState
  let theme: Theme
  let now: Duration

  func draw(_ size: Size, _ frame: inout Frame) {
    let bar = Rect(x: 0, y: size.height - 1, width: size.width, height: 1)
    let compose = ComposeView(state: state, theme: theme, now: now)
    if let top = state.top {
      let look = Look(app: state, theme: theme, now: now, hasKeys: state.overlay == nil)
      top.draw(look, size, &frame)
    } else {
      compose.draw(size, &frame)
    }
    let showsPanes = state.isComposing || state.stage.past != nil
    drawToasts(above: showsPanes ? ComposeLayout(state, size).prompt.y : bar.y, size, &frame)
    if state.isComposing, state.overlay == nil, state.isCompleting {
      PromptView(state: state, theme: theme).drawCompletion(over: ComposeLayout(state, size).prompt, &frame)
    }
    let area = Rect(x: 0, y: 0, width: size.width, height: size.height - 1)
    switch state.overlay {
    case .help(let help):
      HelpView(help: help, keyMap: state.keyMap, keys: state.prompt.editor.keys, theme: theme).draw(size, &frame)
    case .review(let review):
      let keys = state.keyMap.name(of: .close, in: [.help]).map { "\($0) closes" }
      ReviewView(review: review, help: keys ?? "", theme: theme).draw(size, &frame)
    case .picker(let picker):
      PickerView(picker: picker, theme: theme, help: state.pickerHelp(picker)).draw(in: area, &frame)
    case .quitQuestion: drawQuestion(area, &frame)
    case nil: break
    }
    StatusBar(state: state, theme: theme, now: now).draw(in: bar, &frame)
  }

  private func drawQuestion(_ area: Rect, _ frame: inout Frame) {
    let running = state.runningReplies
    let what = running == 1 ? "1 answer is still streaming." : "\(Figures.count(running)) answers are still streaming."
    let keys = [ActionID.answerYes, .answerNo].compactMap { state.keyMap.name(of: $0, in: [.question]) }
    let answers = keys.isEmpty ? "" : " \(keys.joined(separator: "/"))"
    var text = "\(what) Quit and keep what has come?\(answers)"
    var wrapped = WrappedText(text, columns: max(10, min(area.width - 6, 66)))
    if wrapped.rows.count + 2 > area.height {
      text = "\(Figures.count(running)) streaming. Quit?\(answers)"
      wrapped = WrappedText(text, columns: max(10, area.width - 6))
    }
    let columns = wrapped.rows.map { TextWidth.columns(text, $0) }.max() ?? 0
    let size = Size(width: min(area.width, columns + 6), height: min(area.height, wrapped.rows.count + 4))
    let box = Rect(
      x: (area.width - size.width) / 2, y: (area.height - size.height) / 2, width: size.width, height: size.height)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.warning)
    let inner = box.inset(1, size.height >= wrapped.rows.count + 4 ? 2 : 1)
    for (line, row) in wrapped.rows.enumerated() {
      let cells = Sanitizer.cells(text, utf8: row, style: theme.strong)
      frame.put(cells, at: Point(x: inner.x + 2, y: inner.y + line), clip: inner)
    }
    frame.cursor = nil
  }
}

extension TextWidth {
  /// Columns of a part of a text, blanks at its end left out.
  static func columns(_ text: String, _ range: Range<Int>) -> Int {
    let cells = Sanitizer.cells(text, utf8: range, style: .plain)
    return cells.lastIndex { $0.scalar != 0x20 }.map { $0 + 1 } ?? 0
  }
}
