/// A condition did not come true in time.
public struct NotEventually: Error, CustomStringConvertible {
  public let description: String
}

/// Waits until `condition` is true, looking again every millisecond or two. Throws ``NotEventually`` at the deadline,
/// which is far away: where every test of the package runs beside, one that is in order can be kept waiting for long.
public func eventually(
  _ what: @autoclosure () -> String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while !(try await condition()) {
    guard ContinuousClock.now < deadline else { throw NotEventually(description: "not within \(limit): \(what())") }
    try await Task.sleep(for: .milliseconds(2))
  }
}
