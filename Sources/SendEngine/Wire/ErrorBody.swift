import Conversations
import JSON

/// What a provider or a gateway says went wrong, from any of the shapes in use:
/// `{"error": {"message", "type", "code"}}` (OpenAI, Anthropic, Gemini, Together, OpenRouter), the same in an array
/// (Gemini), `{"error": "text"}` (Ollama, xAI, TGI), `{"message": "text"}` (vLLM, Databricks),
/// `{"detail": "text" | [{"loc", "msg"}]}`, also inside `message` (Mistral, FastAPI), `{"base_resp": {"status_code",
/// "status_msg"}}` (MiniMax), `{"code", "msg"}`, `{"error_code", "error_msg"}` (Baidu), `{"error_type",
/// "error_message"}`, `{"errors": [...]}` (Cloudflare), `{"fault": {"faultstring"}}` (Apigee), problem details
/// (RFC 9457). What is packed into a text once more is unpacked, and OpenRouter's `metadata.raw` is what its upstream
/// provider said.
struct ErrorBody: Hashable, Sendable {
  var message: String
  /// The HTTP status that the error stands for, where the body says so.
  var status: Int?
  /// The provider's own word for the kind of error, in lower case.
  var code: String?

  init?(_ json: JSON) { self.init(json, depth: 0) }

  private init?(_ json: JSON, depth: Int) {
    guard depth < 4 else { return nil }
    let json = json[0] ?? json
    if case .string(let text) = json {
      guard let message = Self.unpacked(text, depth) else { return nil }
      self.message = message
      return
    }
    let error = Self.place(of: json)
    guard let message = Self.message(error, depth) ?? Self.message(json, depth) else { return nil }
    self.message = message
    status = Self.status(error) ?? Self.status(json)
    code = Self.words(error).first ?? Self.words(json).first
  }

  // MARK: Whether it is one

  /// Whether a field that holds an error holds one: many send `null`, `""`, `false` or `{}` for none.
  static func isError(_ json: JSON?) -> Bool {
    switch json {
    case nil, .null, .bool(false), .int(0), .string(""): false
    case .object(let members): !members.isEmpty
    case .array(let items): !items.isEmpty
    default: true
    }
  }

  /// The failure that an event inside a stream reports; `nil` if it reports none.
  static func failureInStream(_ json: JSON, isErrorEvent: Bool) -> (failure: SendFailure, body: ErrorBody?)? {
    guard isErrorEvent || reports(json[0] ?? json) else { return nil }
    let body = ErrorBody(json)
    let message = body?.message ?? "an error without a message: \(PlainWords.line(json.text, limit: 120))"
    return (SendFailure(.provider, message, httpStatus: body?.status), body)
  }

  private static func reports(_ json: JSON) -> Bool {
    guard case .object = json else { return false }
    if ["error", "errors", "fault"].contains(where: { isError(json[$0]) }) { return true }
    if json["object"]?.string == "error" || json["type"]?.string == "error" { return true }
    if let status = json["base_resp"]?["status_code"]?.int, status != 0 { return true }
    // Some begin their chunks with a code that says all is well.
    if ["choices", "candidates", "content", "delta", "usage"].contains(where: { isError(json[$0]) }) { return false }
    if ["error_message", "error_msg", "errorMessage", "error_type", "error_code", "errorCode"].contains(where: {
      isError(json[$0])
    }) {
      return true
    }
    if json["success"]?.bool == false { return true }
    let isAnswer = json["type"] != nil || json["id"] != nil && json["code"] == nil
    let hasWords = ["message", "msg", "detail"].contains { isError(json[$0]) && json[$0]?["content"] == nil }
    return hasWords && !isAnswer && json["done"] == nil && !isWell(json["code"] ?? json["status"] ?? .int(1))
  }

  private static func isWell(_ code: JSON) -> Bool {
    if let number = code.int ?? code.string.flatMap({ Int($0) }) { return number == 0 || (200..<300).contains(number) }
    return ["ok", "success", "succeeded"].contains(code.string?.lowercased())
  }

  // MARK: What it says

  /// Where in the text the error stands.
  private static func place(of json: JSON) -> JSON {
    for name in ["error", "errors", "err", "fault", "base_resp", "detail", "response", "data"] {
      switch json[name] {
      case .object(let members) where !members.isEmpty:
        // A field of this name may hold other things.
        let inner = JSON.object(members)
        if ["response", "data"].contains(name), !isError(inner["error"]) { continue }
        return isError(inner["error"]) ? place(of: inner) : inner
      case .array(let items) where name != "detail" && items.first?.object != nil: return items[0]
      case .string(let text) where name == "error" && !text.isEmpty:
        return ["message": .string(text), "code": json["code"] ?? .null]
      default: continue
      }
    }
    return json
  }

  private static let messageFields = [
    "message", "msg", "error_message", "error_msg", "errorMessage", "status_msg", "detail", "error_description",
    "description", "faultstring", "Message", "reason", "title", "text", "error",
  ]

  private static func message(_ error: JSON, _ depth: Int) -> String? {
    let own = messageFields.lazy.compactMap { words(in: error[$0], depth) }.first
    if let upstream = upstream(error["metadata"], depth) {
      guard let own else { return upstream }
      return own.contains(upstream) ? own : own + " " + upstream
    }
    return own ?? error["type"]?.string ?? error["error_type"]?.string ?? error["status"]?.string
  }

  private static func words(in json: JSON?, _ depth: Int) -> String? {
    switch json {
    case .string(let text): return unpacked(text, depth)
    case .object(let members):
      return members.isEmpty ? nil : ErrorBody(.object(members), depth: depth + 1)?.message
    case .array(let items):
      let texts = items.compactMap { complaint($0, depth) }
      return texts.isEmpty ? nil : texts.joined(separator: ", ")
    default: return nil
    }
  }

  /// One item of `detail`: `{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}` or a text.
  private static func complaint(_ item: JSON, _ depth: Int) -> String? {
    guard let text = item["msg"]?.string else { return words(in: item, depth + 1) }
    let place = (item["loc"]?.array ?? []).compactMap(\.string).filter { $0 != "body" }
    return place.isEmpty ? text : place.joined(separator: ".") + ": " + text
  }

  /// OpenRouter's `{"raw": ..., "provider_name": ...}`: which provider behind it failed, and what that said.
  private static func upstream(_ metadata: JSON?, _ depth: Int) -> String? {
    guard let metadata else { return nil }
    let said = words(in: metadata["raw"], depth)
    guard let provider = metadata["provider_name"]?.string, !provider.isEmpty else { return said }
    return said.map { "(\(provider): \($0))" } ?? "(\(provider))"
  }

  /// A text, and what an error that is packed into it as JSON says.
  private static func unpacked(_ text: String, _ depth: Int) -> String? {
    guard text.contains(where: { !$0.isWhitespace }) else { return nil }
    guard depth < 3, let start = text.firstIndex(of: "{") else { return text }
    let inner = try? Array(text[start...].utf8).withUnsafeBytes { try JSON.prefix(of: $0).value }
    // What is no JSON, or says nothing, stays as it is.
    guard let inner, inner.object?.isEmpty == false, let error = ErrorBody(inner, depth: depth + 1) else { return text }
    let before = text[..<start].trimmingBlanks
    return before.isEmpty ? error.message : before + " " + error.message
  }

  // MARK: What kind it is

  private static func words(_ error: JSON) -> [String] {
    ["code", "type", "status", "error_type", "error_code", "reason", "__type"]
      .compactMap { error[$0]?.string?.lowercased() }.filter { !$0.isEmpty && $0 != "error" }
  }

  private static func status(_ error: JSON) -> Int? {
    for name in ["code", "status", "status_code", "statusCode", "error_code", "http_status", "http_code"] {
      let number = error[name]?.int ?? error[name]?.string.flatMap { Int($0) }
      if let number, (400..<600).contains(number) { return number }
    }
    return words(error).lazy.compactMap { statusOfWord[plain($0)] }.first
  }

  /// Without signs and without what it always ends with: `RateLimitError` and `rate_limit_error` are one word.
  private static func plain(_ word: String) -> String {
    var word = word.filter { $0.isLetter }
    for ending in ["error", "exception", "exceeded", "reached"] where word.hasSuffix(ending) && word != ending {
      word.removeLast(ending.count)
    }
    return word
  }

  private static let statusOfWord = [
    "invalidrequest": 400, "badrequest": 400, "invalidargument": 400, "validation": 400, "failedprecondition": 400,
    "exceedcontextsize": 400, "contextlength": 400, "contextwindow": 400, "invalidparameter": 400,
    "unsupportedparameter": 400, "authentication": 401, "unauthenticated": 401, "unauthorized": 401,
    "invalidapikey": 401, "billing": 402, "paymentrequired": 402, "insufficientbalance": 402, "permission": 403,
    "permissiondenied": 403, "forbidden": 403, "accessdenied": 403, "notfound": 404, "modelnotfound": 404,
    "requesttimeout": 408, "conflict": 409, "requesttoolarge": 413, "unprocessableentity": 422, "ratelimit": 429,
    "resourceexhausted": 429, "toomanyrequests": 429, "throttling": 429, "insufficientquota": 429, "api": 500,
    "server": 500, "internalserver": 500, "internal": 500, "badgateway": 502, "apiconnection": 502, "network": 502,
    "upstream": 502, "unavailable": 503, "serviceunavailable": 503, "modelnotready": 503, "engineoverloaded": 503,
    "timeout": 504, "deadline": 504, "gatewaytimeout": 504, "apitimeout": 504, "overloaded": 529,
  ]
}

extension StringProtocol {
  fileprivate var trimmingBlanks: String {
    var text = Substring(self)
    while text.last?.isWhitespace == true { text.removeLast() }
    while text.first?.isWhitespace == true { text.removeFirst() }
    return String(text)
  }
}
