import Basics
import ConfigurationReading
import ConversationStore
import Conversations
import Digest
import FoundationEssentials
import GodotLog
import SendEngine

/// What is wanted of the answers to a prompt.
public struct SynthesisRequest: Hashable, Sendable {
  /// Who reads them: a model's name or alias.
  public var judge: String
  /// A ``SynthesisWay``, or a template in the templates folder.
  public var template: String

  public init(judge: String, template: String = SynthesisWay.merge.rawValue) {
    self.judge = judge
    self.template = template
  }

  /// Reads `MODEL` or `MODEL:TEMPLATE`. Models have colons in their names, too: what follows the last one is a template
  /// where there is a template of that name.
  public init(_ text: String, templates: some Collection<String>) {
    guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
      templates.contains(String(text[text.index(after: colon)...]))
    else {
      self.init(judge: text)
      return
    }
    self.init(judge: String(text[..<colon]), template: String(text[text.index(after: colon)...]))
  }
}

/// Why answers cannot be put before a model. The words say what to do.
public enum SynthesisProblem: Error, Hashable, Sendable, CustomStringConvertible {
  case noPrompt
  case tooFewAnswers(found: Int, needed: Int, template: String)
  case noTemplate(String, known: [String])
  /// Estimated tokens, and what the model takes.
  case tooLong(model: String, tokens: Int, window: Int)

  public var description: String {
    switch self {
    case .noPrompt: "The conversation has no prompt whose answers could be read."
    case .tooFewAnswers(let found, let needed, let template):
      "\(template) needs \(Plural.text(needed, "answer")), and \(found == 0 ? "none has" : "only \(found) of them has") text yet. "
        + "Ask more models, or wait for those that still answer."
    case .noTemplate(let name, let known):
      "there is no way to read answers called \(name.quoted): there are \(known.joined(separator: ", ")); a file of "
        + "that name in the templates folder (`fiedler paths`) would make one"
    case .tooLong(let model, let tokens, let window):
      "\(model) takes \(window) tokens, and the answers are about \(tokens): choose a model with a larger context, or "
        + "ask fewer models."
    }
  }
}

extension Services {
  /// The names of all ways to read answers: those that are built in, then the templates of one's own.
  public func synthesisTemplates() throws -> [String] {
    SynthesisWay.allCases.map(\.rawValue) + (try templates.read().map(\.name))
  }

  /// Puts the answers to a prompt before one more model, and waits for what it writes: a turn of the conversation like
  /// any other.
  ///
  /// - `prompt`: The prompt that was answered; `nil` for the newest of the conversation that is no reading itself.
  /// - `run`: Starts a send and waits for its end, as the caller shows it. Called twice for a council.
  /// - Throws: What the user can mend, ``SynthesisProblem`` above all. Nothing is stored or sent then.
  public func synthesize(
    _ id: UUID, prompt: UUID? = nil, _ request: SynthesisRequest, run: (Sending) async -> SendReport
  ) async throws -> SynthesisReport {
    let registry = try registry()
    let judge = try registry.resolve(request.judge)
    var conversation = try await conversation(id)
    let found = conversation.exchanges.last { exchange in
      prompt.map { $0 == exchange.id } ?? (exchange.prompt.synthesis == nil)
    }
    guard let exchange = found else {
      throw SynthesisProblem.noPrompt
    }
    var council: (synthesis: Synthesis, rankings: [String])?
    if request.template == SynthesisWay.council.rawValue {
      let judges = try exchange.readable.answers.map { try registry.resolve($0.model.description) }
      council = try await rankings(of: exchange, in: conversation, by: judges, run: run)
      conversation = try await self.conversation(id)
    }
    let sending = try await prepareSynthesis(
      of: exchange, in: conversation, judges: [judge], template: request.template, council: council)
    let report = await run(sending)
    return SynthesisReport(
      synthesis: sending.exchange.prompt.synthesis ?? Synthesis(template: request.template, sources: []),
      report: report)
  }

  /// What every author says of the answers, unlabelled. What an earlier council that came to no end was told is not
  /// asked for again.
  private func rankings(
    of exchange: Exchange, in conversation: Conversation, by judges: [ConfiguredModel],
    run: (Sending) async -> SendReport
  ) async throws -> (synthesis: Synthesis, rankings: [String])? {
    var replies: [Reply] = []
    let ranked: Exchange
    if let left = conversation.unusedRanking(of: exchange, by: judges.map(\.reference)) {
      ranked = left
      for judge in judges {
        guard let newest = left.replies.last(where: { $0.model == judge.reference }) else { continue }
        if newest.state == .success {
          replies.append(newest)
        } else {
          replies += await run(try await prepareRetry(of: newest.id, in: conversation)).replies
        }
      }
    } else {
      let sending = try await prepareSynthesis(
        of: exchange, in: conversation, judges: judges, template: SynthesisWay.rank.rawValue)
      ranked = sending.exchange
      replies = await run(sending).replies
    }
    return ranked.prompt.synthesis.map { ($0, replies.map(\.text).filter { !$0.isEmpty }) }
  }

  /// The same for who shows the answers as they come: stores the prompt and returns it, ready to go out. Not for a
  /// council, which takes two sends.
  func prepareSynthesis(
    of prompt: UUID, in id: UUID, judge: ModelReference, template: String
  ) async throws -> Sending {
    let conversation = try await conversation(id)
    guard let exchange = conversation.exchanges.first(where: { $0.id == prompt }) else {
      throw SynthesisProblem.noPrompt
    }
    return try await prepareSynthesis(
      of: exchange, in: conversation, judges: [try registry().resolve(judge.description)], template: template)
  }

  private func prepareSynthesis(
    of exchange: Exchange, in conversation: Conversation, judges: [ConfiguredModel], template: String,
    council: (synthesis: Synthesis, rankings: [String])? = nil
  ) async throws -> Sending {
    let way = SynthesisWay(rawValue: template)
    let readable = exchange.readable
    let needed = way?.fewestAnswers ?? 1
    guard readable.answers.count >= needed else {
      throw SynthesisProblem.tooFewAnswers(found: readable.answers.count, needed: needed, template: template)
    }
    // The order tells nothing of the authors. Rankings name the answers as they were labelled then.
    var sources =
      council?.synthesis.sources
      ?? readable.answers.shuffled().enumerated().map { index, reply in
        Synthesis.Source(label: Synthesis.label(index), reply: reply.id, model: reply.model, attempt: reply.attempt)
      }
    let texts = Dictionary(readable.answers.map { ($0.id, $0.text) }, uniquingKeysWith: { first, _ in first })
    sources.removeAll { texts[$0.reply] == nil }
    let synthesis = Synthesis(template: template, sources: sources, leftOut: readable.leftOut)
    let rankings = council?.rankings ?? []
    // Whoever cannot see what was asked about can still read what was answered.
    let unseen = judges.flatMap { $0.refusedFiles(of: [exchange.prompt.message]) }
    var files = exchange.prompt.attachments.filter { file in !unseen.contains { $0.name == file.name } }
    files += sources.map { Self.file(Synthesis.fileName($0.label), texts[$0.reply] ?? "") }
    files += rankings.enumerated().map { Self.file("Ranking \($0 + 1)", $1) }
    let text =
      try way?.prompt(for: exchange.prompt.text, labels: sources.map(\.label), rankings: rankings.count)
      ?? ownText(template, exchange.prompt.text, synthesis)
    let tip = conversation.exchanges.last?.id
    var reading = Prompt(
      id: UUID(), parent: council == nil ? exchange.id : tip, turnNumber: 0, text: text,
      system: exchange.prompt.system, attachments: files, models: judges.map(\.reference), sentAt: Date(),
      synthesis: synthesis)
    try Self.check(reading, fits: judges)
    let replies = judges.map { Self.reply(of: $0, at: reading.sentAt) }
    reading = try await store.begin(
      Exchange(prompt: reading, replies: replies), in: conversation.id, title: conversation.title,
      createdAt: reading.sentAt)
    logger.nudge()
    let leftOut = synthesis.leftOut.map(\.name)
    return Sending(
      conversation: conversation.id, exchange: Exchange(prompt: reading, replies: replies),
      // Its own earlier answers would tell a model which of them is its own.
      request: SendRequest(
        reading, targets: zip(replies, judges).map { .init(reply: $0.id, model: $1) }),
      notes: (leftOut.isEmpty ? [] : ["Left out, as they have no answer yet: \(leftOut.joined(separator: ", "))"])
        + unseen.map { "\($0); the answers are read without it" })
  }

  private static func file(_ name: String, _ text: String) -> Attachment {
    Attachment(name: name, sha256: SHA256.text(text), content: text)
  }

  /// A template of one's own: its `{{input}}` is the prompt that was answered, `{{answers}}` the names of the files.
  private func ownText(_ name: String, _ prompt: String, _ synthesis: Synthesis) throws -> String {
    guard try templates.read().contains(where: { $0.name == name }) else {
      throw SynthesisProblem.noTemplate(name, known: try synthesisTemplates())
    }
    var values = [PromptTemplate.input: prompt]
    let names = synthesis.sources.map { Synthesis.fileName($0.label) }.joined(separator: ", ")
    if try templates.read().first(where: { $0.name == name })?.template?.names.contains("answers") == true {
      values["answers"] = names
    }
    return try templates.fill(name, with: values).text
  }

  private static func check(_ prompt: Prompt, fits judges: [ConfiguredModel]) throws(SynthesisProblem) {
    let tokens = TokenEstimate.tokens(inUTF8Bytes: prompt.estimatedUTF8Count + (prompt.system?.utf8.count ?? 0))
    for judge in judges {
      guard let window = judge.contextWindow, tokens > window else { continue }
      throw .tooLong(model: judge.reference.description, tokens: tokens, window: window)
    }
  }
}

extension Conversation {
  /// The rankings by these models of what an exchange says now, if they have ended and no council has made use of them.
  fileprivate func unusedRanking(of exchange: Exchange, by judges: [ModelReference]) -> Exchange? {
    let answers = Set(exchange.readable.answers.map(\.id))
    func reads(_ other: Exchange, _ way: SynthesisWay) -> Bool {
      guard let synthesis = other.prompt.synthesis, synthesis.template == way.rawValue else { return false }
      return Set(synthesis.sources.map(\.reply)) == answers && other.replies.allSatisfy(\.state.isFinal)
    }
    let ranking = exchanges.last { other in
      reads(other, .rank) && other.prompt.parent == exchange.id && other.prompt.models == judges
    }
    let isUsed = exchanges.contains { other in
      reads(other, .council) && other.prompt.synthesis?.sources == ranking?.prompt.synthesis?.sources
        && other.replies.contains { $0.state == .success }
    }
    return isUsed ? nil : ranking
  }
}
