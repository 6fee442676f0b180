import Conversations
import JSON
import NIOHTTP1

/// Puts failures of one model into words that name it and the way out.
struct FailureWords: Sendable {
  let model: ConfiguredModel
  let key: APIKey?

  private var name: String { model.reference.description }
  private var provider: String { model.reference.provider }

  /// Cleans what a provider said.
  private func said(_ text: String) -> String { PlainWords.line(text, hiding: key) }

  func missingKey(_ variable: String) -> SendFailure {
    SendFailure(.missingKey, "\(name): no API key for \(provider); set \(variable), or api_key_command in models.yaml")
  }

  func missingKey(because error: KeyError) -> SendFailure {
    SendFailure(.missingKey, "\(name): no API key for \(provider): \(said(error.description))")
  }

  func invalidRequest(_ reason: String) -> SendFailure {
    SendFailure(.invalidRequest, "\(name): \(said(reason))")
  }

  /// An answer with an HTTP status other than success.
  func http(_ status: Int, body: [UInt8], location: String?, retryAfter: Double?) -> SendFailure {
    let line = Self.statusLine(status)
    var detail = Self.detail(body).map { ": " + said($0) } ?? ""
    // What to do follows behind a semicolon.
    if detail.hasSuffix(".") { detail.removeLast() }
    var failure: SendFailure
    switch status {
    case 401, 403:
      failure = SendFailure(.unauthorized, refusedKey(status, line, detail))
    case 429:
      failure = SendFailure(.rateLimited, "\(provider) limits the rate of requests (\(line))\(detail)")
      failure.message += Self.isAboutMoney(detail) ? Self.pay : "; ask again a little later"
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
    failure.retryAfterSeconds = retryAfter
    return failure
  }

  private func refusedKey(_ status: Int, _ line: String, _ detail: String) -> String {
    guard let key else {
      return "\(provider) wants a key (\(line))\(detail), and none was found; `fiedler doctor` tells where one is "
        + "looked for, api_key_env or api_key_command in models.yaml names it"
    }
    let place = key.source.map(\.description) ?? model.apiKeyVariable.map { "$" + $0 } ?? "models.yaml"
    return status == 401
      ? "\(provider) refused the key (\(line))\(detail); check the key from \(place)"
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

  private static func isAboutMoney(_ detail: String) -> Bool {
    let lower = detail.lowercased()
    return ["quota", "billing", "credit", "balance"].contains(where: lower.contains)
  }

  /// A success that holds neither a stream nor JSON.
  func notAnAnswer(_ body: [UInt8], status: Int) -> SendFailure {
    Self.isHTML(body)
      ? SendFailure(
        .malformed,
        "the server of \(name) answered with an HTML page (\(Self.statusLine(status))) instead of the API; "
          + "check base_url in models.yaml", httpStatus: status)
      : SendFailure(
        .malformed,
        "\(name) answered with something that is neither a stream nor JSON; check base_url and kind in models.yaml")
  }

  /// An error that the stream itself reported.
  func inStream(_ failure: SendFailure) -> SendFailure {
    var copy = failure
    let verb = failure.kind == .provider ? "reported an error" : "sent a broken answer"
    let status = failure.httpStatus.map { " (\(Self.statusLine($0)))" } ?? ""
    var detail = said(failure.message)
    let way = failure.kind == .provider ? remedy(failure.httpStatus, detail) : "; ask again"
    if !way.isEmpty, detail.hasSuffix(".") { detail.removeLast() }
    copy.message = "\(name) \(verb)\(status): \(detail)\(way)"
    return copy
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

  func truncated(_ cause: String?) -> SendFailure {
    SendFailure(
      .truncated,
      (cause.map { "the answer of \(name) broke off: \($0)" }
        ?? "the answer of \(name) ended before the model said it was done") + "; ask again to have it whole")
  }

  func connection(_ cause: String) -> SendFailure {
    let way = TransportWords.remedy(cause).map { "; \($0)" } ?? ""
    return SendFailure(.connection, "\(name): \(said(cause)) (\(model.baseURL))\(way)")
  }

  func timeout(_ kind: SendFailure.Kind, limit: Duration) -> SendFailure {
    let text =
      switch kind {
      case .connectTimeout:
        "no connection within \(limit.inWords) (\(model.baseURL)); check the network, and base_url in models.yaml"
      case .firstTokenTimeout: "connected, but no token within \(limit.inWords); ask again later, or ask another model"
      case .idleTimeout: "the stream stood still for \(limit.inWords); ask again to have it whole"
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
    if let json = try? JSON(bytes: body), let known = ErrorBody(json) { return known.message }
    return String(decoding: body.prefix(2048), as: UTF8.self)
  }

  private static func statusLine(_ status: Int) -> String {
    if status == 529 { return "529 Overloaded" }
    let phrase = HTTPResponseStatus(statusCode: status).reasonPhrase
    return phrase.isEmpty ? "\(status)" : "\(status) \(phrase)"
  }
}
