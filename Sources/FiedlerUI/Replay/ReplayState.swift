import Canvas
import Conversations
import FoundationEssentials

/// What stands on the first screen: the conversation and how it is looked at.
struct Stage: Sendable {
  var conversation: Conversation?
  var panes: [Pane] = []
  var activePane = 0
  var focus = AppState.Focus.prompt
  var isZoomed = false
}

/// An exchange being replayed: a timeline, and a place on it that moves with the program's clock.
struct ReplayState: Sendable {
  /// The whole conversation that the exchange is of.
  let source: Conversation
  /// Its place in the conversation.
  let exchange: Int
  let timeline: ReplayTimeline
  /// What was on the screen before.
  var behind = Stage()
  /// Where Escape leads.
  var origin = AppState.Screen.compose
  /// While the mouse holds the head.
  var isDragging = false

  private(set) var position = Duration.zero
  private(set) var speed = 1.0
  private(set) var isPlaying = false
  /// From here the position is counted, so that steps of the clock do not add up to an error.
  private var anchor = (now: Duration.zero, position: Duration.zero)

  static let speeds = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64]
  /// As often as a screen is drawn.
  private static let frame = Duration.seconds(1) / 60
  /// What the figures show.
  private static let tenth = Duration.milliseconds(100)

  init(source: Conversation, exchange: Int, timeline: ReplayTimeline) {
    self.source = source
    self.exchange = exchange
    self.timeline = timeline
  }

  var isAtEnd: Bool { position >= timeline.duration }

  /// Starts to play; from the start if it is at the end.
  mutating func play(_ now: Duration) {
    if isAtEnd { position = .zero }
    isPlaying = timeline.duration > .zero
    anchor = (now, position)
  }

  mutating func pause() { isPlaying = false }

  mutating func seek(to time: Duration, _ now: Duration) {
    position = min(max(.zero, time), timeline.duration)
    anchor = (now, position)
    if isAtEnd { isPlaying = false }
  }

  /// Faster by so many steps, or slower.
  mutating func changeSpeed(by step: Int, _ now: Duration) {
    let index = (Self.speeds.firstIndex(of: speed) ?? 2) + step
    speed = Self.speeds[min(max(0, index), Self.speeds.count - 1)]
    anchor = (now, position)
  }

  /// Moves the position to what the clock says. It stops at the end.
  mutating func advance(_ now: Duration) {
    guard isPlaying else { return }
    let passed = max(.zero, now - anchor.now) * speed
    position = min(max(position, anchor.position + passed), timeline.duration)
    if isAtEnd { isPlaying = false }
  }

  /// When the screen changes by itself: with the next thing that happened, or the next tenth of a second in the figures.
  func nextChange(_ now: Duration) -> Duration? {
    guard isPlaying else { return nil }
    let tenths = Int64((position / Self.tenth).rounded(.down))
    let figures = min(Self.tenth * (tenths + 1), timeline.duration)
    let moment = min(timeline.nextTime(after: position) ?? figures, figures)
    // A little later, so that no rounding makes the clock come too early.
    let due = anchor.now + (moment - anchor.position) / speed + .microseconds(1)
    return max(due, now + Self.frame)
  }
}
