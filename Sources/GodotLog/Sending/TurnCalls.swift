import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON
import MCP

/// A tool call to be made, encoded once but for its id.
struct ToolCall: Hashable, Sendable {
  let tool: String
  /// The arguments as JSON.
  let body: [UInt8]
  /// What a log record is found by once it is stored; `nil` for a call that is no log record.
  let key: RecordKey?
  /// The frame's size in bytes with the longest id there can be.
  let largestFrame: Int
  /// The most bytes that a server may make of a log record in its storing batch; 0 for other calls.
  let weight: Int

  init(tool: String, body: [UInt8], key: RecordKey? = nil) {
    self.tool = tool
    self.body = body
    self.key = key
    largestFrame = body.count + tool.utf8.count + 128
    weight = key == nil ? 0 : StoredWeight.of(body) + 256
  }

  var isLog: Bool { key != nil }

  func frame(id: Int) -> [UInt8] { MCP.callFrame(id: id, tool: tool, encodedArguments: body) }
}

/// How large calls may be, in bytes.
struct SizeLimits: Hashable, Sendable {
  /// A whole encoded frame. `nil`: as large as it comes.
  var frame: Int?
  /// A log record as a server's storing batch may hold it, see ``StoredWeight``. `nil`: as large as it comes.
  var weight: Int?
  /// Text that the server indexes; PostgreSQL's index of one text ends at 1,048,575 bytes.
  var indexedText: Int = 700_000
}

/// A record that fits into no allowed frame, however it is split.
struct TooLarge: Error, Hashable {}

/// How a turn is told to a server: as log records, or with its conversation tools.
extension TurnRecord {
  /// Log records that carry the turn, several where one would pass `limits.frame`.
  func logCalls(tool: String, limits: SizeLimits) throws(TooLarge) -> [ToolCall] {
    let whole = logCall(tool: tool, content: content, part: nil)
    guard !whole.fits(limits) else { return [whole] }
    let pieces = try content.withoutNUL.pieces(limits) { logCall(tool: tool, content: "", part: $0) }
    return pieces.enumerated().map { index, piece in
      logCall(tool: tool, content: piece, part: (index + 1, pieces.count))
    }
  }

  /// Calls that store the turn in the server's own conversation `conversation`.
  ///
  /// Text beyond `limits.indexedText` goes into `metadata.content_overflow`, which is not indexed. A turn that passes
  /// `limits.frame` has but one message, because turn numbers are unique: the first part. The others go before it as
  /// log records, where the server has a tool for them.
  func storeCalls(
    tool: String, logTool: String?, conversation: String, limits: SizeLimits
  ) throws(TooLarge) -> [ToolCall] {
    func store(_ content: String, _ part: (Int, Int)?) -> ToolCall {
      storeCall(tool: tool, conversation: conversation, content: content, part: part, limits: limits)
    }
    let whole = store(content, nil)
    guard !whole.fits(limits) else { return [whole] }
    guard let logTool else { throw TooLarge() }
    let pieces = try content.withoutNUL.pieces(limits) { part in
      // Either form must hold every piece.
      let forms = [store("", part), logCall(tool: logTool, content: "", part: part)]
      return forms.max { $0.largestFrame < $1.largestFrame } ?? forms[0]
    }
    let rest = pieces.enumerated().dropFirst().map { index, piece in
      logCall(tool: logTool, content: piece, part: (index + 1, pieces.count))
    }
    return rest + [store(pieces[0], (1, pieces.count))]
  }

  private func logCall(tool: String, content: String, part: (Int, Int)?) -> ToolCall {
    let data: JSON = [
      WireKey.conversationID: .string(conversationID.lowercased), WireKey.turnNumber: .int(turnNumber),
      WireKey.role: .string(role.rawValue), WireKey.content: .string(content), WireKey.model: JSON(model?.name),
      WireKey.inputTokens: JSON(inputTokens), WireKey.outputTokens: JSON(outputTokens),
      WireKey.timing: JSON(timingMilliseconds),
      WireKey.metadata: .object(Dictionary(uniqueKeysWithValues: metadata(part: part))),
    ]
    let record = LogRecord(
      component: LogComponent.conversations, level: level,
      message: "Conversation \(conversationID.lowercased) turn \(turnNumber) (\(role.rawValue))", traceID: traceID,
      data: data)
    let key = part.map { RecordKey(logID: logID, part: $0.0, parts: $0.1) } ?? RecordKey(logID: logID)
    return ToolCall(tool: tool, body: record.arguments.bytes, key: key)
  }

  func storeCall(
    tool: String, conversation: String, content: String, part: (Int, Int)?, limits: SizeLimits
  ) -> ToolCall {
    var members = metadata(part: part)
    // What has no argument of its own here.
    members += [
      (WireKey.traceID, .string(traceID.lowercased)), (WireKey.model, JSON(model?.name)),
      (WireKey.inputTokens, JSON(inputTokens)), (WireKey.outputTokens, JSON(outputTokens)),
      (WireKey.timing, JSON(timingMilliseconds)),
    ]
    let content = content.withoutNUL
    let head = content.prefix(utf8: limits.indexedText)
    if head.endIndex < content.endIndex {
      members.append((WireKey.contentOverflow, .string(String(content[head.endIndex...]))))
    }
    var metadata = JSONObjectWriter(reserving: 512)
    for (name, value) in members.sorted(by: { $0.0 < $1.0 }) { metadata.add(name, value.repaired) }
    var arguments = JSONObjectWriter(reserving: head.utf8.count + 1024)
    arguments.add(WireKey.content, .string(String(head)))
    arguments.add(WireKey.conversationID, JSON.string(conversation).repaired)
    arguments.add(WireKey.metadata, encoded: metadata.finish())
    arguments.add(WireKey.role, .string(role.rawValue))
    arguments.add(WireKey.turnNumber, .int(turnNumber))
    return ToolCall(tool: tool, body: arguments.finish())
  }

  /// How grave its log record is.
  var level: LogLevel { LogLevel(ofTurnThat: status) }

  /// No name is there twice.
  private func metadata(part: (Int, Int)?) -> [(String, JSON)] {
    var metadata: [(String, JSON)] = [
      ("files", .array(files.map { .string(Self.fileName($0)) })), (WireKey.logID, .string(logID.lowercased)),
    ]
    func add(_ name: String, _ value: JSON?) {
      if let value { metadata.append((name, value)) }
    }
    add(WireKey.status, (status?.rawValue).map(JSON.string))
    add("error", error.map(JSON.string))
    add(WireKey.provider, (model?.provider).map(JSON.string))
    add("ttft_ms", ttftMilliseconds.map(JSON.int))
    add("prompt_turn", promptTurn.map(JSON.int))
    if !options.isEmpty { add("options", options.json) }
    if !models.isEmpty { add("models", .array(models.map { .string($0.name) })) }
    if let part {
      add(WireKey.part, .int(part.0))
      add(WireKey.parts, .int(part.1))
    }
    return metadata
  }
}

extension String {
  /// Pieces for calls within `limits`; `empty` makes the call that carries none of the text.
  func pieces(_ limits: SizeLimits, empty: ((Int, Int)) -> ToolCall) throws(TooLarge) -> [String] {
    let envelope = empty((WireLimits.parts, WireLimits.parts))
    // Room for the overflow's key, in case a piece is itself divided.
    let budget = limits.frame.map { $0 - envelope.largestFrame - 64 } ?? .max
    let weight = limits.weight.map { $0 - envelope.weight - 64 } ?? .max
    // Below this the envelope is most of every frame: the metadata, not the text, is too large.
    guard min(budget, weight) >= 256 else { throw TooLarge() }
    let pieces = split(encodedTo: budget, weighing: weight)
    guard pieces.count <= WireLimits.parts else { throw TooLarge() }
    return pieces
  }

  /// The longest beginning of at most `count` UTF-8 bytes that cuts no scalar.
  func prefix(utf8 count: Int) -> Substring {
    guard utf8.count > count else { return self[...] }
    var end = utf8.index(startIndex, offsetBy: count)
    while Index(end, within: unicodeScalars) == nil { end = utf8.index(before: end) }
    return self[..<end]
  }

  /// Pieces that each take at most `budget` bytes inside a JSON string, and at most `most` of ``StoredWeight``.
  /// Joined they are the text again.
  func split(encodedTo budget: Int, weighing most: Int = .max) -> [String] {
    var text = self
    return text.withUTF8 { bytes in
      var pieces: [String] = []
      var (start, index, size, weight) = (0, 0, 0, 0)
      while index < bytes.count {
        let (length, width, heavy) =
          switch bytes[index] {
          case 0x22, 0x5C: (1, 2, 4)
          case 0x0A, 0x0D, 0x09: (1, 2, 3)
          case 0..<0x20, 0x7F: (1, 6, 7)
          case ..<0x80: (1, 1, 1)
          case ..<0xE0: (2, 2, 7)
          case ..<0xF0: (3, 3, 7)
          default: (4, 4, 14)
          }
        if size + width > budget || weight + heavy > most {
          pieces.append(String(decoding: bytes[start..<index], as: UTF8.self))
          start = index
          (size, weight) = (0, 0)
        }
        index += length
        size += width
        weight += heavy
      }
      pieces.append(String(decoding: bytes[start...], as: UTF8.self))
      return pieces
    }
  }
}
