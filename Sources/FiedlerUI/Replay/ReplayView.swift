import Canvas
import Conversations
import FoundationEssentials

/// Where the parts of the timeline's box stand.
struct ReplayLayout {
  var box: Rect
  /// The names before the tracks; empty where there is one line for all.
  var names: Rect
  var tracks: Rect
  /// One line stands for all replies.
  var isMerged: Bool

  /// Rows of tracks: one a reply, or one for all on a low screen.
  static func rows(_ tracks: Int, _ size: Size) -> Int { isMerged(tracks, size) ? 1 : max(1, tracks) }

  private static func isMerged(_ tracks: Int, _ size: Size) -> Bool {
    size.height < 16 || tracks > max(3, size.height / 4)
  }

  init(_ replay: ReplayScreen, _ world: World, _ box: Rect) {
    self.box = box
    let inner = box.inset(2, 1)
    isMerged =
      Self.isMerged(replay.timeline.replies.count, Size(width: box.width, height: box.maxY + 1))
      && replay.timeline.replies.count > 1
    let longest = replay.timeline.replies.map { TextWidth.columns(world.label($0.model)) }.max() ?? 0
    let columns = isMerged || box.width < 60 ? 0 : min(longest, max(10, inner.width / 5))
    names = Rect(x: inner.x, y: inner.y, width: columns, height: inner.height)
    let left = inner.x + (columns > 0 ? columns + 2 : 0)
    tracks = Rect(x: left, y: inner.y, width: inner.maxX - left, height: inner.height)
  }

  /// The time that a column of the screen stands for.
  func time(at x: Int, _ duration: Duration) -> Duration {
    let column = x - tracks.x
    if column >= tracks.width - 1 { return duration }
    return column <= 0 ? .zero : duration * column / max(1, tracks.width)
  }

  /// The column of the tracks in which a time lies.
  static func column(of time: Duration, _ duration: Duration, _ width: Int) -> Int {
    guard duration > .zero, width > 0 else { return 0 }
    return min(width - 1, max(0, Int((time / duration * Double(width)).rounded(.down))))
  }
}

/// Draws the timeline: a track a reply, the head, and how the replay stands.
struct ReplayView {
  let replay: ReplayScreen
  let world: World
  let theme: Theme

  func draw(in rect: Rect, _ frame: inout Frame) {
    guard rect.width >= 4, rect.height >= 3 else { return }
    let layout = ReplayLayout(replay, world, rect)
    frame.box(rect, style: theme.focusedBorder)
    drawTitle(rect, &frame)
    let stage = replay.stage
    let timeline = replay.timeline
    let groups = layout.isMerged ? [timeline.replies] : timeline.replies.map { [$0] }
    let head = ReplayLayout.column(of: replay.position, timeline.duration, layout.tracks.width)
    for (row, replies) in groups.prefix(layout.tracks.height).enumerated() {
      let y = layout.tracks.y + row
      if let reply = replies.first, layout.names.width > 0 {
        let isActive =
          stage.panes.indices.contains(stage.activePane) && stage.panes[stage.activePane].model == reply.model
        let style = isActive ? theme.strong : theme.muted
        let name = TextWidth.truncate(Sanitizer.cells(world.label(reply.model), style: style), to: layout.names.width)
        frame.put(name, at: Point(x: layout.names.x, y: y), clip: layout.names)
      }
      let marks = ReplayMarks(timeline, replies, columns: layout.tracks.width).marks
      let cells = marks.enumerated().map { column, mark in
        let isPast = column <= head
        let style = isPast ? self.style(mark) : theme.dim
        return Cell(mark.scalar, style: column == head ? style.on(theme.selection).adding(.bold) : style)
      }
      frame.put(cells, at: Point(x: layout.tracks.x, y: y), clip: layout.tracks)
    }
    drawFoot(layout, head, &frame)
  }

  private func style(_ mark: ReplayMarks.Mark) -> Style {
    switch mark {
    case .nothing, .waiting, .pause, .stall: theme.muted
    case .retry: theme.warning
    case .first, .chunks: theme.info
    case .end(let state): theme.style(of: state)
    }
  }

  private func drawTitle(_ rect: Rect, _ frame: inout Frame) {
    let glyph = replay.isPlaying ? "▶" : "‖"
    let speed = Self.speed(replay.speed)
    let clock = "\(Self.clock(replay.position)) / \(Self.clock(replay.timeline.duration))"
    let right = " \(glyph) \(speed) · \(clock) "
    let at = rect.maxX - 2 - TextWidth.columns(right)
    var x = rect.x + 2
    let room = Rect(x: x, y: rect.y, width: at - 1 - x, height: 1)
    if room.width >= 8 {
      x += frame.put(" replay ", at: Point(x: x, y: rect.y), style: theme.accent.adding(.bold), clip: room)
    }
    let count = replay.source.exchanges.count
    let place = " exchange \(replay.exchange + 1) of \(count) "
    if count > 1, x + 1 + TextWidth.columns(place) <= room.maxX {
      frame.put(place, at: Point(x: x + 1, y: rect.y), style: theme.muted, clip: room)
    }
    guard at > rect.x else { return }
    frame.put(right, at: Point(x: at, y: rect.y), style: replay.isPlaying ? theme.strong : theme.muted, clip: rect)
  }

  /// The head's mark in the border, and what must be said of recordings.
  private func drawFoot(_ layout: ReplayLayout, _ head: Int, _ frame: inout Frame) {
    let y = layout.box.maxY - 1
    let inexact = replay.timeline.replies.filter { !replay.timeline.isExact($0.id) }
    if !inexact.isEmpty {
      let names =
        inexact.count == replay.timeline.replies.count
        ? "" : inexact.map { world.label($0.model) }.joined(separator: ", ") + ": "
      let why = world.isSuspect(replay.source.id) ? "plain since a crash" : "no recording"
      let text = " \(names)\(why), shown whole at the end "
      let cells = TextWidth.truncate(Sanitizer.cells(text, style: theme.caution), to: max(0, layout.box.width - 6))
      frame.put(cells, at: Point(x: layout.box.maxX - 2 - cells.count, y: y), clip: layout.box)
    }
    let mark = Cell("▲", style: theme.accent.adding(.bold))
    frame.put(CollectionOfOne(mark), at: Point(x: layout.tracks.x + head, y: y), clip: layout.box)
  }

  /// `0:07.4`, `1:02:07.4`.
  static func clock(_ time: Duration) -> String {
    let tenths = Int((time.wholeMilliseconds + 50) / 100)
    let seconds = tenths / 10
    let end = "\(Figures.twoDigits(seconds % 60)).\(tenths % 10)"
    if seconds < 3600 { return "\(seconds / 60):\(end)" }
    return "\(seconds / 3600):\(Figures.twoDigits(seconds % 3600 / 60)):\(end)"
  }

  /// `0.25×`, `64×`.
  static func speed(_ speed: Double) -> String {
    let text = Figures.fixed(speed, 2)
    return (text.hasSuffix(".00") ? String(text.dropLast(3)) : text.hasSuffix("0") ? String(text.dropLast()) : text)
      + "×"
  }
}
