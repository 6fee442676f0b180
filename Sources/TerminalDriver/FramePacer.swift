/// When the next frame may be drawn: at most 60 in any second, a key's at once wherever that allows.
///
/// A store of a few frames that fills up again over time. A key's frame may take the last one, any other leaves one
/// for a key that may come the next moment. So a steady stream is drawn as often as can be, and a key in the midst of
/// it is not kept waiting: its frame comes in place of one of the stream's. On a screen that was at rest, what a key
/// asks for is drawn as it comes too: the list that a search finds, then its preview.
struct FramePacer {
  enum Reason { case input, other }

  private static let capacity = 4.0
  private static let perSecond = 56.0

  private var stored = capacity
  private var updated: ContinuousClock.Instant?

  /// How long until a frame may be drawn; zero if it may be now.
  func delay(_ reason: Reason, at now: ContinuousClock.Instant) -> Duration {
    let lack = (reason == .input ? 1 : 2) - stored(at: now)
    return lack <= 0 ? .zero : .seconds(lack / Self.perSecond) + .microseconds(1)
  }

  /// A frame is drawn.
  mutating func spend(at now: ContinuousClock.Instant) {
    stored = max(0, stored(at: now) - 1)
    updated = now
  }

  private func stored(at now: ContinuousClock.Instant) -> Double {
    guard let updated else { return Self.capacity }
    let passed = (now - updated) / .seconds(1)
    return min(Self.capacity, stored + passed * Self.perSecond)
  }
}
