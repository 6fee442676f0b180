import FiedlerApp
import Foundation
import Synchronization

/// How far a batch has come, on standard error.
final class BatchProgressLine: Sendable {
  private let isQuiet: Bool
  private let begin = ContinuousClock.now
  private let line = Mutex(ProgressLine())

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  func show(_ progress: BatchProgress) {
    if isQuiet { return }
    line.withLock { $0.show(BatchText.progress(progress, elapsed: ContinuousClock.now - begin)) }
  }

  /// The last figures, on a line that stays.
  func finish(_ progress: BatchProgress) {
    if isQuiet { return }
    ProgressLine.clear()
    Output.error(BatchText.progress(progress, elapsed: ContinuousClock.now - begin))
  }
}
