/// When the next frame may be drawn: at most 60 in any second, a key's at once wherever that allows.
///
/// A store of a few frames that fills up again over time. A key's frame may take the last one, any other leaves one
/// for a key that may come the next moment. So a steady stream is drawn as often as can be, and a key in the midst of
/// it is not kept waiting: its frame comes in place of one of the stream's. On a screen that was at rest, what a key
/// asks for is drawn as it comes too: the list that a search finds, then its preview.
///
/// Keys that come faster than frames, as from a wheel, need nothing kept back for them: each sixtieth of a second has a
/// frame of theirs, a little less often while the store's frames, which came before their time, make up the second.
struct FramePacer {
  enum Reason { case input, other }

  private static let capacity = 4.0
  private static let perSecond = 56.0
  private static let most = 60

  private var stored = capacity
  /// When the last frames were drawn, the newest one last; no more than make up a second.
  private var drawn: [ContinuousClock.Instant] = []

  /// How long until a frame may be drawn; zero if it may be now.
  func delay(_ reason: Reason, at now: ContinuousClock.Instant) -> Duration {
    let lack = (reason == .input ? 1 : 2) - stored(at: now)
    var delay = lack <= 0 ? .zero : Duration.seconds(lack / Self.perSecond) + .microseconds(1)
    if reason == .input, let last = drawn.last { delay = min(delay, max(.zero, last + spacing(at: now) - now)) }
    if drawn.count == Self.most { delay = max(delay, drawn[0] + .seconds(1) - now) }
    return delay
  }

  /// A frame is drawn.
  mutating func spend(at now: ContinuousClock.Instant) {
    stored = max(0, stored(at: now) - 1)
    if drawn.count == Self.most { drawn.removeFirst() }
    drawn.append(now)
  }

  private func stored(at now: ContinuousClock.Instant) -> Double {
    guard let last = drawn.last else { return Self.capacity }
    let passed = (now - last) / .seconds(1)
    return min(Self.capacity, stored + passed * Self.perSecond)
  }

  /// How far apart frames are that share what is left of a second: those before their time count twice.
  private func spacing(at now: ContinuousClock.Instant) -> Duration {
    let even = Duration.seconds(1) / Self.most
    let recent = drawn.drop { $0 + .seconds(1) <= now }
    let early = zip(recent, recent.dropFirst()).count { $1 - $0 < even }
    return .seconds(1) / (Self.most - min(early, Self.most / 2))
  }
}
