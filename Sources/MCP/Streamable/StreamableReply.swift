import NIOCore
import NIOHTTP1

/// The answer to one request, given from any thread; it leaves on the connection's event loop, in the order it is
/// given.
struct StreamableReply: Sendable {
  private let handler: NIOLoopBound<StreamableHandler>
  private let eventLoop: any EventLoop
  /// The request's number on its connection: what comes after its end goes nowhere.
  private let number: Int

  init(_ handler: StreamableHandler, number: Int, eventLoop: any EventLoop) {
    self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    self.number = number
    self.eventLoop = eventLoop
  }

  /// Answers at once and whole. `session`: told along with it.
  func answer(_ status: HTTPResponseStatus, _ body: [UInt8] = [], session: String? = nil) {
    perform { $0.answer(status, body, session: session) }
  }

  /// Turns the request away.
  func refuse(_ refusal: StreamableRequest.Refusal) { perform { $0.refuse(refusal) } }

  /// Begins a stream of events.
  func beginEvents() { perform { $0.beginEvents() } }

  /// Sends a message as an event (https://html.spec.whatwg.org/multipage/server-sent-events.html).
  func event(_ message: [UInt8]) { perform { $0.event(message) } }

  /// Ends the stream.
  func endEvents() { perform { $0.endEvents() } }

  private func perform(_ body: @escaping @Sendable (StreamableHandler) -> Void) {
    eventLoop.execute {
      let handler = handler.value
      if handler.number == number { body(handler) }
    }
  }
}
