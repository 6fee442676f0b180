/// Waits for `work`, but no longer than `limit`. What is not done by then is cancelled and not waited for.
func wait(atMost limit: Duration, for work: @escaping @Sendable () async -> Void) async {
  let (ends, end) = AsyncStream.makeStream(of: Void.self)
  let working = Task {
    await work()
    end.yield()
  }
  let limiting = Task {
    // Cancelled when the work is done first; then nobody listens any more.
    try? await Task.sleep(for: limit)
    end.yield()
  }
  for await _ in ends { break }
  working.cancel()
  limiting.cancel()
}
