import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import Synchronization

/// What the screen of batches asks for.
extension EffectRunner {
  func loadBatches() {
    perform(orElse: Message.batchesFailed) { services in
      self.inbox.post(.batchesLoaded(try await services.store.batches()))
    }
  }

  func watch(batch: UUID?) {
    batchWatch.withLock { $0 = nil }
    guard let batch else { return }
    perform(orElse: Message.batchesFailed) { services in
      let watch = BatchWatch(batch, services) { [inbox = self.inbox] in inbox.post($0) }
      self.batchWatch.withLock { $0 = watch }
      await watch.start()
    }
  }
}

/// Tells how a batch stands whenever something was written to the history, by this process or another; as long as it
/// lives.
///
/// A look at ten thousand cells takes some time, so that it rests after each for several times as long.
actor BatchWatch {
  private let batch: UUID
  private let services: Services
  private let post: @Sendable (Message) -> Void
  private var changes: FileWatch?
  private var shown: BatchMatrix?
  private var isLooking = false
  /// Something was written while it looked or rested.
  private var looksAgain = false

  private static let leastRest = Duration.milliseconds(200)

  init(_ batch: UUID, _ services: Services, post: @escaping @Sendable (Message) -> Void) {
    self.batch = batch
    self.services = services
    self.post = post
  }

  func start() async {
    changes = FileWatch(services.store.path + "-wal", for: .written) { [weak self] in
      await self?.look()
    }
    await look()
  }

  private func look() async {
    guard !isLooking else {
      looksAgain = true
      return
    }
    isLooking = true
    looksAgain = false
    let start = ContinuousClock.now
    do throws(StoreError) {
      let matrix = try await services.store.matrix(of: batch)
      if let matrix, matrix != shown {
        shown = matrix
        post(.matrixLoaded(matrix))
      }
    } catch { post(.batchesFailed("\(error)")) }
    let rest = max(Self.leastRest, (ContinuousClock.now - start) * 5)
    // Whoever works on it may end without a further write.
    let isRunning = shown?.batch.isRunning == true
    Task { [weak self] in
      // Throws only if its task is cancelled, which nobody can do.
      try? await Task.sleep(for: rest)
      await self?.rested()
      if isRunning {
        try? await Task.sleep(for: .seconds(1))  // likewise
        await self?.lookByItself()
      }
    }
  }

  private func rested() async {
    isLooking = false
    if looksAgain { await look() }
  }

  private func lookByItself() async {
    if !isLooking { await look() }
  }
}
