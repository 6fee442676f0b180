import CNcurses
import Canvas
import Glibc

/// The terminal's screen: frames in, and the bytes that show them out in one write a frame.
///
/// ncurses decides what to send; it writes into memory, so that nothing is half drawn.
/// One at a time in a process, on one thread.
final class Screen {
  let depth: ColorDepth
  /// The terminal understands operating system commands (title, clipboard).
  let hasSystemCommands: Bool
  /// The terminal has modes for what Alt with a letter types: see ``ControlSequence/keepAlt``.
  let hasAltModes: Bool
  /// What takes back all that was switched on beside ncurses.
  private let leaveModes: String
  /// What brings back the normal screen, for the moment when ncurses cannot be asked.
  let restoreText: String

  private var size = Size(width: 0, height: 0)
  /// What the terminal shows; `nil` if that is not known.
  private var shown: Frame?
  /// Bytes to send before the next frame, and behind it.
  private var queued: [UInt8] = []
  private var queuedBehind: [UInt8] = []
  private var looks: [Style: Look] = [:]
  private var pairs: [UInt64: Int32] = [:]
  private var slots: ColorSlots?
  private var cells: [cn_cell] = []
  private var overlay: Overlay
  /// The terminal has been asked for its emoji.
  private var hasAsked = false

  private struct Look {
    var attributes: UInt32
    var pair: Int32
  }

  /// Opens the first type that terminfo knows. Sends nothing yet.
  /// `direct`: the terminal shows 24-bit colours, whatever terminfo tells.
  init(types: [String], colors: Bool, direct: Bool = false) throws(TerminalError) {
    guard types.contains(where: { cn_screen_open($0) }) else {
      throw .unknownTerminalType(TerminalEnvironment.variable("TERM") ?? "")
    }
    guard !Self.string("cup").isEmpty else {
      cn_screen_close()
      throw .dumbTerminal(types.last ?? "")
    }
    let told = colors ? ColorDepth(colors: Int(cn_screen_start_colors())) : .none
    slots = told == .palette256 && direct ? ColorSlots() : nil
    depth = slots == nil ? told : .direct
    overlay = Overlay(depth: depth)
    hasSystemCommands = cn_terminal_flag("XT") || !Self.string("tsl").isEmpty
    hasAltModes = TerminalEnvironment.isXterm
    leaveModes =
      (hasSystemCommands ? ControlSequence.leaveKeyboard + ControlSequence.popTitle : "")
      + (hasAltModes ? ControlSequence.leaveAlt : "") + ControlSequence.leaveModes
    restoreText = leaveModes + "\u{1B}[?25h" + Self.string("cnorm") + Self.string("rmcup") + "\u{1B}[0m"
  }

  deinit { cn_screen_close() }

  private static func string(_ name: String) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      cn_terminal_string(name, start, buffer.count)
      return String(cString: start)
    }
  }

  /// Sends this with the next frame.
  func queue(_ text: String) { queued += text.utf8 }

  /// Sends this behind the next frame, when the alternate screen is on.
  func queueBehind(_ text: String) { queuedBehind += text.utf8 }

  /// Cells that lead somewhere are links.
  var marksLinks: Bool {
    get { overlay.marksLinks }
    set { overlay.marksLinks = newValue }
  }

  /// The terminal has told how wide a new emoji is. Whether that changes what is to be seen.
  func takeWidth(ofNewEmoji columns: Int) -> Bool {
    guard hasAsked, overlay.showsNewEmoji != (columns == 2) else { return false }
    overlay.showsNewEmoji = columns == 2
    return true
  }

  /// The terminal's own background, `.default` where that is not known: few colours are chosen by it.
  var ground = Color.default {
    didSet {
      guard ground != oldValue, depth == .palette8 || depth == .palette16 else { return }
      overlay.ground = ground
      looks.removeAll()
      shown = nil
    }
  }

  /// Makes the next frame be drawn in full.
  func invalidate() { shown = nil }

  /// Shows a frame, cut or filled up to the terminal's size. `false` if the terminal takes nothing more.
  func show(_ frame: Frame, size: Size) -> Bool {
    let frame = frame.size == size ? frame : frame.fitted(to: size)
    if size != self.size {
      self.size = size
      shown = nil
      cn_screen_resize(Int32(size.width), Int32(size.height))
    }
    if !draw(frame) {
      // More colours or pairs of them than the terminal has: begin anew with those in use now.
      cn_screen_reset_pairs()
      pairs.removeAll()
      slots?.removeAll()
      looks.removeAll()
      shown = nil
      _ = draw(frame)
    }
    var over = overlay.paint(frame, over: shown)
    if hasSystemCommands, !hasAsked, Overlay.hasNewEmoji(frame) {
      hasAsked = true
      over += overlay.question(frame)
    }
    shown = frame
    let cursor = frame.cursor.flatMap { frame.bounds.contains($0) ? $0 : nil }
    cn_screen_cursor(Int32(cursor?.x ?? 0), Int32(cursor?.y ?? 0), cursor != nil)
    cn_screen_update()
    return send(isLast: false, over: over)
  }

  /// Leaves the screen; the next frame enters it again.
  func leave() {
    queuedBehind.removeAll()
    queue(leaveModes)
    cn_screen_end()
    _ = send(isLast: true)
    shown = nil
  }

  /// `more` is written over what ncurses has written.
  private func send(isLast: Bool, over more: String = "") -> Bool {
    let pending = cn_screen_pending()
    guard pending > 0 || !more.isEmpty || !queued.isEmpty || !queuedBehind.isEmpty else { return true }
    var bytes = queued
    queued.removeAll()
    if !isLast { bytes += ControlSequence.beginUpdate.utf8 }
    let written = [UInt8](unsafeUninitializedCapacity: pending) { buffer, count in
      count = buffer.baseAddress.map { cn_screen_take($0, pending) } ?? 0
    }
    bytes += slots?.resolved(written) ?? written
    bytes += more.utf8
    if !isLast { bytes += ControlSequence.endUpdate.utf8 }
    bytes += queuedBehind
    queuedBehind.removeAll()
    return isLast ? cn_write_last(STDOUT_FILENO, bytes, bytes.count) : cn_write(STDOUT_FILENO, bytes, bytes.count)
  }

  /// Gives ncurses what changed. `false` if there were not pairs enough.
  private func draw(_ frame: Frame) -> Bool {
    var isComplete = true
    let runs = shown.map(frame.changes(since:)) ?? frame.changes(since: Frame(Size(width: -1, height: -1)))
    if shown == nil { cn_screen_invalidate() }
    var style: Style?
    var look = Look(attributes: 0, pair: 0)
    for run in runs {
      cells.removeAll(keepingCapacity: true)
      for cell in frame.row(run.y)[(run.y * frame.size.width + run.x)...].prefix(run.count) where !cell.isContinuation {
        if cell.style != style {
          style = cell.style
          let found = self.look(of: cell.style)
          isComplete = isComplete && found != nil
          look = found ?? Look(attributes: UInt32(cell.style.attributes.rawValue), pair: 0)
        }
        if Overlay.isNewEmoji(cell) {
          // Two columns that ncurses can count.
          let first: Unicode.Scalar = overlay.showsNewEmoji ? " " : "\u{FFFD}"
          for scalar in [first, " "] {
            cells.append(
              cn_cell(Cell(scalar, style: cell.style), attributes: look.attributes, pair: look.pair))
          }
          continue
        }
        cells.append(cn_cell(cell, attributes: look.attributes, pair: look.pair))
      }
      cn_screen_put(Int32(run.x), Int32(run.y), cells, Int32(cells.count))
    }
    return isComplete
  }

  /// `nil` if the terminal has no pair left.
  private func look(of style: Style) -> Look? {
    if let known = looks[style] { return known }
    var numbers = depth.numbers(style.foreground, style.background, ground: ground)
    let attributes = depth.attributes(of: style, shownAs: numbers.foreground)
    if slots != nil {
      guard let above = slots?.number(numbers.foreground), let below = slots?.number(numbers.background) else {
        return nil
      }
      numbers = (above, below)
    }
    var pair: Int32 = 0
    if numbers.foreground != -1 || numbers.background != -1 {
      let key = UInt64(UInt32(bitPattern: numbers.foreground)) << 32 | UInt64(UInt32(bitPattern: numbers.background))
      if let known = pairs[key] {
        pair = known
      } else {
        pair = Int32(pairs.count) + 1
        guard pair <= cn_screen_pairs(), cn_screen_set_pair(pair, numbers.foreground, numbers.background) else {
          return nil
        }
        pairs[key] = pair
      }
    }
    let look = Look(attributes: UInt32(attributes.rawValue), pair: pair)
    looks[style] = look
    return look
  }
}

extension cn_cell {
  fileprivate init(_ cell: Cell, attributes: UInt32, pair: Int32) {
    self.init(scalars: (cell.scalar, 0, 0, 0), attributes: attributes, pair: pair)
    guard !cell.isSimple else { return }
    let all = cell.scalars
    scalars.1 = all.count > 1 ? all[1].value : 0
    scalars.2 = all.count > 2 ? all[2].value : 0
    scalars.3 = all.count > 3 ? all[3].value : 0
  }
}
