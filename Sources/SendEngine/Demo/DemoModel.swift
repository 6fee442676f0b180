import Conversations

/// How a built-in model behaves that needs no key and no network: it tells of Fiedler, at a pace of its own.
///
/// The names are `quick`, `steady`, `slow-start`, `thinker`, `flaky`, and, for tests and measuring, `noise` (made-up
/// Markdown), `rate-1000` (1,000 tokens of it a second without end) and `rate-1000x20000` (20,000 of them).
struct DemoModel: Hashable, Sendable {
  let name: String
  let tokensPerSecond: Double
  let firstTokenDelay: Duration
  /// Whose part in the tour of Fiedler it has; `nil` for made-up Markdown.
  let voice: DemoTour.Voice?
  /// Its first attempt fails as an overloaded server does.
  let failsFirst: Bool
  /// Tokens it answers with; `nil` leaves the length to the text.
  let length: Int?

  private init(
    _ name: String, tokensPerSecond: Double, firstTokenDelay: Duration, voice: DemoTour.Voice? = nil,
    failsFirst: Bool = false, length: Int? = nil
  ) {
    self.name = name
    self.tokensPerSecond = tokensPerSecond
    self.firstTokenDelay = firstTokenDelay
    self.voice = voice
    self.failsFirst = failsFirst
    self.length = length
  }

  static let named: [DemoModel] = [
    DemoModel("quick", tokensPerSecond: 90, firstTokenDelay: .milliseconds(150), voice: .quick),
    DemoModel("steady", tokensPerSecond: 40, firstTokenDelay: .milliseconds(450), voice: .steady),
    DemoModel("slow-start", tokensPerSecond: 55, firstTokenDelay: .seconds(3), voice: .steady),
    DemoModel("thinker", tokensPerSecond: 60, firstTokenDelay: .milliseconds(600), voice: .thinker),
    DemoModel("flaky", tokensPerSecond: 50, firstTokenDelay: .milliseconds(300), voice: .flaky, failsFirst: true),
    DemoModel("noise", tokensPerSecond: 90, firstTokenDelay: .milliseconds(150)),
  ]

  /// Long enough to be without end for whoever watches.
  private static let endless = 100_000_000

  /// `nil` if there is no demo model of that name.
  init?(named name: String) {
    if let known = Self.named.first(where: { $0.name == name }) {
      self = known
      return
    }
    guard name.hasPrefix("rate-") else { return nil }
    let numbers = name.dropFirst("rate-".count).split(separator: "x", omittingEmptySubsequences: false)
    guard (1...2).contains(numbers.count), let rate = Int(numbers[0]), (1...10_000_000).contains(rate) else {
      return nil
    }
    var length = Self.endless
    if numbers.count == 2 {
      guard let given = Int(numbers[1]), (1...Self.endless).contains(given) else { return nil }
      length = given
    }
    self.init(name, tokensPerSecond: Double(rate), firstTokenDelay: .milliseconds(50), length: length)
  }
}

/// One answer of a demo model, paced by the send's clock.
struct DemoStream: Sendable {
  let model: DemoModel
  /// Everything the model is shown, its own answers included.
  let prompt: String
  /// The user's words in it, those to answer last.
  let questions: [String]
  let seed: UInt64
  /// Tokens at most.
  var longest: Int?
  let timeline: Timeline
  /// The reply's total time.
  let limit: Duration
  let emit: @Sendable ([SendEvent]) -> Void

  /// Tokens due within this are passed on together: no screen shows more than 60 pictures a second.
  private static let tick = Duration.milliseconds(16)

  func run(attempt: Int) async -> AttemptEnd {
    do {
      return try await stream(attempt: attempt)
    } catch {
      // The only thing a sleep can fail of is its task being cancelled.
      return .cancelled
    }
  }

  private func stream(attempt: Int) async throws -> AttemptEnd {
    try await timeline.sleep(min(timeline.elapsed() + model.firstTokenDelay, limit))
    if model.failsFirst, attempt == 1 {
      return .failed(
        SendFailure(
          .http, "demo/\(model.name) answered 503 Service Unavailable: it is overloaded, as always at first",
          httpStatus: 503))
    }
    var text = DemoText(model: model, prompt: prompt, questions: questions, seed: seed)
    var output = StreamOutput()
    let start = timeline.elapsed()
    let interval = Duration.seconds(1) / model.tokensPerSecond
    var count = 0
    var reasoningCount = 0
    while true {
      let now = timeline.elapsed()
      if now >= limit {
        return .failed(
          SendFailure(.totalTimeout, "demo/\(model.name): not done within \(limit.inWords), the model's timeout"))
      }
      while start + interval * Double(count) <= now {
        let isFull = longest.map { count >= $0 } ?? false
        guard !isFull, let token = text.next() else {
          output.usage(
            Usage(
              promptTokens: TokenEstimate.tokens(inUTF8Bytes: prompt.utf8.count), completionTokens: count,
              reasoningTokens: reasoningCount > 0 ? reasoningCount : nil))
          emit(output.drain())
          return .finished(isFull ? .length : .stop)
        }
        count += 1
        if token.isReasoning {
          reasoningCount += 1
          output.reasoning(token.text)
        } else {
          output.text(token.text)
        }
      }
      emit(output.drain())
      try await timeline.sleep(min(max(start + interval * Double(count), now + Self.tick), limit))
    }
  }
}
