import CAllocator
import Synchronization

/// Gives memory back to the system some seconds after work has ended.
///
/// The C library's allocator has a heap for each thread that runs beside others, and keeps what was freed in it: after
/// sixty prompts to 16 models 48 of a program's 74 MB were free. Of the program's code far more is mapped than is run:
/// 25 MB after a start, of which streams need 13. Between bursts of work neither happens, so that a program at rest
/// sleeps. Safe to use from any thread.
final class MemoryUpkeep: Sendable {
  private let delay: Duration
  private let isDue = Atomic<Bool>(false)

  init(delay: Duration = .seconds(3)) { self.delay = delay }

  /// Something has ended that took memory for a while: an answer, a search, a call of a tool.
  func workEnded() {
    guard !isDue.exchange(true, ordering: .relaxed) else { return }
    Task.detached(priority: .utility) { [self] in
      // Throws only if its task is cancelled, which nobody can do.
      try? await Task.sleep(for: delay)
      // Before the memory is given back, so that work which ends meanwhile is not forgotten.
      isDue.store(false, ordering: .relaxed)
      allocator_trim()
      #if !DEBUG
        code_release()
      #endif
    }
  }
}
