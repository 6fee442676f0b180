import JSON
import MCP
import Synchronization

/// One client's requests. Writes go on to the commit queue in their order; a read waits for the writes before it.
final class GodotSession: MessageSession {
  private struct State {
    var groupsUnderWay = 0
    /// The session's only reader: requests are taken one after another.
    var reader: CheckedContinuation<Void, Never>?
  }

  /// A write that will have an answer.
  private struct Pending: Sendable {
    let number: Int
    let id: JSON
    /// `nil` for a log record.
    let result: (@Sendable (StorageReceipt) -> JSON)?
  }

  private struct Batch {
    var writes: [StorageWrite] = []
    /// One for each write; `nil` for what goes with the write before it and has no answer.
    var pending: [Pending?] = []
    var size = 0

    mutating func add(_ write: StorageWrite, _ message: ServerMessage, _ pending: Pending) {
      writes.append(write)
      self.pending.append(pending)
      size += message.size
    }

    mutating func addBeside(_ write: StorageWrite) {
      writes.append(write)
      pending.append(nil)
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
    var answers: [MessageAnswer] = []
    for message in messages {
      guard let request = service.read(message) else {
        answers.append(MessageAnswer(number: message.number, text: nil))
        continue
      }
      switch request.work {
      case .failure(let error):
        answers.append(MessageAnswer(number: message.number, text: Reply.bytes(request.id, .failure(error))))
      case .success(.result(let result)):
        answers.append(MessageAnswer(number: message.number, text: Reply.bytes(request.id, .success(result))))
      case .success(.tool(.answer(let result))):
        let text = Reply.bytes(request.id, .success(Reply.tool(result)))
        answers.append(MessageAnswer(number: message.number, text: text))
      case .success(.tool(.log(let write))):
        batch.add(write, message, Pending(number: message.number, id: request.id, result: nil))
      case .success(.tool(.write(let write, let trace, let result))):
        batch.add(write, message, Pending(number: message.number, id: request.id, result: result))
        if let trace { batch.addBeside(trace) }
        if case .setLevel = write {
          // What follows is judged by the new level.
          commit(&batch, connection)
          await waitForWrites()
        }
      case .success(.tool(.read(let read))):
        commit(&batch, connection)
        connection.answer(answers)
        answers = []
        await perform(read, Pending(number: message.number, id: request.id, result: nil), connection)
      }
      if batch.writes.count >= Self.groupWrites || batch.size >= Self.groupBytes { commit(&batch, connection) }
      // A long text takes long to read; others are to have their turn.
      if message.size > 1 << 18 { await Task.yield() }
    }
    commit(&batch, connection)
    connection.answer(answers)
  }

  private func perform(
    _ read: @Sendable (any LogStorage) async throws -> JSON, _ pending: Pending, _ connection: ServerConnection
  ) async {
    await waitForWrites()
    await connection.waitForRoom()
    var outcome: Result<JSON, JSONRPCError> = .success([:])
    if !connection.isOver {
      do {
        outcome = .success(Reply.tool(try await read(service.storage)))
        service.watch.worked()
      } catch let error as StorageRefusal {
        outcome = .failure(Reply.error(error))
      } catch let error as StorageUnavailable {
        service.watch.failed(error)
        outcome = .failure(Reply.error(error))
      } catch {
        outcome = .failure(JSONRPCError(code: JSONRPCError.internalError, message: "the server failed"))
      }
    }
    connection.answer([MessageAnswer(number: pending.number, text: Reply.bytes(pending.id, outcome))])
  }

  // MARK: - Writes

  private func commit(_ batch: inout Batch, _ connection: ServerConnection) {
    guard !batch.writes.isEmpty else { return }
    let pending = batch.pending
    state.withLock { $0.groupsUnderWay += 1 }
    service.queue.add(
      CommitQueue.Group(writes: batch.writes, size: batch.size) { results in
        connection.answer(Self.answers(pending, results))
        self.groupDone()
      })
    batch = Batch()
  }

  private static func answers(_ pending: [Pending?], _ results: CommitQueue.Results) -> [MessageAnswer] {
    switch results {
    case .failure(let unavailable):
      let error = Reply.error(unavailable)
      return pending.compactMap(\.self).map {
        MessageAnswer(number: $0.number, text: Reply.bytes($0.id, .failure(error)))
      }
    case .success(let results):
      return zip(pending, results).compactMap { pending, result in
        guard let pending else { return nil }
        let text =
          switch (result, pending.result) {
          case (.success, nil): Reply.stored(pending.id)
          case (.success(let receipt), .some(let json)):
            Reply.bytes(pending.id, .success(Reply.tool(json(receipt))))
          case (.failure(let refusal), _): Reply.bytes(pending.id, .failure(Reply.error(refusal)))
          }
        return MessageAnswer(number: pending.number, text: text)
      }
    }
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
