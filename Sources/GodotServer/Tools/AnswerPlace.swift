import MCP
import Synchronization

/// Where an answer goes: to its message, or to its place in the array that answers a batch.
struct AnswerPlace: Sendable {
  private let number: Int
  private let batch: BatchAnswer?
  private let index: Int

  init(_ message: ServerMessage) { (number, batch, index) = (message.number, nil, 0) }

  /// Those of a message that holds `count` requests.
  static func places(_ message: ServerMessage, count: Int) -> [AnswerPlace] {
    let batch = BatchAnswer(count: count)
    return (0..<count).map { AnswerPlace(number: message.number, batch: batch, index: $0) }
  }

  private init(number: Int, batch: BatchAnswer, index: Int) {
    (self.number, self.batch, self.index) = (number, batch, index)
  }

  /// What is to be given to the connection now; `nil` while other answers of the batch are missing.
  ///
  /// - `text`: `nil` where there is no answer.
  func answer(_ text: [UInt8]?) -> MessageAnswer? {
    guard let batch else { return MessageAnswer(number: number, text: text) }
    return batch.add(text, at: index).map { MessageAnswer(number: number, text: $0) }
  }
}

/// The answers of a batch (JSON-RPC 2.0, section 6), which are sent together.
private final class BatchAnswer: Sendable {
  private struct State {
    var texts: [[UInt8]?]
    var missing: Int
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(texts: Array(repeating: nil, count: count), missing: count)) }

  /// The whole once nothing is missing: `.some(nil)` if none of the requests has an answer.
  func add(_ text: [UInt8]?, at index: Int) -> [UInt8]?? {
    state.withLock { state in
      state.texts[index] = text
      state.missing -= 1
      guard state.missing == 0 else { return nil }
      defer { state.texts = [] }
      let given = state.texts.compactMap(\.self)
      guard !given.isEmpty else { return .some(nil) }
      var whole: [UInt8] = []
      whole.reserveCapacity(given.reduce(2) { $0 + $1.count + 1 })
      for text in given {
        whole.append(UInt8(ascii: whole.isEmpty ? "[" : ","))
        whole += text
      }
      whole.append(UInt8(ascii: "]"))
      return whole
    }
  }
}
