import NIOCore
import Synchronization

/// Answers messages.
public protocol MessageService: Sendable {
  /// For one new connection. Called on its event loop.
  func makeSession() -> any MessageSession
}

/// Answers the messages of one connection.
public protocol MessageSession: Sendable {
  /// Takes a connection's messages, in order; the next ones come when this returns, so waiting here holds up this
  /// connection alone. Each message must be answered once, from any thread, then or later.
  ///
  /// What was received before its connection ended is delivered as well.
  func handle(_ messages: [ServerMessage], from connection: ServerConnection) async
  /// The client is gone, or the server is. Called once, on the connection's event loop.
  func connectionEnded()
}

extension MessageSession {
  public func connectionEnded() {}
}

/// One client of a ``WebSocketServer``, as its service sees it. All methods may be called from any thread.
public final class ServerConnection: Sendable {
  private struct State {
    var inbox: [ServerMessage] = []
    var isHandling = false
    var answers: [MessageAnswer] = []
    /// Messages that answer none, in order.
    var pushed: [[UInt8]] = []
    /// Of both.
    var answerBytes = 0
    var hasRoom = true
    var waitsForRoom: CheckedContinuation<Void, Never>?
    var isOver = false
  }

  /// Answers given and not yet taken over by the event loop, in bytes, beyond which there is no room for more.
  private static let mostUntaken = 1 << 16

  private let state = Mutex(State())
  private let session: any MessageSession
  private let eventLoop: any EventLoop
  /// Emptied when the connection ends, so that handler and connection do not keep each other.
  private let handler: NIOLoopBoundBox<WebSocketServerHandler?>

  init(session: any MessageSession, eventLoop: any EventLoop) {
    self.session = session
    self.eventLoop = eventLoop
    handler = NIOLoopBoundBox.makeEmptyBox(eventLoop: eventLoop)
  }

  /// The client is gone: its answers go nowhere.
  public var isOver: Bool { state.withLock { $0.isOver } }

  /// Answers leave in the order of their messages, whatever the order they are given in.
  public func answer(_ answers: [MessageAnswer]) {
    guard !answers.isEmpty else { return }
    let isFirst = state.withLock { state in
      defer {
        state.answers += answers
        state.answerBytes += answers.reduce(0) { $0 + ($1.text?.count ?? 0) }
      }
      return state.answers.isEmpty
    }
    if isFirst { eventLoop.execute { self.handler.value?.sendAnswers() } }
  }

  /// Sends a message that is no answer: it leaves at once, after those that were pushed before.
  public func push(_ text: [UInt8]) {
    let isFirst = state.withLock { state in
      guard !state.isOver else { return false }
      defer {
        state.pushed.append(text)
        state.answerBytes += text.count
      }
      return state.pushed.isEmpty
    }
    if isFirst { eventLoop.execute { self.handler.value?.sendAnswers() } }
  }

  /// Returns when the client has read enough of its answers to be sent large ones, or is gone.
  public func waitForRoom() async {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if (state.hasRoom && state.answerBytes <= Self.mostUntaken) || state.isOver { return true }
        state.waitsForRoom = continuation
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  /// Answers everything it has taken, then closes.
  func drain() {
    eventLoop.execute { self.handler.value?.leave() }
  }

  // MARK: - For the handler, on the event loop

  func attach(_ handler: WebSocketServerHandler?) { self.handler.value = handler }

  func takeAnswers() -> (answers: [MessageAnswer], pushed: [[UInt8]]) {
    state.withLock { state in
      defer {
        (state.answers, state.pushed) = ([], [])
        state.answerBytes = 0
      }
      return (state.answers, state.pushed)
    }
  }

  func setRoom(_ hasRoom: Bool) {
    let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.hasRoom = hasRoom
      return hasRoom && state.answerBytes <= Self.mostUntaken ? state.waitsForRoom.take() : nil
    }
    waiting?.resume()
  }

  func end() {
    attach(nil)
    let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.isOver = true
      return state.waitsForRoom.take()
    }
    waiting?.resume()
    session.connectionEnded()
  }

  func receive(_ messages: [ServerMessage]) {
    let starts = state.withLock { state in
      state.inbox += messages
      defer { state.isHandling = true }
      return !state.isHandling
    }
    // A task for each busy spell, not for each message.
    if starts { Task { await handle() } }
  }

  private func handle() async {
    while true {
      let messages = state.withLock { state in
        defer { state.inbox = [] }
        state.isHandling = !state.inbox.isEmpty
        return state.inbox
      }
      guard !messages.isEmpty else { return }
      await session.handle(messages, from: self)
    }
  }
}
