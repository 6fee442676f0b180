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
  /// Rows begin as places get free here.
  let slots: BatchSlots
  /// However many models a row has, no more are asked at a time.
  private let gate: SendGate
  private let trials = CheckTrials()
  private let onProgress: @Sendable (BatchProgress) -> Void
  private let state: Mutex<State>

  /// `onProgress` hears of every change, on any thread.
  public init(_ batch: Batch, services: Services, onProgress: @escaping @Sendable (BatchProgress) -> Void) {
    self.batch = batch
    self.services = services
    self.onProgress = onProgress
    slots = BatchSlots(batch.plan.jobs)
    gate = SendGate(batch.plan.jobs)
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
        guard await isAffordable(row) else { break }
        await slots.take(count)
        if isStopped {
          // Judges of rows that go on wait for them.
          slots.give(count)
          break
        }
        group.addTask { await self.perform(row, left, models) }
      }
    }
    return state.withLock { $0.end } ?? .done
  }

  /// Whether what is under way shall end as well.
  private var isStopped: Bool { state.withLock { $0.end != nil && $0.end != .budget } }

  /// Waits while what is under way may still turn out cheaper than it was taken for. What is set aside for the row is
  /// given back when it has ended.
  private func isAffordable(_ row: BatchRow) async -> Bool {
    guard let budget = batch.plan.budget else { return true }
    let estimate = BatchEstimate(of: batch, rows: [row]).cost
    while !isStopped {
      switch slots.reserve(estimate, within: budget - progress.cost) {
      case .reserved: return true
      case .tooMuch:
        end(.budget)
        return false
      case .notYet: await slots.waitForRelease()
      }
    }
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
    defer { if batch.plan.budget != nil { slots.release(BatchEstimate(of: batch, rows: [row]).cost) } }
    do {
      var ended = try await ask(row, left, models)
      if left.asked.isEmpty { slots.give(1) }
      if isStopped { return }
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
        change { progress in
          progress.ended += 1
          switch event.event {
          case .finished: progress.answered += 1
          case .failed: progress.failed += 1
          default: break  // It was stopped.
          }
        }
      }
    }
    change { $0.cost += replies.reduce(0) { $0 + (batch.plan.cost(of: $1.usage, by: $1.model) ?? 0) } }
    return replies
  }

  /// Sends, and waits until all of it is stored.
  private func send(_ sending: Sending, _ onEvents: @escaping @Sendable ([ReplyEvent]) -> Void) async -> [Reply] {
    var sending = sending
    sending.request.gate = gate
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
      if let finding = await trials.finding(check, for: answer) {
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
    if isStopped { return nil }
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
    guard let reading = batch.plan.synthesis, !isStopped else { return }
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

/// Hears how the answers of a row come.
private struct BatchSink: SendEventSink {
  let onEvents: @Sendable ([ReplyEvent]) -> Void
  func receive(_ events: [ReplyEvent]) { onEvents(events) }
}
