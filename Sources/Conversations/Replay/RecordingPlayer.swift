/// How fast a replay goes.
public enum ReplaySpeed: Hashable, Sendable {
  /// So many times as fast as it was; above zero.
  case times(Double)
  /// All at once.
  case instant
}

/// Plays a timeline into whoever shows answers, on any clock.
///
/// It waits for absolute moments of that clock, so that being late once does not make all that follows late.
public struct RecordingPlayer: Sendable {
  private let timeline: ReplayTimeline
  private let speed: ReplaySpeed

  public init(_ timeline: ReplayTimeline, speed: ReplaySpeed = .times(1)) {
    self.timeline = timeline
    self.speed = speed
  }

  /// Gives `sink` what happened after `position` (from the beginning for `nil`), each event at its moment.
  /// Returns after the last one; throws `CancellationError` if its task is cancelled before.
  public func play(
    into sink: any SendEventSink, after position: Duration? = nil, on clock: some Clock<Duration> = ContinuousClock()
  ) async throws {
    guard case .times(let factor) = speed, factor > 0, factor.isFinite else {
      return sink.receive(timeline.events(after: position, through: timeline.duration))
    }
    let began = clock.now
    let origin = position ?? .zero
    var played = position
    while let next = timeline.nextTime(after: played) {
      try await clock.sleep(until: began.advanced(by: (next - origin) / factor), tolerance: .zero)
      try Task.checkCancellation()
      // Whatever else has become due meanwhile goes with it.
      let passed = began.duration(to: clock.now) * factor
      let now = max(next, origin + passed)
      sink.receive(timeline.events(after: played, through: now))
      played = now
    }
  }
}
