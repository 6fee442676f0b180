import Basics
import Conversations
import FoundationEssentials

/// Conversations as Markdown to read and to keep elsewhere: a YAML header, then the texts as they came, byte for byte.
public enum ConversationMarkdown {
  /// What a model costs; `nil` where that is not known.
  public typealias Prices = @Sendable (ModelReference) -> Price?

  /// A whole conversation.
  ///
  /// The header's keys: `conversation` (id), `title`, `date` (of its beginning), `tags`, `models`, `turns` (how many),
  /// `tokens` (`prompt`, `completion`, `reasoning`) and `cost`; the latter two are the sums of what is known, `null`
  /// where nothing is. Then a section for every prompt and every answer, by turn number.
  public static func document(_ conversation: Conversation, prices: Prices) -> String {
    let exchanges = conversation.exchanges
    let replies = exchanges.flatMap(\.replies)
    var models: [ModelReference] = []
    for model in replies.map(\.model) where !models.contains(model) { models.append(model) }
    var header = YAMLHeader()
    header.add("conversation", conversation.id.lowercased)
    header.add("title", conversation.title)
    header.add("date", Timestamp.text(conversation.createdAt))
    header.add("tags", .texts(conversation.tags))
    header.add("models", .texts(models.map(\.description)))
    header.add("turns", .number(exchanges.count + replies.count { $0.turnNumber != nil }))
    header.add("tokens", tokens(replies.map(\.usage)))
    header.add("cost", .amount(sum(replies.map { prices($0.model)?.cost(of: $0.usage) })))

    return header.text + "\n" + body(conversation, .kept)
  }

  /// A whole conversation to be read at once, without a header: its title, then the sections of
  /// ``document(_:prices:)``, every answer below its prompt. A prompt that does not follow the one before it says what
  /// it follows, and each answer ends with a line of `facts` instead of beginning with its reasoning.
  public static func reading(_ conversation: Conversation, facts: @escaping (Reply) -> String) -> String {
    body(conversation, .read(facts: facts))
  }

  /// What a text is for.
  private enum Form {
    case kept
    case read(facts: (Reply) -> String)
  }

  private static func body(_ conversation: Conversation, _ form: Form) -> String {
    "# \(oneLine(conversation.title))\n" + sections(conversation.exchanges, form).joined()
  }

  /// One prompt: the keys `conversation`, `title`, `turn`, `date`, `models`, `system` and `files`, then its text.
  public static func prompt(_ prompt: Prompt, of conversation: Conversation) -> String {
    var header = YAMLHeader()
    header.add("conversation", conversation.id.lowercased)
    header.add("title", conversation.title)
    header.add("turn", .number(prompt.turnNumber))
    header.add("date", Timestamp.text(prompt.sentAt))
    header.add("models", .texts(prompt.models.map(\.description)))
    header.add("system", prompt.system)
    header.add("files", .texts(prompt.attachments.map(\.name)))
    return header.text + "\n" + prompt.text
  }

  /// One answer: the keys `provider`, `model`, `date`, `tokens` (`prompt`, `completion`, `reasoning`), `cost`,
  /// `conversation` and `turn`, each `null` where it is not known, and `title`, `prompt_turn`, `attempt`, `state`,
  /// and where there is one `finish_reason`, `failure`, `duration` and `ttft` (seconds) `options` (`name=value`
  /// each) and `verdicts` (a line each). Then its text and no more.
  public static func answer(
    _ reply: Reply, to prompt: Prompt, of conversation: Conversation, prices: Prices
  ) -> String {
    var header = YAMLHeader()
    header.add("provider", reply.model.provider)
    header.add("model", reply.model.name)
    header.add("date", Timestamp.text(reply.startedAt))
    header.add("tokens", tokens([reply.usage]))
    header.add("cost", .amount(prices(reply.model)?.cost(of: reply.usage)))
    header.add("conversation", conversation.id.lowercased)
    header.add("turn", .number(reply.turnNumber))
    header.add("title", conversation.title)
    header.add("prompt_turn", .number(prompt.turnNumber))
    header.add("attempt", .number(reply.attempt))
    header.add("state", reply.state.rawValue)
    if let reason = reply.finishReason { header.add("finish_reason", reason.name) }
    if let failure = reply.failure { header.add("failure", failure.message) }
    if let duration = reply.duration { header.add("duration", .amount(duration.inSeconds)) }
    if let ttft = reply.timeToFirstToken { header.add("ttft", .amount(ttft.inSeconds)) }
    if !reply.options.isEmpty { header.add("options", .texts(reply.options.assignments)) }
    let exchange = conversation.exchanges.first { $0.id == prompt.id }
    let verdicts = exchange.map { VerdictText.lines(on: reply, of: $0) } ?? []
    if !verdicts.isEmpty { header.add("verdicts", .texts(verdicts)) }
    return header.text + "\n" + reply.text
  }

  private static func sections(_ exchanges: [Exchange], _ form: Form) -> [String] {
    switch form {
    case .read:
      return exchanges.indices.flatMap { index in
        [section(exchanges[index].prompt, branch(exchanges, index))]
          + exchanges[index].replies.map { section($0, exchanges[index], form) }
      }
    case .kept:
      // By turn number; answers that have not ended follow their prompt's others.
      let told = exchanges.flatMap { exchange -> [(turn: Int, text: String)] in
        let last = exchange.replies.compactMap(\.turnNumber).max() ?? exchange.prompt.turnNumber
        return [(exchange.prompt.turnNumber, section(exchange.prompt, ""))]
          + exchange.replies.map { ($0.turnNumber ?? last, section($0, exchange, form)) }
      }
      return told.enumerated().sorted { ($0.element.turn, $0.offset) < ($1.element.turn, $1.offset) }
        .map(\.element.text)
    }
  }

  /// What a prompt follows, where that is not the one before it.
  private static func branch(_ exchanges: [Exchange], _ index: Int) -> String {
    let parent = exchanges[index].prompt.parent
    guard parent != (index > 0 ? exchanges[index - 1].id : nil) else { return "" }
    return exchanges.first { $0.id == parent }.map { " (after turn \($0.prompt.turnNumber))" } ?? " (a new beginning)"
  }

  private static func section(_ prompt: Prompt, _ place: String) -> String {
    var text = "\n## \(prompt.turnNumber). Prompt\(place)\n"
    if let system = prompt.system { text += "\n### System\n\n" + closed(system) }
    if prompt.system != nil { text += "\n### Text\n" }
    text += "\n" + closed(prompt.text)
    if !prompt.attachments.isEmpty {
      let names = prompt.attachments.map { file in
        oneLine(file.name) + (file.media.map { " (\($0.details))" } ?? "")
      }
      text += "\nFiles: \(names.joined(separator: ", "))\n"
    }
    return text
  }

  private static func section(_ reply: Reply, _ exchange: Exchange, _ form: Form) -> String {
    let number = reply.turnNumber.map { "\($0). " } ?? ""
    let attempt = reply.attempt > 1 ? " (attempt \(reply.attempt))" : ""
    var text = "\n## \(number)\(oneLine(reply.model.description))\(attempt)\n"
    let verdicts = VerdictText.lines(on: reply, of: exchange).map { "\n_\(oneLine($0))_\n" }.joined()
    if case .read(let facts) = form {
      if !reply.text.isEmpty { text += "\n" + closed(reply.text) }
      return text + verdicts + "\n_\(oneLine(facts(reply)))_\n"
    }
    text += verdicts
    if reply.state != .success {
      text += "\n_\(reply.state.rawValue)\(reply.failure.map { ": \(oneLine($0.message))" } ?? "")_\n"
    }
    if !reply.reasoning.isEmpty {
      text += "\n<details><summary>Reasoning</summary>\n\n\(closed(reply.reasoning))\n</details>\n"
    }
    if !reply.text.isEmpty { text += "\n" + closed(reply.text) }
    return text
  }

  /// Ends in a line end. By byte: for Swift, "\r\n" is one character and does not end in "\n".
  private static func closed(_ text: String) -> String {
    text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n"
  }

  /// For a heading: nothing in it can begin a line of its own.
  private static func oneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { isLineOrControl($0) ? " " : $0 }))
  }

  private static func isLineOrControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value)
  }

  private static func tokens(_ usages: [Usage]) -> YAMLHeader.Value {
    .mapping([
      ("prompt", .number(sum(usages.map(\.promptTokens)))),
      ("completion", .number(sum(usages.map(\.completionTokens)))),
      ("reasoning", .number(sum(usages.map(\.reasoningTokens)))),
    ])
  }

  /// `nil` where nothing is known.
  private static func sum(_ values: [Int?]) -> Int? {
    let known = values.compactMap(\.self)
    return known.isEmpty ? nil : known.reduce(0) { $0.addingReportingOverflow($1).partialValue }
  }

  private static func sum(_ values: [Double?]) -> Double? {
    let known = values.compactMap(\.self)
    return known.isEmpty ? nil : known.reduce(0, +)
  }
}
