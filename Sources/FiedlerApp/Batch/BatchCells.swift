import ConversationStore
import Conversations
import FoundationEssentials
import Synchronization

/// How the cells of a batch stood when a run began.
struct BatchCells {
  struct Left {
    /// Models to be asked, with the attempt that is next.
    var asked: [(model: Int, attempt: Int)] = []
    /// Answers whose checks are not done.
    var ungraded: Set<UUID> = []
    /// The row's prompt is stored.
    var isBegun = false

    var isEmpty: Bool { asked.isEmpty && ungraded.isEmpty }
  }

  private var rows: [Int: [BatchAttempt]] = [:]
  private let models: Int

  init(_ attempts: [BatchAttempt], _ batch: Batch) {
    models = batch.plan.models.count
    for attempt in attempts { rows[attempt.row, default: []].append(attempt) }
  }

  private var newest: [BatchAttempt] {
    rows.values.flatMap { attempts in (0..<models).compactMap { model in attempts.last { $0.model == model } } }
  }

  var answered: Int { newest.count { $0.state == .success } }
  var failedChecks: Int { newest.reduce(0) { $0 + $1.failed } }

  func cost(_ plan: BatchPlan) -> Double {
    rows.values.joined().reduce(0) { sum, attempt in
      guard plan.models.indices.contains(attempt.model) else { return sum }
      return sum + (plan.models[attempt.model].price?.cost(of: attempt.usage) ?? 0)
    }
  }

  /// What is to be done of a row.
  func left(of row: Int) -> Left {
    let attempts = rows[row] ?? []
    var left = Left(isBegun: !attempts.isEmpty)
    for model in 0..<models {
      let own = attempts.filter { $0.model == model }
      // One of several may have succeeded though a later one, asked for by hand, has not.
      if let answer = own.last(where: { $0.state == .success }) {
        if !answer.isGraded { left.ungraded.insert(answer.reply) }
      } else if own.last?.state.isFinal ?? true {
        left.asked.append((model, own.count + 1))
      }
    }
    return left
  }
}

/// How many answers may be asked for at once, and what those that are will cost. First come, first served.
final class BatchSlots: Sendable {
  private struct State {
    var free: Int
    var reserved = 0.0
    /// Rows that something is set aside for.
    var holders = 0
    /// Those that wait for something to be given back.
    var poor: [CheckedContinuation<Void, Never>] = []
    var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let most: Int
  private let state: Mutex<State>

  init(_ most: Int) {
    self.most = most
    state = Mutex(State(free: most))
  }

  /// Waits for so many; where there will never be so many, for all.
  func take(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.waiting.isEmpty, state.free >= min(count, most) {
          state.free -= count
          return true
        }
        state.waiting.append((count, continuation))
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  func give(_ count: Int) {
    let woken = state.withLock { state in
      state.free += count
      var woken: [CheckedContinuation<Void, Never>] = []
      while let first = state.waiting.first, state.free >= min(first.count, most) {
        state.free -= first.count
        state.waiting.removeFirst()
        woken.append(first.continuation)
      }
      return woken
    }
    for continuation in woken { continuation.resume() }
  }

  enum Reservation {
    case reserved
    /// It would be too much with what is set aside for others.
    case notYet
    /// It would be too much alone.
    case tooMuch
  }

  /// Sets so much aside, if it is no more than `rest` together with what is set aside already.
  func reserve(_ cost: Double, within rest: Double) -> Reservation {
    state.withLock { state in
      if state.reserved + cost <= rest {
        state.reserved += cost
        state.holders += 1
        return .reserved
      }
      return state.holders > 0 ? .notYet : .tooMuch
    }
  }

  /// Gives back what ``reserve(_:within:)`` has set aside.
  func release(_ cost: Double) {
    let woken = state.withLock { state in
      state.holders -= 1
      // Sums of many small amounts go astray by a little.
      state.reserved = state.holders == 0 ? 0 : state.reserved - cost
      defer { state.poor = [] }
      return state.poor
    }
    for continuation in woken { continuation.resume() }
  }

  /// Waits until something is given back; not at all where nothing is set aside.
  func waitForRelease() async {
    await withCheckedContinuation { continuation in
      let waits = state.withLock { state in
        if state.holders > 0 { state.poor.append(continuation) }
        return state.holders > 0
      }
      if !waits { continuation.resume() }
    }
  }
}
