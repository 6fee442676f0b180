import Basics
import Conversations
import FoundationEssentials
import JSON

/// What of a JSON value is not a conversation, and where in it.
public struct InvalidConversation: Error, Hashable, Sendable, CustomStringConvertible {
  /// For example `exchanges[3].replies[0].state`; empty for the value as a whole.
  public var path: String
  public var reason: String
  public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}

extension ConversationJSON {
  /// Reads what ``json(_:)`` writes. Throws the first thing that is wrong.
  ///
  /// Exchanges are brought into the order of their turn numbers, tags are sorted.
  public static func conversation(_ json: JSON) throws(InvalidConversation) -> Conversation {
    let root = Place(json, "")
    guard json.object != nil else { throw root.invalid("it is \(root.kind), not an object") }
    guard json["format"]?.string == format else {
      throw InvalidConversation(path: "format", reason: "it is not \"\(format)\": this is no exported conversation")
    }
    let written = try root.integer("version", in: 1...Int.max)
    guard written <= version else {
      throw InvalidConversation(
        path: "version",
        reason: "it is \(written), written by a newer Fiedler; this one reads up to \(version). Update Fiedler.")
    }
    let exchanges = try root.list("exchanges") { (place) throws(InvalidConversation) in try exchange(place) }
    try check(exchanges)
    return Conversation(
      id: try root.id("id"), title: try root.string("title"), createdAt: try root.date("created_at"),
      updatedAt: try root.date("updated_at"), tags: try tags(root), isPinned: try root.boolean("pinned") ?? false,
      exchanges: exchanges.sorted { $0.prompt.turnNumber < $1.prompt.turnNumber })
  }

  private static func tags(_ root: Place) throws(InvalidConversation) -> [String] {
    guard root.has("tags") else { return [] }
    return Set(try root.list("tags") { (place) throws(InvalidConversation) in try place.string() }).sorted()
  }

  /// A text, or where there is a `type`, a picture or PDF.
  private static func attachment(_ place: Place) throws(InvalidConversation) -> Attachment {
    let (name, sha256) = (try place.string("name"), try place.string("sha256"))
    guard place.has("type") else {
      return Attachment(name: name, sha256: sha256, content: try place.string("content"))
    }
    guard let type = MediaType(rawValue: try place.string("type")) else {
      let known = MediaType.allCases.map(\.rawValue).joined(separator: ", ")
      throw place.invalid("type", "it is none of \(known)")
    }
    guard let data = Data(base64Encoded: try place.string("base64")) else {
      throw place.invalid("base64", "it is not base64")
    }
    return Attachment(name: name, sha256: sha256, media: Media(type: type, data: data))
  }

  private static func exchange(_ place: Place) throws(InvalidConversation) -> Exchange {
    let attachments =
      try place.has("attachments")
      ? place.list("attachments") { (place) throws(InvalidConversation) in try attachment(place) } : []
    var prompt = Prompt(
      id: try place.id("id"), parent: try place.has("parent") ? place.id("parent") : nil,
      turnNumber: try place.integer("turn_number", in: 1...Int.max), text: try place.string("prompt"),
      system: try place.has("system") ? place.string("system") : nil, attachments: attachments,
      models: try place.list("models") { (place) throws(InvalidConversation) in try model(place) },
      sentAt: try place.date("sent_at"), synthesis: try synthesis(place))
    if place.has("successions") {
      prompt.successions = try place.list("successions") { (place) throws(InvalidConversation) in
        guard let succession = Succession(place.json) else {
          throw place.invalid("it has not the members of a succession")
        }
        return succession
      }
    }
    let replies =
      try place.has("replies") ? place.list("replies") { (place) throws(InvalidConversation) in try reply(place) } : []
    return Exchange(prompt: prompt, replies: replies, verdicts: try verdicts(place, on: Set(replies.map(\.id))))
  }

  private static func verdicts(_ exchange: Place, on replies: Set<UUID>) throws(InvalidConversation) -> [Verdict] {
    guard exchange.has("verdicts") else { return [] }
    let all = try exchange.list("verdicts") { (place) throws(InvalidConversation) in try verdict(place, on: replies) }
    return all.reduce(into: []) { $0 = $0.applying(.give($1)) }
  }

  private static func verdict(_ place: Place, on replies: Set<UUID>) throws(InvalidConversation) -> Verdict {
    let kind = try place.string("kind")
    guard let kind = Verdict.Kind(rawValue: kind) else {
      throw place.invalid("kind", "\"\(kind.prefix(40))\" is none of \(words(Verdict.Kind.self))")
    }
    func answer(_ key: String) throws(InvalidConversation) -> UUID {
      let id = try place.id(key)
      guard replies.contains(id) else { throw place.invalid(key, "\(id.lowercased) is no answer of this exchange") }
      return id
    }
    let reply = try answer("reply")
    let other = kind.isOfTwo ? try answer("other") : nil
    if reply == other { throw place.invalid("other", "it is the answer that it is compared with") }
    return Verdict(
      id: try place.id("id"), kind, of: reply, against: other,
      note: try place.has("note") ? place.string("note") : "", madeAt: try place.date("made_at"),
      isBlind: try place.boolean("blind") ?? false)
  }

  private static func synthesis(_ place: Place) throws(InvalidConversation) -> Synthesis? {
    guard place.has("synthesis") else { return nil }
    let member = try place.member("synthesis")
    guard let synthesis = Synthesis(member.json) else { throw member.invalid("it has not the members of a synthesis") }
    return synthesis
  }

  private static func model(_ place: Place) throws(InvalidConversation) -> ModelReference {
    ModelReference(provider: try place.string("provider"), name: try place.string("name"))
  }

  private static func reply(_ place: Place) throws(InvalidConversation) -> Reply {
    let state = try place.string("state")
    guard let state = ReplyState(rawValue: state) else {
      throw place.invalid("state", "\"\(state.prefix(40))\" is none of \(words(ReplyState.self))")
    }
    var reply = Reply(
      id: try place.id("id"), model: try model(try place.member("model")),
      attempt: try place.optionalInteger("attempt", in: Bounds.ordinals) ?? 1,
      turnNumber: try place.optionalInteger("turn_number", in: 1...Int.max), state: state,
      text: try place.has("text") ? place.string("text") : "",
      reasoning: try place.has("reasoning") ? place.string("reasoning") : "",
      usage: try place.has("usage") ? usage(try place.member("usage")) : Usage(),
      finishReason: try place.has("finish_reason") ? FinishReason(name: place.string("finish_reason")) : nil,
      failure: try place.has("failure") ? failure(try place.member("failure")) : nil,
      startedAt: try place.date("started_at"), timeToFirstToken: try place.duration("ttft_us"),
      duration: try place.duration("duration_us"),
      recording: try place.has("recording") ? recording(place) : Recording())
    reply.tries = try place.optionalInteger("tries", in: Bounds.counts) ?? 0
    reply.maximumTries = try place.optionalInteger("maximum_tries", in: Bounds.counts) ?? 1
    reply.retryAt = try place.duration("retry_at_us")
    // What a newer version knows besides is no reason to refuse the answer.
    if place.has("options") { reply.options = GenerationOptions(stored: try place.member("options").json) }
    if place.has("continuation") { reply.continuation = Continuation(stored: try place.member("continuation").json) }
    return reply
  }

  private static func usage(_ place: Place) throws(InvalidConversation) -> Usage {
    guard place.json.object != nil else { throw place.invalid("it is \(place.kind), not an object") }
    let any = Int.min...Int.max
    return Usage(
      // What is out of bounds is no count, and no reason to refuse the answer.
      promptTokens: try place.optionalInteger("prompt_tokens", in: any),
      completionTokens: try place.optionalInteger("completion_tokens", in: any),
      reasoningTokens: try place.optionalInteger("reasoning_tokens", in: any),
      cachedTokens: try place.optionalInteger("cached_tokens", in: any),
      cacheWriteTokens: try place.optionalInteger("cache_write_tokens", in: any))
  }

  private static func failure(_ place: Place) throws(InvalidConversation) -> SendFailure {
    let kind = try place.string("kind")
    guard let kind = SendFailure.Kind(rawValue: kind) else {
      throw place.invalid("kind", "\"\(kind.prefix(40))\" is none of \(words(SendFailure.Kind.self))")
    }
    return SendFailure(
      kind, try place.string("message"),
      httpStatus: try place.optionalInteger("http_status", in: Int.min...Int.max),
      retryAfterSeconds: try place.number("retry_after_seconds"))
  }

  private static func recording(_ place: Place) throws(InvalidConversation) -> Recording {
    guard let data = Data(base64Encoded: try place.string("recording")) else {
      throw place.invalid("recording", "it is not base64")
    }
    do {
      return try Recording(bytes: Array(data))
    } catch {
      throw place.invalid("recording", "its bytes are not a recording")
    }
  }

  private static func words<Word: CaseIterable & RawRepresentable<String>>(_: Word.Type) -> String {
    Word.allCases.map(\.rawValue).joined(separator: ", ")
  }

  /// Ids and turn numbers occur once, and a parent is an earlier exchange.
  private static func check(_ exchanges: [Exchange]) throws(InvalidConversation) {
    var ids: Set<UUID> = []
    var numbers: [Int: String] = [:]
    func claim(_ id: UUID, _ number: Int?, _ path: String) throws(InvalidConversation) {
      guard ids.insert(id).inserted else {
        throw InvalidConversation(path: path + ".id", reason: "\(id.lowercased) stands in this conversation already")
      }
      guard let number else { return }
      if let other = numbers.updateValue(path, forKey: number) {
        throw InvalidConversation(path: path + ".turn_number", reason: "\(other) has the number \(number) already")
      }
    }
    for (index, exchange) in exchanges.enumerated() {
      try claim(exchange.id, exchange.prompt.turnNumber, "exchanges[\(index)]")
      for (number, reply) in exchange.replies.enumerated() {
        try claim(reply.id, reply.turnNumber, "exchanges[\(index)].replies[\(number)]")
      }
    }
    let turns = Dictionary(uniqueKeysWithValues: exchanges.map { ($0.id, $0.prompt.turnNumber) })
    for (index, exchange) in exchanges.enumerated() {
      guard let parent = exchange.prompt.parent else { continue }
      guard let turn = turns[parent], turn < exchange.prompt.turnNumber else {
        throw InvalidConversation(
          path: "exchanges[\(index)].parent", reason: "\(parent.lowercased) is no earlier exchange of this conversation"
        )
      }
    }
  }
}

/// A value inside a document, and the way to it.
private struct Place {
  var json: JSON
  var path: String

  init(_ json: JSON, _ path: String) {
    self.json = json
    self.path = path
  }

  func invalid(_ reason: String) -> InvalidConversation { InvalidConversation(path: path, reason: reason) }

  func invalid(_ key: String, _ reason: String) -> InvalidConversation {
    InvalidConversation(path: path.isEmpty ? key : "\(path).\(key)", reason: reason)
  }

  /// What it is, in words.
  var kind: String {
    switch json {
    case .null: "null"
    case .bool: "a boolean"
    case .int: "an integer"
    case .double: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// Whether there is such a member and it is not `null`.
  func has(_ key: String) -> Bool { json[key]?.isNull == false }

  func member(_ key: String) throws(InvalidConversation) -> Place {
    guard json.object != nil else { throw invalid("it is \(kind), not an object") }
    guard let value = json[key] else { throw invalid(key, "it is missing") }
    return Place(value, path.isEmpty ? key : "\(path).\(key)")
  }

  func string() throws(InvalidConversation) -> String {
    guard let value = json.string else { throw invalid("it is \(kind), not a string") }
    return value
  }

  func string(_ key: String) throws(InvalidConversation) -> String { try member(key).string() }

  func boolean(_ key: String) throws(InvalidConversation) -> Bool? {
    guard has(key) else { return nil }
    let place = try member(key)
    guard let value = place.json.bool else { throw place.invalid("it is \(place.kind), not a boolean") }
    return value
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws(InvalidConversation) -> Int {
    let place = try member(key)
    guard let value = place.json.int else { throw place.invalid("it is \(place.kind), not a whole number") }
    guard value >= range.lowerBound else { throw place.invalid("\(value) is less than \(range.lowerBound)") }
    guard value <= range.upperBound else { throw place.invalid("\(value) is more than \(range.upperBound)") }
    return value
  }

  func optionalInteger(_ key: String, in range: ClosedRange<Int>) throws(InvalidConversation) -> Int? {
    try has(key) ? integer(key, in: range) : nil
  }

  func number(_ key: String) throws(InvalidConversation) -> Double? {
    guard has(key) else { return nil }
    let place = try member(key)
    guard let value = place.json.double else { throw place.invalid("it is \(place.kind), not a number") }
    return value
  }

  func duration(_ key: String) throws(InvalidConversation) -> Duration? {
    try optionalInteger(key, in: Bounds.microseconds).map { .microseconds($0) }
  }

  func date(_ key: String) throws(InvalidConversation) -> Date {
    let text = try string(key)
    guard let date = Timestamp.date(text) else {
      throw invalid(key, "\"\(text.prefix(40))\" is no time such as 2026-01-31T09:05:00.000000Z")
    }
    return date
  }

  func id(_ key: String) throws(InvalidConversation) -> UUID {
    let text = try string(key)
    guard let id = UUID(canonical: text) else { throw invalid(key, "\"\(text.prefix(40))\" is no UUID") }
    return id
  }

  func list<Element>(
    _ key: String, _ read: (Place) throws(InvalidConversation) -> Element
  ) throws(InvalidConversation) -> [Element] {
    let list = try member(key)
    guard let values = list.json.array else { throw list.invalid("it is \(list.kind), not an array") }
    var elements: [Element] = []
    for (index, value) in values.enumerated() { elements.append(try read(Place(value, "\(list.path)[\(index)]"))) }
    return elements
  }
}
