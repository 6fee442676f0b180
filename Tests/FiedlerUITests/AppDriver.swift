import Canvas
import Conversations
import FoundationEssentials

@testable import FiedlerUI

/// Drives the program as a user and a shell would, without either.
struct AppDriver {
  var state: AppState
  /// What the last message asked of the shell.
  var effects: [Effect] = []

  /// 14 November 2023 22:13:20 UTC.
  static let launch = Date(timeIntervalSince1970: 1_700_000_000)

  init(_ width: Int, _ height: Int, models: [String] = ["gpt-4o-mini", "deepseek-r1", "gemini-2.5-pro"]) {
    state = AppState(launchedAt: Self.launch, health: LogHealth(state: .connected))
    let choices = models.map { ModelChoice(reference: Self.model($0)) }
    tell(.input(.resize(Size(width: width, height: height))))
    tell(.modelsLoaded(choices, defaults: choices.map(\.reference)))
  }

  static func model(_ name: String) -> ModelReference { ModelReference(provider: "test", name: name) }

  static func id(_ number: Int) -> UUID {
    let digits = String(number)
    return UUID(uuidString: "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits)!
  }

  mutating func tell(_ message: Message) { effects = update(&state, message) }

  mutating func press(_ keys: Key...) { for key in keys { tell(.input(.key(key))) } }

  mutating func press(_ character: Character) { press(Key(.character(character))) }

  mutating func type(_ text: String) {
    for character in text { press(character == "\n" ? .control("j") : Key(.character(character))) }
  }

  mutating func advance(to now: Duration) { tell(.tick(now: now)) }

  /// Confirms the send that was asked for last, as the shell does.
  mutating func startSend(_ draft: SendDraft, number: Int = 1, attachments: [Attachment] = []) {
    var prompt = Prompt(
      id: Self.id(1000 + number), parent: draft.parent, turnNumber: number, text: draft.text, system: draft.system,
      attachments: attachments, models: draft.models, sentAt: Self.launch.addingTimeInterval(state.now.inSeconds))
    prompt.successions = draft.successions
    let replies = draft.models.enumerated().map { index, model in
      Reply(id: Self.id(number * 100 + index), model: model, startedAt: Self.launch)
    }
    tell(.sendStarted(Exchange(prompt: prompt, replies: replies), in: draft.conversation ?? Self.id(1)))
  }

  /// Types a prompt and sends it.
  mutating func send(_ text: String, number: Int = 1) {
    type(text)
    press(Key(.enter))
    for case .send(let draft) in effects { startSend(draft, number: number) }
  }

  /// Events of the reply of one model of the send `number`.
  mutating func event(_ model: Int, _ event: SendEvent, at time: Duration, number: Int = 1) {
    tell(.events([ReplyEvent(reply: Self.id(number * 100 + model), at: time, event: event)]))
  }

  var frame: Frame { view(state, size: state.size, theme: .fallback, now: state.now) }
  var screen: String { frame.description }

  /// Three answers: one done, one streaming after its reasoning, one waiting for its second try.
  static func streaming(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.send("Review the retry logic in sender.swift")
    for model in 0..<3 { app.event(model, .connecting(attempt: 1, of: 3), at: .milliseconds(10)) }
    app.event(0, .firstToken, at: .milliseconds(310))
    app.event(
      0, .text("## Findings\n1. `attempt` is not reset after a success, so the next call "), at: .milliseconds(320))
    app.event(0, .text("starts with the long delay.\n2. Jitter is missing."), at: .milliseconds(6010))
    app.event(0, .usage(Usage(promptTokens: 900, completionTokens: 412)), at: .milliseconds(6050))
    app.event(0, .finished(.stop), at: .milliseconds(6100))
    app.event(1, .firstToken, at: .milliseconds(900))
    app.event(1, .reasoning(String(repeating: "Let me think about the back-off. ", count: 26)), at: .milliseconds(950))
    app.event(
      1, .text("The back-off never resets, so after one bad minute every later call waits 30 s. Consider"),
      at: .milliseconds(5000))
    let limited = SendFailure(.rateLimited, "The provider limits how often you may ask.", httpStatus: 429)
    app.event(2, .retrying(attempt: 2, of: 3, delay: .milliseconds(5000), because: limited), at: .milliseconds(6400))
    app.advance(to: .milliseconds(7400))
    return app
  }
}

extension AppDriver {
  /// History rows, each some while older than the one before.
  static func summaries(_ count: Int, from first: Int = 0) -> [ConversationSummary] {
    (first..<(first + count)).map { number in
      let date = launch.addingTimeInterval(Double(-number * number * 3000))
      let states: [ReplyState] = [.success, number % 3 == 0 ? .failed : number % 3 == 1 ? .partial : .interrupted]
      return ConversationSummary(
        id: id(number + 1), title: "Review number \(number) of the retry logic", createdAt: date, updatedAt: date,
        models: [model("gpt-4o-mini"), model("deepseek-r1")], promptCount: 1 + number % 4, states: states)
    }
  }

  /// The conversation of the first of `summaries`.
  static var conversation: Conversation {
    var replies: [Reply] = []
    for (index, name) in ["gpt-4o-mini", "deepseek-r1"].enumerated() {
      var reply = Reply(id: id(500 + index), model: model(name), startedAt: launch)
      reply.apply(.connecting(attempt: 1, of: 3), at: .milliseconds(5))
      if index == 0 {
        reply.apply(.firstToken, at: .milliseconds(400))
        reply.apply(
          .text("It looks right, but the delay is never reset.\n\nReset it after a success."), at: .milliseconds(400))
        reply.apply(.finished(.stop), at: .milliseconds(2100))
      } else {
        reply.apply(.failed(SendFailure(.connection, "The connection was refused.")), at: .milliseconds(30))
      }
      replies.append(reply)
    }
    let file = Attachment(name: "sender.swift", sha256: "00", content: "let a = 1")
    let prompt = Prompt(
      id: id(400), turnNumber: 1, text: "Review the retry logic", attachments: [file], models: replies.map(\.model),
      sentAt: launch)
    return Conversation(
      id: id(1), title: "Review the retry logic", createdAt: launch, updatedAt: launch,
      exchanges: [Exchange(prompt: prompt, replies: replies)])
  }

  static let catalog = [
    ModelChoice(
      reference: model("gpt-4o-mini"), aliases: ["mini"], contextWindow: 128_000, price: Price(input: 0.15, output: 0.6)
    ),
    ModelChoice(
      reference: ModelReference(provider: "together", name: "deepseek-ai/DeepSeek-R1"), aliases: ["deepseek"],
      contextWindow: 163_840, price: Price(input: 3, output: 7)),
    ModelChoice(
      reference: ModelReference(provider: "google", name: "gemini-2.5-pro"), contextWindow: 1_048_576,
      price: Price(input: 1.25, output: 10), problem: "no key"),
    ModelChoice(reference: ModelReference(provider: "local", name: "smollm2"), contextWindow: 8_192),
  ]
}
