import Basics
import Conversations
import FoundationEssentials
import JSON
import NIOHTTP1

/// Puts failures of one model into words that name it and the way out.
struct FailureWords: Sendable {
  let model: ConfiguredModel
  let key: APIKey?
  /// The time of day, for a limit that ends at a date.
  var now: @Sendable () -> Date = { Date() }
  /// What the request goes through.
  var proxy: ProxyAddress?

  private var name: String { model.reference.description }
  private var provider: String { model.reference.provider }

  /// Cleans what a provider said: it may repeat the key, or a header that holds one.
  private func said(_ text: String) -> String {
    let headers = model.options.headers.values.filter { $0.utf8.count >= 8 }
    return PlainWords.line(text, hiding: headers + (key.map { [$0.value] } ?? []))
  }

  func missingKey(_ variable: String) -> SendFailure {
    SendFailure(.missingKey, "\(name): no API key for \(provider); set \(variable), or api_key_command in models.yaml")
  }

  func missingKey(because error: KeyError) -> SendFailure {
    var words = said(error.description)
    if case .notFound = error, let variable = model.apiKeyVariable {
      words += "; set \(variable), or api_key_command in models.yaml"
    }
    return SendFailure(.missingKey, "\(name): no API key for \(provider): \(words)")
  }

  func invalidRequest(_ reason: String) -> SendFailure {
    SendFailure(.invalidRequest, "\(name): \(said(reason))")
  }

  /// An answer with an HTTP status other than success.
  func http(_ head: ResponseReader.Head, body: [UInt8]) -> SendFailure {
    http(
      head.status, body: body, location: head.location, retryAfter: head.retryAfter, reset: head.reset,
      shouldRetry: head.shouldRetry)
  }

  /// - `retryAfter`: what the response's head asks to wait, in seconds.
  /// - `reset`: when, by its head, a rate limit is over; counts where nothing else tells how long to wait.
  /// - `shouldRetry`: what its head says of asking again.
  func http(
    _ status: Int, body: [UInt8], location: String?, retryAfter: Double?, reset: Double? = nil,
    shouldRetry: Bool? = nil
  ) -> SendFailure {
    let line = Self.statusLine(status)
    // A body that is no JSON is read as text below.
    let json = try? body.withUnsafeBytes { try JSON.prefix(of: $0).value }
    let error = Self.isHTML(body) ? nil : json.flatMap(ErrorBody.init)
    let told = error?.message ?? Self.detail(body)
    var detail = told.map { ": " + said($0) } ?? ""
    // What to do follows behind a semicolon.
    if detail.hasSuffix(".") { detail.removeLast() }
    var failure: SendFailure
    switch status {
    case 400 where Self.isAboutKey(body, detail):
      failure = SendFailure(refusal, refusedKey(401, line, detail))
    case 407:
      let words = proxy.map { "the proxy \($0)" } ?? "a proxy before \(provider)"
      failure = SendFailure(
        .http, "\(words) wants a user name and password (\(line)); give them as http://user:password@host:port")
    case 401, 403:
      failure = SendFailure(refusal, refusedKey(status, line, detail))
    case 429:
      failure = SendFailure(.rateLimited, "\(provider) limits the rate of requests (\(line))\(detail)")
      failure.message += Self.isAboutMoney(detail + (error?.code ?? "")) ? Self.pay : "; ask again a little later"
    case 300..<400:
      let target = location.map { " to \(said($0))" } ?? ""
      failure = SendFailure(.http, "\(provider) redirects\(target) (\(line)); put the right address into base_url")
    case 404:
      failure = SendFailure(
        .http, "\(name) was not found (\(line))\(detail); check the model's name and base_url in models.yaml")
    case 413:
      failure = SendFailure(.http, "\(name) takes no request so large (\(line))\(detail); \(Self.shorten)")
    default:
      failure = SendFailure(.http, "\(name) answered \(line)\(detail)" + remedy(status, detail))
    }
    if Self.isHTML(body) {
      failure.message =
        "the server of \(name) answered with an HTML page (\(line)) instead of the API; "
        + (status >= 500 ? "it or a proxy before it is in trouble" : "check base_url in models.yaml")
    }
    failure.httpStatus = status
    let asked = RetryAfter.seconds(in: json ?? .null, message: told ?? "", now: now())
    failure.retryAfterSeconds = retryAfter ?? asked ?? (status == 429 || status == 503 ? reset : nil)
    failure.repetition = shouldRetry.map { $0 ? .mayHelp : .useless } ?? Self.repetition(failure, error)
    return failure
  }

  /// Without a key none was refused: one is wanted.
  private var refusal: SendFailure.Kind { key == nil ? .missingKey : .unauthorized }

  private func refusedKey(_ status: Int, _ line: String, _ detail: String) -> String {
    guard let key else {
      return
        "\(provider) wants a key (\(line))\(detail), and none was found; `fiedler keys set \(provider)` keeps one, "
        + "`fiedler doctor` tells where one is looked for, api_key_env or api_key_command in models.yaml names it"
    }
    let place = key.source.map(\.description) ?? model.apiKeyVariable.map { "$" + $0 } ?? "models.yaml"
    return status == 401
      ? "\(provider) refused the key (\(line))\(detail); check the key from \(place) (`fiedler doctor` tells every place)"
      : "\(provider) does not let this key in (\(line))\(detail); "
        + "check what the account of the key from \(place) may do"
  }

  // MARK: What to do

  private static let pay = "; check the account’s plan and credit"
  private static let shorten =
    "send fewer files, begin a new conversation, or choose a model with a larger context window"

  /// Behind an error that the provider reported with a status or in the stream; empty where nobody knows better.
  private func remedy(_ status: Int?, _ detail: String) -> String {
    if Self.isAboutLength(detail) { return "; \(Self.shorten)" }
    if status == 402 || Self.isAboutMoney(detail) { return Self.pay }
    if let status, status >= 500 { return "; the trouble is on its side: ask again later, or ask another model" }
    return ""
  }

  /// Providers tell a prompt that is too long as a bad request, each in words of its own.
  private static func isAboutLength(_ detail: String) -> Bool {
    let words = [
      "context length", "context_length", "context window", "context size", "prompt is too long", "too many tokens",
      "maximum number of tokens", "input token count", "reduce the length", "input is too long",
    ]
    let lower = detail.lowercased()
    return words.contains(where: lower.contains)
  }

  /// What the provider's words tell of asking again; `nil` where the status is all that is known.
  private static func repetition(_ failure: SendFailure, _ error: ErrorBody?) -> SendFailure.Repetition? {
    let lower = (error?.message ?? failure.message).lowercased()
    let code = error?.code ?? ""
    let codes = [
      "insufficient_quota", "insufficient_user_quota", "insufficient_balance", "billing_hard_limit_reached",
      "billing_not_active", "account_deactivated", "quota_exceeded", "billing_error", "arrearage",
    ]
    if codes.contains(code) { return .useless }
    let unpaid = [
      "plan and billing", "insufficient balance", "insufficient_balance", "insufficient quota", "insufficient_quota",
      "insufficient credit", "credit balance", "out of credit", "no credit", "not enough credit", "billing", "top up",
      "recharge", "payment", "余额", "欠费",
    ]
    // Google says so of every limit, and then how long to wait.
    if failure.retryAfterSeconds == nil, unpaid.contains(where: lower.contains) { return .useless }
    let mayPass = [408, 409, 425, 429].contains(failure.httpStatus) || (failure.httpStatus ?? 500) >= 500
    let loading = [
      "loading model", "model is loading", "still loading", "currently loading", "is being loaded", "loading the model",
      "model loading", "warming up", "starting up", "not ready", "initializing", "cold start", "is loading",
    ]
    if mayPass, failure.httpStatus != 429, loading.contains(where: lower.contains) { return .untilReady }
    guard failure.httpStatus == nil else { return nil }
    let passing = [
      "overloaded", "over capacity", "at capacity", "timed out", "timeout", "time-out", "temporarily", "try again",
      "is busy", "too many requests", "rate limit", "unavailable", "connection reset", "disconnected",
    ]
    return passing.contains(where: lower.contains) ? .mayHelp : nil
  }

  /// Google and others tell a refused key as a bad request (https://ai.google.dev/gemini-api/docs/troubleshooting).
  private static func isAboutKey(_ body: [UInt8], _ detail: String) -> Bool {
    let text = (detail + " " + String(decoding: body.prefix(4096), as: UTF8.self)).lowercased()
    if text.contains("api_key_invalid") || text.contains("invalid_api_key") { return true }
    let faults = ["not valid", "invalid", "incorrect", "expired", "not found", "missing", "wrong"]
    return ["api key", "api-key", "apikey"].contains { detail.lowercased().contains($0) }
      && faults.contains { detail.lowercased().contains($0) }
  }

  private static func isAboutMoney(_ detail: String) -> Bool {
    let lower = detail.lowercased()
    return ["quota", "billing", "credit", "balance", "余额"].contains(where: lower.contains)
  }

  /// A success that holds neither a stream of events nor an answer in JSON.
  func notAnAnswer(_ body: [UInt8], status: Int) -> SendFailure {
    if Self.isHTML(body) {
      return SendFailure(
        .malformed,
        "the server of \(name) answered with an HTML page (\(Self.statusLine(status))) instead of the API; "
          + "check base_url in models.yaml", httpStatus: status)
    }
    if body.starts(with: [0x1F, 0x8B]) {
      return SendFailure(
        .malformed,
        "the answer of \(name) is packed (gzip), and its head does not say so; ask without the proxy or "
          + "gateway that packs it")
    }
    let start = said(String(decoding: body.prefix(1024), as: UTF8.self))
    return SendFailure(
      .malformed,
      "\(name) answered with something that is no answer of its API: “\(PlainWords.line(start, limit: 160))”; "
        + "check base_url and kind in models.yaml")
  }

  /// An answer in a form that cannot be unpacked.
  func packed(_ coding: String) -> SendFailure {
    SendFailure(
      .malformed,
      "\(name) packed its answer (content-encoding: \(said(coding))), which it was asked not to do and only gzip and "
        + "deflate are unpacked of; check the proxy or gateway in base_url")
  }

  /// Ollama's own API where OpenAI's was meant.
  func ollama() -> SendFailure {
    SendFailure(
      .malformed,
      "\(name) answered in Ollama's own format (\(model.baseURL)); base_url in models.yaml must lead to its OpenAI API, "
        + "which ends with /v1, as in http://127.0.0.1:11434/v1")
  }

  /// An error that the stream itself reported.
  func inStream(_ json: JSON, isErrorEvent: Bool) -> SendFailure {
    let reported = ErrorBody.failureInStream(json, isErrorEvent: isErrorEvent)
    var failure = reported?.failure ?? SendFailure(.provider, json.string ?? "an error without a message")
    let message = failure.message
    failure = inStream(failure)
    failure.retryAfterSeconds = RetryAfter.seconds(in: json, message: message, now: now())
    failure.repetition = Self.repetition(failure, reported?.body)
    return failure
  }

  func inStream(_ failure: SendFailure) -> SendFailure {
    var copy = failure
    let status = failure.httpStatus.map { " (\(Self.statusLine($0)))" } ?? ""
    var detail = said(failure.message)
    let way = remedy(failure.httpStatus, detail)
    if !way.isEmpty, detail.hasSuffix(".") { detail.removeLast() }
    copy.message = "\(name) reported an error\(status): \(detail)\(way)"
    return copy
  }

  /// A failure stands where the reason to stop should.
  func stopped(_ ending: Ending, hasContent: Bool) -> SendFailure {
    let status = ending.httpStatus.map { " (\(Self.statusLine($0)))" } ?? ""
    var detail = ending.message.map { ": " + said($0) } ?? ""
    if detail.hasSuffix(".") { detail.removeLast() }
    let way = remedy(ending.httpStatus, detail)
    var failure = SendFailure(
      .provider,
      "\(name) stopped with “\(said(ending.word))”\(status)\(detail)"
        + (way.isEmpty ? "; ask again\(hasContent ? " to have it whole" : ", or ask another model")" : way),
      httpStatus: ending.httpStatus)
    if ending.httpStatus == nil { failure.repetition = .mayHelp }
    return failure
  }

  /// The answer ended in order, and there is none.
  func nothingSaid(_ ending: Ending, _ output: StreamOutput) -> SendFailure {
    let because = ending.message.map { ": " + said($0) } ?? ""
    let tokens = output.usage.completionTokens.map { " \($0) tokens" } ?? " tokens"
    var text: String
    switch ending.reason {
    case .blocked(let word): return blocked(word + because)
    case .stop where !output.hasContent && output.toolCalls.isEmpty: return empty()
    case .length where ending.word.lowercased().contains("context"):
      text =
        "the context window of \(name) was full before it said anything (\(said(ending.word)))\(because); "
        + Self.shorten
    case .length:
      let spent = output.hasContent || (output.usage.reasoningTokens ?? 0) > 0 ? ", on reasoning," : ""
      text =
        "\(name) spent all its\(tokens)\(spent) before it said anything (\(said(ending.word)))\(because); "
        + "raise max_completion_tokens in models.yaml"
    case _ where ending.reason == .toolCall || ending.reason == .stop && !output.toolCalls.isEmpty:
      let names = output.toolCalls.filter { !$0.isEmpty }.map { "“\($0)”" }.joined(separator: ", ")
      text =
        "\(name) asked for a tool\(names.isEmpty ? "" : " (\(said(names)))") that nobody offered, and said nothing; "
        + "ask again, or put it in other words"
    case .stop:
      text = "\(name) only reasoned and then said nothing; ask again, or ask it for the answer"
    default:
      text =
        "\(name) stopped with “\(said(ending.word))” before it said anything\(because); "
        + "ask again, or put it in other words"
    }
    return SendFailure(.empty, text).knownUseless
  }

  /// Some of what came could not be read.
  func damaged(_ count: Int, _ excerpt: String) -> SendFailure {
    let events = Plural.text(
      count, "event that could not be read and is", "events that could not be read and are")
    return SendFailure(
      .malformed, "\(name) sent \(events) missing from the answer: “\(said(excerpt))”; ask again to have it whole")
  }

  /// Nothing but what could not be read came, or came last.
  func unreadable(_ excerpt: String, hasContent: Bool) -> SendFailure {
    let way = hasContent ? "ask again to have it whole" : "check base_url and kind in models.yaml"
    return SendFailure(.malformed, "\(name) sent something that is not JSON: “\(said(excerpt))”; \(way)")
  }

  func tooLarge(_ limit: Int) -> SendFailure {
    SendFailure(
      .malformed,
      "\(name) sent a single event of more than \(limit >> 20) MB; it was given up: ask again, or for less at once")
  }

  func blocked(_ reason: String) -> SendFailure {
    SendFailure(
      .blocked, "\(provider) withheld the answer: \(said(reason)); put it in other words, or ask another model")
  }

  func empty() -> SendFailure {
    SendFailure(.empty, "\(name) answered without any content; ask again, or put it in other words")
  }

  func truncated(_ cause: TransportFailure?) -> SendFailure {
    SendFailure(
      .truncated,
      (cause.map { "the answer of \(name) broke off: \($0)" }
        ?? "the answer of \(name) ended before the model said it was done") + "; ask again to have it whole")
  }

  func connection(_ cause: TransportFailure) -> SendFailure {
    let way = cause.remedy(isProxied: proxy != nil).map { "; \($0)" } ?? ""
    return SendFailure(.connection, "\(name): \(said("\(cause)")) (\(place))\(way)")
  }

  /// Where the request goes.
  private var place: String { model.baseURL + (proxy.map { ", through the proxy \($0)" } ?? "") }

  func timeout(_ kind: SendFailure.Kind, limit: Duration) -> SendFailure {
    let text =
      switch kind {
      case .connectTimeout:
        "no connection within \(limit.inWords) (\(model.baseURL)); check the network, and base_url in models.yaml"
      case .firstTokenTimeout:
        "connected, but silent for \(limit.inWords) before any token; it may be at work still: first_token_timeout in "
          + "models.yaml gives it more time"
      case .idleTimeout:
        "the stream stood still for \(limit.inWords) (idle_timeout in models.yaml); ask again to have it whole"
      default: "not done within \(limit.inWords), the model's timeout; models.yaml can give it more"
      }
    return SendFailure(kind, "\(name): \(text)")
  }

  // MARK: Bodies

  static func isHTML(_ body: [UInt8]) -> Bool {
    body.first { $0 > 0x20 } == UInt8(ascii: "<")
  }

  private static func detail(_ body: [UInt8]) -> String? {
    guard !isHTML(body), body.contains(where: { $0 > 0x20 }) else { return nil }
    // Not JSON, or JSON of an unknown shape: the bare text is still the best that is known.
    return String(decoding: body.prefix(2048), as: UTF8.self)
  }

  private static func statusLine(_ status: Int) -> String {
    if status == 529 { return "529 Overloaded" }
    let phrase = HTTPResponseStatus(statusCode: status).reasonPhrase
    return phrase.isEmpty ? "\(status)" : "\(status) \(phrase)"
  }
}

extension SendFailure {
  /// The same, of which is known that asking again is of no use.
  fileprivate var knownUseless: SendFailure {
    var copy = self
    copy.repetition = .useless
    return copy
  }
}
