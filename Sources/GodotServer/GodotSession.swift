import GodotWire
import JSON
import MCP
import Synchronization

/// One client's requests. Writes go on to the commit queue in their order; a read waits for the writes before it.
final class GodotSession: MessageSession {
  private struct State {
    var groupsUnderWay = 0
    var form = AnswerForm.wrapped
    /// The session's only reader: requests are taken one after another.
    var reader: CheckedContinuation<Void, Never>?
  }

  /// A write that will have an answer.
  private struct Pending: Sendable {
    let place: AnswerPlace
    let id: JSON
    /// `nil` for a log record.
    let result: (@Sendable (StorageReceipt) -> JSON)?
  }

  private struct Batch {
    var writes: [StorageWrite] = []
    /// One for each write; `nil` for what goes with the write before it and has no answer.
    var pending: [Pending?] = []
    var size = 0
    /// Taken from the ``HeavyWork`` until the batch is committed.
    var heavyBytes = 0

    mutating func add(_ write: StorageWrite, size: Int, _ pending: Pending) {
      writes.append(write)
      self.pending.append(pending)
      self.size += size
    }

    var isFull: Bool { writes.count >= GodotSession.groupWrites || size >= GodotSession.groupBytes }

    mutating func addBeside(_ write: StorageWrite) {
      writes.append(write)
      pending.append(nil)
    }
  }

  /// Answers that need no storage, given together.
  private struct Answers {
    static let most = 1 << 16
    private(set) var bytes = 0
    private var list: [MessageAnswer] = []

    mutating func add(_ place: AnswerPlace, _ text: [UInt8]?) {
      guard let answer = place.answer(text) else { return }
      list.append(answer)
      bytes += answer.text?.count ?? 0
    }

    mutating func give(to connection: ServerConnection) {
      connection.answer(list)
      self = Answers()
    }
  }

  /// A group of writes is handed over when it has so many, so that the commit begins before all is read.
  private static let groupWrites = 200
  private static let groupBytes = 1 << 20

  private let service: GodotService
  private let state = Mutex(State())

  init(service: GodotService) { self.service = service }

  func handle(_ messages: [ServerMessage], from connection: ServerConnection) async {
    var batch = Batch()
    var answers = Answers()
    for message in messages {
      let isHeavy = message.size >= HeavyWork.threshold
      if isHeavy {
        // What is in hand must end by itself, not wait for what comes behind it.
        commit(&batch, connection)
        answers.give(to: connection)
        await service.heavy.begin(message.size)
        batch.heavyBytes = message.size
      }
      await take(message, &batch, &answers, connection)
      if isHeavy || batch.isFull { commit(&batch, connection) }
      if answers.bytes >= Answers.most {
        answers.give(to: connection)
        // Who reads no answers is made no more of them.
        await connection.waitForRoom()
      }
      // A long text takes long to read; others are to have their turn.
      if isHeavy { await Task.yield() }
    }
    commit(&batch, connection)
    answers.give(to: connection)
  }

  private func take(
    _ message: ServerMessage, _ batch: inout Batch, _ answers: inout Answers, _ connection: ServerConnection
  ) async {
    switch service.read(message, form: state.withLock(\.form)) {
    case .one(let request):
      await take(request, size: message.size, AnswerPlace(message), &batch, &answers, connection)
    case .batch(let requests):
      let places = AnswerPlace.places(message, count: requests.count)
      let size = message.size / requests.count
      for (request, place) in zip(requests, places) {
        await take(request, size: size, place, &batch, &answers, connection)
        // The room that a heavy message has taken is given back with the last of its writes.
        if batch.isFull, batch.heavyBytes == 0 { commit(&batch, connection) }
      }
    }
  }

  private func take(
    _ request: GodotService.Request?, size: Int, _ place: AnswerPlace, _ batch: inout Batch, _ answers: inout Answers,
    _ connection: ServerConnection
  ) async {
    guard let request else { return answers.add(place, nil) }
    switch request.work {
    case .failure(let error):
      service.metrics.refused(error)
      answers.add(place, Answer.bytes(request.id, .failure(error)))
    case .success(.hello(let form)):
      state.withLock { $0.form = form }
      answers.add(place, Answer.bytes(request.id, .success(GodotService.hello)))
    case .success(.tools):
      answers.add(place, Answer.tools(request.id))
    case .success(.result(let result)):
      answers.add(place, Answer.bytes(request.id, .success(result)))
    case .success(.tool(.answer(let result))):
      answers.add(place, Answer.bytes(request.id, .success(Answer.tool(result))))
    case .success(.tool(.log(let write))):
      batch.add(write, size: size, Pending(place: place, id: request.id, result: nil))
    case .success(.tool(.write(let write, let trace, let result))):
      batch.add(write, size: size, Pending(place: place, id: request.id, result: result))
      if let trace { batch.addBeside(trace) }
      if case .setLevel = write {
        // What follows is judged by the new level.
        commit(&batch, connection)
        await waitForWrites()
      }
    case .success(.tool(.read(let read))):
      commit(&batch, connection)
      answers.give(to: connection)
      await perform(read, Pending(place: place, id: request.id, result: nil), connection)
    }
  }

  private func perform(
    _ read: @Sendable (any LogStorage) async throws -> JSON, _ pending: Pending, _ connection: ServerConnection
  ) async {
    await waitForWrites()
    await connection.waitForRoom()
    var outcome: Result<JSON, JSONRPCError> = .success([:])
    if !connection.isOver {
      do {
        outcome = .success(Answer.tool(try await read(service.storage)))
        service.watch.worked(.reading)
      } catch let error as StorageRefusal {
        outcome = .failure(Answer.error(error))
      } catch let error as StorageUnavailable {
        service.watch.failed(error, .reading)
        outcome = .failure(Answer.error(error))
      } catch {
        outcome = .failure(JSONRPCError(.failed, "the server failed"))
      }
    }
    if case .failure(let error) = outcome { service.metrics.refused(error) }
    connection.answer([pending.place.answer(Answer.bytes(pending.id, outcome))].compactMap(\.self))
  }

  // MARK: - Writes

  private func commit(_ batch: inout Batch, _ connection: ServerConnection) {
    let heavyBytes = batch.heavyBytes
    defer { batch = Batch() }
    guard !batch.writes.isEmpty else { return heavyBytes > 0 ? service.heavy.end(heavyBytes) : () }
    let pending = batch.pending
    state.withLock { $0.groupsUnderWay += 1 }
    service.queue.add(
      CommitQueue.Group(writes: batch.writes, size: batch.size) { results in
        connection.answer(self.answers(pending, results))
        if heavyBytes > 0 { self.service.heavy.end(heavyBytes) }
        self.groupDone()
      })
  }

  private func answers(_ pending: [Pending?], _ results: CommitQueue.Results) -> [MessageAnswer] {
    switch results {
    case .failure(let unavailable):
      let error = Answer.error(unavailable)
      for pending in pending where pending != nil { service.metrics.refused(error) }
      return pending.compactMap { $0?.place.answer(Answer.bytes($0?.id ?? .null, .failure(error))) }
    case .success(let results):
      return zip(pending, results).compactMap { pending, result in
        guard let pending else { return nil }
        let text =
          switch (result, pending.result) {
          case (.success, nil): Answer.stored(pending.id)
          case (.success(let receipt), .some(let json)): Answer.done(pending.id, json(receipt))
          case (.failure(let refusal), _): refused(pending.id, Answer.error(refusal))
          }
        return pending.place.answer(text)
      }
    }
  }

  private func refused(_ id: JSON, _ error: JSONRPCError) -> [UInt8] {
    service.metrics.refused(error)
    return Answer.bytes(id, .failure(error))
  }

  private func groupDone() {
    let reader = state.withLock { state in
      state.groupsUnderWay -= 1
      return state.groupsUnderWay == 0 ? state.reader.take() : nil
    }
    reader?.resume()
  }

  private func waitForWrites() async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.groupsUnderWay > 0 { state.reader = continuation }
        return state.groupsUnderWay == 0
      }
      if isDone { continuation.resume() }
    }
  }
}
