import Canvas
import Conversations
import FoundationEssentials

/// An exchange being replayed: a timeline, and a place on it that moves with the program's clock.
struct ReplayScreen: Screen {
  /// The whole conversation that the exchange is of.
  let source: Conversation
  /// Its place in the conversation.
  let exchange: Int
  let timeline: ReplayTimeline
  /// The panes, and the conversation as it was at the position.
  var stage = Stage()
  /// While the mouse holds the head.
  var isDragging = false

  /// The speed is two to this power.
  private var exponent = 0
  private(set) var isPlaying = false
  /// From here the position is counted, so that steps of the clock do not add up to an error.
  private var anchor = (now: Duration.zero, position: Duration.zero)

  /// From a quarter to 64 times.
  private static let exponents = -2...6
  /// As often as a screen is drawn.
  private static let frame = Duration.seconds(1) / 60
  /// What the figures show.
  private static let tenth = Duration.milliseconds(100)

  init(source: Conversation, exchange: Int, timeline: ReplayTimeline) {
    self.source = source
    self.exchange = exchange
    self.timeline = timeline
    stage.past = Stage.Past(tracks: timeline.replies.count)
    stage.focus = .pane
  }

  private(set) var position: Duration {
    get { stage.past?.position ?? .zero }
    set { stage.past?.position = newValue }
  }

  var speed: Double { exponent < 0 ? 1 / Double(1 << -exponent) : Double(1 << exponent) }

  /// How far the position moves in some time of the clock; exact, as speeds are powers of two.
  private func moved(in time: Duration) -> Duration { exponent < 0 ? time / (1 << -exponent) : time * (1 << exponent) }

  /// How long the clock takes for that.
  private func taken(by move: Duration) -> Duration { exponent < 0 ? move * (1 << -exponent) : move / (1 << exponent) }

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
    exponent = min(max(Self.exponents.lowerBound, exponent + step), Self.exponents.upperBound)
    anchor = (now, position)
  }

  /// Moves the position to what the clock says. It stops at the end.
  mutating func moveOn(to now: Duration) {
    guard isPlaying else { return }
    position = min(max(position, anchor.position + moved(in: max(.zero, now - anchor.now))), timeline.duration)
    if isAtEnd { isPlaying = false }
  }

  /// When the screen changes by itself: with the next thing that happened, or the next tenth of a second in the
  /// figures.
  func nextChange(_ now: Duration) -> Duration? {
    guard isPlaying else { return nil }
    // Figures are rounded: they change in the middle between two tenths.
    let tenths = Int64((position / Self.tenth + 0.5).rounded(.down))
    let figures = min(Self.tenth * tenths + Self.tenth / 2, timeline.duration)
    let moment = min(timeline.nextTime(after: position) ?? figures, figures)
    return max(anchor.now + taken(by: moment - anchor.position), now + Self.frame)
  }
}
