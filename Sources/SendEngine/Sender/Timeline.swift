/// Time since a send began, on whichever clock.
struct Timeline: Sendable {
  let elapsed: @Sendable () -> Duration
  /// Sleeps until this long after the start. Throws `CancellationError` when the task is cancelled.
  let sleep: @Sendable (_ until: Duration) async throws -> Void

  init(startingNowOn clock: any Clock<Duration>) { self = Self.make(clock) }

  private init(
    elapsed: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.elapsed = elapsed
    self.sleep = sleep
  }

  private static func make<C: Clock>(_ clock: C) -> Timeline where C.Duration == Duration {
    let start = clock.now
    return Timeline(
      elapsed: { start.duration(to: clock.now) },
      sleep: { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) })
  }
}
