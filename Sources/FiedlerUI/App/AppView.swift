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
  if state.world.hidesNames { frame.blotOut(state.world.hiddenNames) }
  frame.makeReadable(on: theme.selection)
  if state.isPlain {
    frame.makePlain(at: state.layer == nil ? state.top.readPlace(state.world, frame.size) : nil, theme)
  }
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
    let look = Look(world: state.world, theme: theme, now: now, hasKeys: state.layer == nil)
    let top = state.top
    top.draw(look, size, &frame)
    drawToasts(above: top.noticesEnd(state.world, size), size, &frame)
    top.drawOver(look, size, &frame)
    if let layer = state.layer {
      if !layer.showsWhatIsBelow, !state.isPlain { fade(&frame) }
      layer.draw(Look(world: state.world, theme: theme, now: now, hasKeys: true), size, &frame)
    }
    StatusBar(state: state, theme: theme, now: now).draw(in: bar, &frame)
  }

  /// What lies below a layer takes no keys, and looks like it.
  private func fade(_ frame: inout Frame) {
    frame.restyle(frame.bounds) { style in
      style.foreground = theme.dim.foreground
      style.background = theme.background
      style.attributes = theme.dim.attributes
    }
  }
}

extension TextWidth {
  /// Columns of a part of a text, blanks at its end left out.
  static func columns(_ text: String, _ range: Range<Int>) -> Int {
    let cells = Sanitizer.cells(text, utf8: range, style: .plain)
    return cells.lastIndex { $0.scalar != 0x20 }.map { $0 + 1 } ?? 0
  }
}
