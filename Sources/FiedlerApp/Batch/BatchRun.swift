import Basics
import ConversationStore
import Conversations
import Digest
import FoundationEssentials
import SendEngine
import Synchronization

/// How far a batch has come.
public struct BatchProgress: Hashable, Sendable {
  /// Cells of the batch.
  public var total: Int
  /// Those that have an answer.
  public var answered = 0
  /// Those whose newest attempt has failed in this run.
  public var failed = 0
  /// Answers that ended in this run, however.
  public var ended = 0
  /// Of everything the batch has asked, in earlier runs too.
  public var cost = 0.0
  public var failedChecks = 0
}

/// Why a run has ended.
public enum BatchEnd: Hashable, Sendable {
  /// Nothing is left to ask.
  case done
  case stopped
  /// The next row might have cost more than may be spent.
  case budget
  /// What came could not be kept; the words say why.
  case failed(String)
}

/// Asks what of a batch has not been answered yet: every row with every model, through the one ``Sender``.
///
/// What has been answered is never asked again: how each cell stands is read from the history, where a row's place is
/// settled before it is sent.
public final class BatchRun: Sendable {
  struct State {
    var progress: BatchProgress
    var end: BatchEnd?
    var handles: [UUID: SendHandle] = [:]
  }

  public let batch: Batch
  let services: Services
  let slots: BatchSlots
  private let onProgress: @Sendable (BatchProgress) -> Void
  private let state: Mutex<State>

  /// `onProgress` hears of every change, on any thread.
  public init(_ batch: Batch, services: Services, onProgress: @escaping @Sendable (BatchProgress) -> Void) {
    self.batch = batch
    self.services = services
    self.onProgress = onProgress
    slots = BatchSlots(batch.plan.jobs)
    state = Mutex(State(progress: BatchProgress(total: batch.rows.count * batch.plan.models.count)))
  }

  public var progress: BatchProgress { state.withLock { $0.progress } }

  /// Starts nothing more, and stops what streams.
  public func stop() { end(.stopped) }

  /// Asks until nothing is left to ask, or something ends it. Throws ``BatchProblem/workedOn(_:)``, or what is wrong
  /// with the configuration or the history; nothing is sent then.
  public func run() async throws -> BatchEnd {
    guard let lock = try await services.store.lock(batch: batch.id) else { throw BatchProblem.workedOn(batch.tag) }
    defer { lock.removeFile() }
    let registry = try services.registry()
    let models = try batch.plan.models.map {
      try registry.model($0.reference) ?? registry.resolve($0.reference.description)
    }
    try await services.recover()
    let cells = BatchCells(try await services.store.attempts(of: batch.id), batch)
    let readings = try await services.store.readings(of: batch.id)
    let read = readings.reduce(0) { $0 + (batch.plan.cost(of: $1.usage, by: $1.model) ?? 0) }
    change { progress in
      progress.answered = cells.answered
      progress.failedChecks = cells.failedChecks
      progress.cost = cells.cost(batch.plan) + read
    }
    await withDiscardingTaskGroup { group in
      for (index, row) in batch.rows.enumerated() {
        let left = cells.left(of: index)
        guard !left.isEmpty || batch.plan.synthesis != nil else { continue }
        // A row is asked whole, so that its models answer at the same time.
        let count = max(1, left.asked.count)
        await slots.take(count)
        if isEnded || !isAffordable(row) {
          // Judges of rows that go on wait for them.
          slots.give(count)
          break
        }
        group.addTask { await self.perform(row, left, models) }
      }
    }
    return state.withLock { $0.end } ?? .done
  }

  private var isEnded: Bool { state.withLock { $0.end != nil } }

  private func isAffordable(_ row: BatchRow) -> Bool {
    guard let budget = batch.plan.budget else { return true }
    let estimate = BatchEstimate(of: batch, rows: [row])
    if progress.cost + slots.reserve(estimate.cost) <= budget { return true }
    end(.budget)
    return false
  }

  private func end(_ end: BatchEnd) {
    let handles = state.withLock { state -> [SendHandle] in
      state.end = state.end ?? end
      // What is within the budget already may go on.
      return end == .budget ? [] : Array(state.handles.values)
    }
    for handle in handles { handle.cancelAll() }
  }

  private func change(_ body: (inout BatchProgress) -> Void) {
    let progress = state.withLock { state in
      body(&state.progress)
      return state.progress
    }
    onProgress(progress)
  }

  // MARK: A row

  private func perform(_ row: BatchRow, _ left: BatchCells.Left, _ models: [ConfiguredModel]) async {
    let estimate = batch.plan.budget == nil ? 0 : BatchEstimate(of: batch, rows: [row]).cost
    defer { slots.release(estimate) }
    do {
      var ended = try await ask(row, left, models)
      if left.asked.isEmpty { slots.give(1) }
      if isEnded, state.withLock({ $0.end != .budget }) { return }
      // Those that were answered before a kill, and not checked any more.
      if !left.ungraded.isEmpty {
        let conversation = try await services.conversation(row.conversation)
        ended += conversation.exchanges.flatMap(\.replies).filter { left.ungraded.contains($0.id) }
      }
      for reply in ended where reply.state == .success { try await grade(reply, of: row) }
      try await synthesize(row)
    } catch {
      end(.failed(ErrorWords.text(for: error)))
    }
  }

  /// Asks the models that a row has no answer of. Returns their replies, ended and stored.
  private func ask(
    _ row: BatchRow, _ left: BatchCells.Left, _ models: [ConfiguredModel]
  ) async throws -> [Reply] {
    if left.asked.isEmpty { return [] }
    let sending: Sending
    do { sending = try await services.prepare(row, left, of: batch, models) } catch {
      slots.give(left.asked.count)
      throw error
    }
    let replies = await send(sending) { [self] events in
      for event in events where event.event.isFinal {
        slots.give(1)
        let isAnswer = if case .finished = event.event { true } else { false }
        change { progress in
          progress.ended += 1
          progress.answered += isAnswer ? 1 : 0
          progress.failed += isAnswer ? 0 : 1
        }
      }
    }
    change { $0.cost += replies.reduce(0) { $0 + (batch.plan.cost(of: $1.usage, by: $1.model) ?? 0) } }
    return replies
  }

  /// Sends, and waits until all of it is stored.
  private func send(_ sending: Sending, _ onEvents: @escaping @Sendable ([ReplyEvent]) -> Void) async -> [Reply] {
    let handle = services.start(sending, sink: BatchSink(onEvents: onEvents)) { [self] in end(.failed($0)) }
    let key = UUID()
    let isOver = state.withLock { state in
      state.handles[key] = handle
      return state.end != nil && state.end != .budget
    }
    if isOver { handle.cancelAll() }
    let report = await services.finish(handle, of: sending, patience: .seconds(10))
    state.withLock { $0.handles[key] = nil }
    return report.replies
  }

  // MARK: What is read of a row's answers

  private func grade(_ reply: Reply, of row: BatchRow) async throws {
    let answer = CheckedAnswer(
      text: reply.text, milliseconds: reply.duration.map { $0.inSeconds * 1000 },
      cost: batch.plan.cost(of: reply.usage, by: reply.model))
    var findings: [BatchFinding] = []
    for check in row.checks {
      if let finding = check.finding(for: answer) {
        findings.append(finding)
      } else if let finding = try await judge(reply, of: row, check) {
        findings.append(finding)
      } else {
        // Its judge has not answered: the next run asks again.
        return
      }
    }
    try await services.store.grade(reply.id, bytes: reply.text.utf8.count, findings)
    let failed = findings.count { !$0.passed }
    if failed > 0 { change { $0.failedChecks += failed } }
  }

  private func judge(_ reply: Reply, of row: BatchRow, _ check: BatchCheck) async throws -> BatchFinding? {
    guard case .judge(let rubric, _, let name?) = check.test else { return nil }
    let judge = try services.registry().resolve(name)
    let text = BatchCheck.judgePrompt(rubric: rubric, prompt: row.text, answer: reply.text)
    let conversation = try await services.conversation(row.conversation)
    let earlier = conversation.exchanges.first { exchange in
      exchange.prompt.synthesis?.template == BatchPlan.judging && exchange.prompt.text == text
        && exchange.prompt.synthesis?.sources.first?.reply == reply.id && exchange.prompt.models == [judge.reference]
    }
    if let known = earlier?.replies.last(where: { $0.state == .success }) {
      return check.finding(mark: BatchCheck.mark(in: known.text), words: known.text)
    }
    await slots.take(1)
    defer { slots.give(1) }
    if isEnded { return nil }
    let sending =
      if let left = earlier?.replies.last {
        try await services.prepareRetry(of: left.id, in: conversation)
      } else {
        try await services.prepareJudging(text, of: reply, row: row, judge: judge)
      }
    let replies = await send(sending) { _ in }
    change { $0.cost += replies.reduce(0) { $0 + (batch.plan.cost(of: $1.usage, by: $1.model) ?? 0) } }
    guard let words = replies.first(where: { $0.state == .success })?.text else { return nil }
    return check.finding(mark: BatchCheck.mark(in: words), words: words)
  }

  private func synthesize(_ row: BatchRow) async throws {
    guard let reading = batch.plan.synthesis, !isEnded else { return }
    let conversation = try await services.conversation(row.conversation)
    let isRead = conversation.exchanges.contains { exchange in
      exchange.prompt.synthesis?.template == reading.template && exchange.replies.contains { $0.state == .success }
    }
    if isRead { return }
    await slots.take(1)
    defer { slots.give(1) }
    do {
      _ = try await services.synthesize(
        row.conversation, prompt: row.prompt, SynthesisRequest(judge: reading.judge, template: reading.template)
      ) { sending in
        let replies = await send(sending) { _ in }
        change { $0.cost += replies.reduce(0) { $0 + (batch.plan.cost(of: $1.usage, by: $1.model) ?? 0) } }
        return SendReport(
          outcome: replies.allSatisfy { $0.state == .success } ? .success : .failure,
          correlationID: sending.exchange.id, conversationID: sending.conversation, replies: replies)
      }
    } catch is SynthesisProblem {
      // Too few of the row's models have answered: the next run asks them, and then for this.
    }
  }
}

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

  /// Sets so much aside. Returns what is set aside altogether.
  func reserve(_ cost: Double) -> Double {
    state.withLock { state in
      state.reserved += cost
      return state.reserved
    }
  }

  func release(_ cost: Double) { state.withLock { $0.reserved -= cost } }
}

/// Hears how the answers of a row come.
private struct BatchSink: SendEventSink {
  let onEvents: @Sendable ([ReplyEvent]) -> Void
  func receive(_ events: [ReplyEvent]) { onEvents(events) }
}
