import Conversations
import JSON

/// What a provider says went wrong, from any of the shapes in use:
/// `{"error": {"message", "type", "code"}}` (OpenAI, Anthropic, Gemini, Together, OpenRouter), the same in an array
/// (Gemini), `{"error": "text"}` (Ollama, xAI), `{"message": "text"}` (vLLM),
/// `{"detail": "text" | [{"loc", "msg"}]}`, also inside `message` (Mistral).
struct ErrorBody: Hashable, Sendable {
  var message: String
  /// The HTTP status that the error stands for, where the body says so.
  var status: Int?

  init?(_ json: JSON) {
    let json = json[0] ?? json
    let error: JSON
    switch json["error"] {
    case .object(let members): error = .object(members)
    case .string(let text): error = ["message": .string(text), "code": json["code"] ?? .null]
    default: error = json
    }
    guard let message = Self.message(error) else { return nil }
    self.message = message
    status = Self.status(error)
  }

  private static func message(_ error: JSON) -> String? {
    if let text = error["message"]?.string ?? error["detail"]?.string, !text.isEmpty { return text }
    if let details = (error["detail"] ?? error["message"]?["detail"])?.array {
      let texts = details.compactMap(complaint)
      if !texts.isEmpty { return texts.joined(separator: ", ") }
    }
    return error["type"]?.string ?? error["status"]?.string
  }

  /// One item of `detail`: `{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}` or a text.
  private static func complaint(_ item: JSON) -> String? {
    guard let text = item["msg"]?.string else { return item.string }
    let place = (item["loc"]?.array ?? []).compactMap(\.string).filter { $0 != "body" }
    return place.isEmpty ? text : place.joined(separator: ".") + ": " + text
  }

  private static func status(_ error: JSON) -> Int? {
    let number = error["code"]?.int ?? error["code"]?.string.flatMap { Int($0) } ?? error["status"]?.int
    if let number, (400..<600).contains(number) { return number }
    let words = [error["type"]?.string, error["code"]?.string, error["status"]?.string].compactMap { $0 }
    return words.compactMap { statusOfWord[$0.lowercased()] }.first
  }

  private static let statusOfWord = [
    "invalid_request_error": 400, "authentication_error": 401, "permission_error": 403, "not_found_error": 404,
    "request_too_large": 413, "rate_limit_error": 429, "rate_limit_exceeded": 429, "resource_exhausted": 429,
    "api_error": 500, "server_error": 500, "internal_server_error": 500, "internal": 500, "unavailable": 503,
    "overloaded_error": 529,
  ]

  /// The failure that an event inside a stream reports; `nil` if it reports none.
  static func failureInStream(_ json: JSON, isErrorEvent: Bool) -> SendFailure? {
    let reports = isErrorEvent || !(json["error"] ?? .null).isNull || json["object"]?.string == "error"
    guard reports else { return nil }
    let body = ErrorBody(json)
    return SendFailure(.provider, body?.message ?? "an error without a message", httpStatus: body?.status)
  }
}
