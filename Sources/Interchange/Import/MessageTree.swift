import Basics
import Conversations
import Digest
import FoundationEssentials
import JSON

/// A conversation of another program as it keeps one: messages, each with the one it follows.
///
/// Prompts become exchanges, and what follows them their answers: messages of the model in a row are one answer,
/// several answers to one prompt are attempts, several prompts after one another's answer are branches.
struct MessageTree {
  enum Role { case user, model }

  struct Message {
    var id: String
    var parent: String?
    /// `nil` for a message of neither, which only links others: a tool's, a system's, a hidden one.
    var role: Role?
    var text = ""
    var reasoning = ""
    /// What the user sent along, or the model made.
    var attachments: [Attachment] = []
    var model: String?
    var date: Date?
    /// Of this message alone.
    var usage = Usage()
    var isBrokenOff = false
    var failure: String?
  }

  /// Names the program in ids: the same conversation always gets the same.
  let program: String
  /// What stands for the provider where models.yaml has no such model.
  let provider: String
  let id: String
  var title = ""
  var system: String?
  var createdAt: Date?
  var updatedAt: Date?
  var tags: [String] = []
  var isPinned = false
  private(set) var messages: [Message] = []
  /// What was left out, by kind.
  private(set) var omissions: [String: Int] = [:]
  /// Where a message stands, by its id.
  private var known: [String: Int] = [:]

  init(program: String, provider: String, id: String) {
    self.program = program
    self.provider = provider
    self.id = id
  }

  /// Adds a message; one that is there already is passed over.
  mutating func add(_ message: Message) {
    guard known[message.id] == nil else { return }
    known[message.id] = messages.count
    messages.append(message)
  }

  mutating func omit(_ kind: String, _ count: Int = 1) {
    if count > 0 { omissions[kind, default: 0] += count }
  }

  /// Tells what a message's answer came to; one that is not there, or no answer, counts nothing.
  mutating func count(_ usage: Usage, for id: String) {
    guard let index = known[id], messages[index].role == .model else { return }
    messages[index].usage = usage
  }

  /// Where an answer grows: the exchange, and its place there.
  private struct Place {
    var exchange: Int?
    var reply: Int?
  }

  func conversation(models: ModelNames) -> Conversation? {
    var exchanges: [Exchange] = []
    var places: [String: Place] = [:]
    for message in ordered() {
      var place = message.parent.flatMap { places[$0] } ?? Place()
      switch message.role {
      case .none: break
      case .user:
        exchanges.append(exchange(message, after: place.exchange.map { exchanges[$0] }, last: exchanges.last))
        place = Place(exchange: exchanges.count - 1)
      case .model:
        // A greeting answers a prompt that nobody wrote.
        let index = place.exchange ?? exchanges.count
        if place.exchange == nil {
          exchanges.append(
            exchange(Message(id: "before \(message.id)", date: message.date), after: nil, last: exchanges.last))
        }
        place.exchange = index
        let message = keepFiles(of: message, with: &exchanges[index].prompt)
        if let reply = place.reply {
          exchanges[index].replies[reply].append(message)
        } else {
          exchanges[index].replies.append(reply(message, to: exchanges[index], models))
          place.reply = exchanges[index].replies.count - 1
        }
      }
      places[message.id] = place
    }
    guard !exchanges.isEmpty else { return nil }
    number(&exchanges)
    let first = exchanges[0].prompt
    let ends = exchanges.flatMap(\.replies).map { $0.startedAt.addingTimeInterval($0.duration?.inSeconds ?? 0) }
    let started = createdAt ?? first.sentAt
    let words = title.isEmpty ? exchanges.map(\.prompt.text).first { !$0.isEmpty } ?? "" : title
    return Conversation(
      id: DerivedID.uuid("\(program) conversation", id), title: Prompt.title(for: words), createdAt: started,
      updatedAt: updatedAt ?? ends.max() ?? started, tags: Set(tags.filter { !$0.isEmpty }).sorted(),
      isPinned: isPinned, exchanges: exchanges)
  }

  /// Answers are text alone: what a model made stands with the prompt that asked for it, and a line says so.
  private func keepFiles(of message: Message, with prompt: inout Prompt) -> Message {
    var message = message
    for file in message.attachments {
      if !prompt.attachments.contains(where: { $0.sha256 == file.sha256 }) { prompt.attachments.append(file) }
      message.text.appendParagraph("(made, and kept with the prompt: \(file.name))")
    }
    return message
  }

  /// Each message after the one it follows, else by time. One whose parent is not there, or follows itself in a circle,
  /// begins anew.
  private func ordered() -> [Message] {
    var children: [String: [Int]] = [:]
    var roots: [Int] = []
    for (index, message) in messages.enumerated() {
      if let parent = message.parent, known[parent] != nil, parent != message.id {
        children[parent, default: []].append(index)
      } else {
        roots.append(index)
      }
    }
    var dates: [Date?] = messages.map(\.date)
    var order: [Int] = []
    var seen = [Bool](repeating: false, count: messages.count)
    func walk(from root: Int) {
      var waiting = [root]
      while let index = waiting.popLast() {
        guard !seen[index] else { continue }
        seen[index] = true
        order.append(index)
        for child in (children[messages[index].id] ?? []).reversed() {
          if let date = dates[index] { dates[child] = max(date, dates[child] ?? date) }
          waiting.append(child)
        }
      }
    }
    for root in roots { walk(from: root) }
    for index in messages.indices where !seen[index] { walk(from: index) }
    // Sorting keeps the order of equal ones, and a message's date is never before its parent's.
    let start = createdAt ?? .distantPast
    return order.enumerated().sorted { one, other in
      let dates = (dates[one.element] ?? start, dates[other.element] ?? start)
      return dates.0 == dates.1 ? one.offset < other.offset : dates.0 < dates.1
    }.map { messages[$0.element] }
  }

  private func exchange(_ message: Message, after parent: Exchange?, last: Exchange?) -> Exchange {
    let date = message.date ?? last?.prompt.sentAt ?? createdAt ?? Date(timeIntervalSince1970: 0)
    return Exchange(
      prompt: Prompt(
        id: DerivedID.uuid("\(program) prompt", "\(id)/\(message.id)"), parent: parent?.id, turnNumber: 0,
        text: message.text, system: system, attachments: message.attachments, models: [], sentAt: date), replies: [])
  }

  private func reply(_ message: Message, to exchange: Exchange, _ models: ModelNames) -> Reply {
    let name = message.model ?? "unknown"
    let model = models(name) ?? ModelReference(provider: provider, name: name)
    var reply = Reply(
      id: DerivedID.uuid("\(program) reply", "\(id)/\(message.id)"), model: model, state: .success,
      finishReason: .stop, startedAt: message.date ?? exchange.prompt.sentAt)
    reply.tries = 1
    reply.append(message)
    return reply
  }

  private func number(_ exchanges: inout [Exchange]) {
    var turn = 0
    func next() -> Int {
      turn += 1
      return turn
    }
    for index in exchanges.indices {
      exchanges[index].prompt.turnNumber = next()
      // Attempts stand beside the one they repeat.
      var models: [ModelReference] = []
      var attempts: [ModelReference: [Reply]] = [:]
      for var reply in exchanges[index].replies {
        if attempts[reply.model] == nil { models.append(reply.model) }
        reply.attempt = attempts[reply.model, default: []].count + 1
        attempts[reply.model, default: []].append(reply)
      }
      exchanges[index].prompt.models = models
      exchanges[index].replies = models.flatMap { attempts[$0] ?? [] }
      for reply in exchanges[index].replies.indices {
        exchanges[index].replies[reply].turnNumber = next()
        exchanges[index].replies[reply].settle()
      }
    }
  }
}

extension Reply {
  fileprivate mutating func append(_ message: MessageTree.Message) {
    text.appendParagraph(message.text)
    reasoning.appendParagraph(message.reasoning)
    usage = Usage(
      promptTokens: message.usage.promptTokens ?? usage.promptTokens,
      completionTokens: Usage.sum(usage.completionTokens, message.usage.completionTokens),
      reasoningTokens: Usage.sum(usage.reasoningTokens, message.usage.reasoningTokens))
    if let date = message.date, date > startedAt { duration = .seconds(min(date.timeIntervalSince(startedAt), 1e8)) }
    if message.isBrokenOff { state = .partial }
    if let words = message.failure {
      state = .failed
      failure = SendFailure(.provider, String(words.prefix(1000)).replacing(/\s+/, with: " "))
    }
  }

  /// A reply that broke off or failed says so; what there is of its text decides which.
  fileprivate mutating func settle() {
    guard state != .success else { return }
    state = text.isEmpty && reasoning.isEmpty ? .failed : .partial
    finishReason = nil
    failure = failure ?? SendFailure(.interrupted, "the answer broke off")
  }

}

extension String {
  mutating func appendParagraph(_ text: String) {
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    self += isEmpty ? text : "\n\n" + text
  }
}

extension JSON {
  /// Tokens as providers count them; `nil` for what is no count.
  var tokenCount: Int? { int.flatMap { (0...1_000_000_000_000).contains($0) ? $0 : nil } }

  /// Seconds, milliseconds, microseconds or nanoseconds since 1970, or ISO 8601.
  var pointInTime: Date? {
    if let text = string { return Timestamp.date(text) }
    guard var seconds = double, seconds.isFinite else { return nil }
    while abs(seconds) > 1e11 { seconds /= 1000 }
    return Date(timeIntervalSince1970: seconds)
  }
}

extension Attachment {
  /// A file of which another program's export has the name alone.
  static func named(_ name: String) -> Attachment {
    Attachment(
      name: name, sha256: SHA256.text(EarlierFolder.contentNotKept), content: EarlierFolder.contentNotKept)
  }

  static func text(_ name: String, _ content: String) -> Attachment {
    Attachment(name: name, sha256: SHA256.text(content), content: content)
  }
}
