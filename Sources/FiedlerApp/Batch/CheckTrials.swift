import Conversations
import Dispatch
import Synchronization

/// Carries out the checks of answers, and gives up on a regular expression that backtracks without end, be it one of
/// a schema.
///
/// Nothing can stop a match that is under way: its thread goes on, with what the system has left for it, until it is
/// done or the process ends. No more expressions are tried while ``most`` go on so.
final class CheckTrials: Sendable {
  private static let most = 2

  private let limit: Duration
  /// Matches that were given up and go on.
  private let lost = Mutex(0)

  init(limit: Duration = .seconds(2)) { self.limit = limit }

  /// What comes of a check; `nil` for one that a model must judge.
  func finding(_ check: BatchCheck, for answer: CheckedAnswer) async -> BatchFinding? {
    let (name, part): (String, String)
    switch check.test {
    case .regex: (name, part) = ("the regular expression", "it")
    case .json(.some): (name, part) = ("the schema", "its patterns")
    default: return check.finding(for: answer)
    }
    let givenUp = BatchFinding(
      check: check.name, passed: false,
      reason: "\(name) was not done within \(limit.shown) and was given up; "
        + "write \(part) without a repetition inside another one")
    guard lost.withLock({ $0 < Self.most }) else { return givenUp }
    return await withCheckedContinuation { continuation in
      let answering = FirstAnswer(continuation)
      DispatchQueue(label: "fiedler.check", qos: .utility).async { [self] in
        let timer = Task {
          do { try await Task.sleep(for: limit) } catch {
            // Cancelled: the match was done in time.
            return
          }
          // Counted before anybody hears of it.
          lost.withLock { $0 += 1 }
          if !answering.give(givenUp) { lost.withLock { $0 -= 1 } }
        }
        let finding = check.finding(for: answer)
        timer.cancel()
        if !answering.give(finding) { lost.withLock { $0 -= 1 } }
      }
    }
  }

  /// Hands on the first of several answers.
  private final class FirstAnswer: Sendable {
    private let waiting: Mutex<CheckedContinuation<BatchFinding?, Never>?>

    init(_ continuation: CheckedContinuation<BatchFinding?, Never>) { waiting = Mutex(continuation) }

    /// Whether it was the first.
    func give(_ finding: BatchFinding?) -> Bool {
      let first = waiting.withLock { $0.take() }
      first?.resume(returning: finding)
      return first != nil
    }
  }
}
