import Basics
import Conversations
import FoundationEssentials
import JSON

extension TurnRecord {
  /// Reads a payload as this program writes it, without making values of it: most of it is one long text. `nil` where
  /// anything is out of the ordinary, and it is to be read as JSON then.
  init?(sound payload: [UInt8]) {
    let read = payload.withUnsafeBytes { bytes in
      JSON.mayNeedRepair(bytes) ? nil : TurnPayloadReader.read(bytes)
    }
    guard let read else { return nil }
    self = read
  }
}

/// Walks once through a turn's payload.
private struct TurnPayloadReader {
  private var scanner: JSONScanner
  private var isOrdinary = true
  private var version: Int?
  private var (logID, conversationID, traceID): (UUID?, UUID?, UUID?)
  private var (role, content, status, error): (String?, String?, String?, String?)
  private var (turnNumber, promptTurn, createdAt): (Int?, Int?, Int?)
  private var (inputTokens, outputTokens, timing, ttft): (Int?, Int?, Int?, Int?)
  private var model: ModelReference?
  private var models: [ModelReference] = []
  private var files: [String] = []

  private init(_ bytes: UnsafeRawBufferPointer) { scanner = JSONScanner(bytes) }

  static func read(_ bytes: UnsafeRawBufferPointer) -> TurnRecord? {
    var reader = TurnPayloadReader(bytes)
    guard reader.scanner.enterObject() else { return nil }
    while let key = reader.scanner.nextKey() {
      // An escape may hide any name.
      guard key.plain != nil else { return nil }
      reader.take(key)
    }
    return reader.scanner.isAtEnd() && reader.isOrdinary ? reader.record : nil
  }

  private mutating func take(_ key: JSONScanner.RawString) {
    if key == "content" {
      content = text()
    } else if key == "log_id" {
      logID = id()
    } else if key == "conversation_id" {
      conversationID = id()
    } else if key == "trace_id" {
      traceID = id()
    } else if key == "turn_number" {
      turnNumber = number()
    } else if key == "role" {
      role = text()
    } else if key == "model" {
      model = scanner.takeNull() ? nil : reference()
    } else if key == "models" {
      models = list { $0.reference() }
    } else if key == "files" {
      files = list { $0.text() }
    } else if key == "input_tokens" {
      inputTokens = number()
    } else if key == "output_tokens" {
      outputTokens = number()
    } else if key == "timing_ms" {
      timing = number()
    } else if key == "ttft_ms" {
      ttft = number()
    } else if key == "prompt_turn" {
      promptTurn = number()
    } else if key == "status" {
      status = text()
    } else if key == "error" {
      error = text()
    } else if key == "created_at_ms" {
      createdAt = number()
    } else if key == "version" {
      version = number()
    } else if key == "options" {
      // Few turns have any.
      if !scanner.takeNull() { giveUp() }
    } else {
      scanner.skipValue()
    }
  }

  private var record: TurnRecord? {
    guard version == 1, let logID, let conversationID, let traceID, let turnNumber, let content, let createdAt,
      let role = role.flatMap(Role.init(rawValue:))
    else { return nil }
    return TurnRecord(
      logID: logID, conversationID: conversationID, turnNumber: turnNumber, role: role, content: content, model: model,
      inputTokens: inputTokens, outputTokens: outputTokens, timingMilliseconds: timing, traceID: traceID,
      status: status.flatMap(ReplyState.init(rawValue:)), error: error, ttftMilliseconds: ttft, promptTurn: promptTurn,
      models: models, files: files, createdAt: Date(millisecondsSince1970: createdAt))
  }

  // MARK: - Values. What is of another kind ends the walk.

  private mutating func text() -> String? { scanner.takeNull() ? nil : scanner.string()?.text }

  private mutating func number() -> Int? { scanner.takeNull() ? nil : scanner.count() }

  private mutating func id() -> UUID? { scanner.string()?.plain.flatMap { UUID(canonical: $0) } }

  private mutating func reference() -> ModelReference? {
    var (provider, name): (String?, String?)
    guard scanner.enterObject() else { return nil }
    while let key = scanner.nextKey() {
      if key == "provider" {
        provider = scanner.string()?.text
      } else if key == "name" {
        name = scanner.string()?.text
      } else {
        giveUp()
      }
    }
    guard let provider, let name else {
      giveUp()
      return nil
    }
    return ModelReference(provider: provider, name: name)
  }

  private mutating func list<Element>(_ element: (inout Self) -> Element?) -> [Element] {
    var elements: [Element] = []
    guard scanner.enterArray() else { return [] }
    while scanner.nextElement() {
      if let element = element(&self) { elements.append(element) } else { giveUp() }
    }
    return elements
  }

  private mutating func giveUp() { isOrdinary = false }
}
