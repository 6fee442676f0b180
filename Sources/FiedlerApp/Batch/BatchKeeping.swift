import ConversationStore
import Conversations

extension Services {
  /// Keeps a batch that is about to be asked.
  public func create(_ batch: Batch) async throws(StoreError) { try await store.create(batch) }

  /// Every batch, the newest first.
  public func batches() async throws(StoreError) -> [BatchSummary] { try await store.batches() }

  /// The one batch whose id begins so, with other limits from now on where they are given.
  public func batch(matching prefix: String, jobs: Int?, budget: Double?) async throws -> Batch {
    var batch: Batch
    do throws(StoreError) { batch = try await store.batch(matching: prefix) } catch {
      guard case .notFound(_, let what) = error else { throw error }
      throw BatchProblem.notFound(what)
    }
    let before = batch.plan
    batch.plan.jobs = jobs ?? before.jobs
    batch.plan.budget = budget ?? before.budget
    if batch.plan != before { try await store.update(batch.plan, of: batch.id) }
    return batch
  }
}
