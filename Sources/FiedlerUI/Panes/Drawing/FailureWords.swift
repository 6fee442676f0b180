import Conversations

/// A failure in few words: what its pane's border says, and the line above the provider's own words.
enum FailureWords {
  /// `no key`, `rate limit`, `too long: 24.8k of 8.2k`.
  static func label(_ failure: SendFailure) -> String {
    if let length = length(failure) { return length.isEmpty ? "too long" : "too long: \(length)" }
    switch failure.kind {
    case .missingKey: return "no key"
    case .unauthorized: return "key refused"
    case .rateLimited: return "rate limit"
    case .connection, .connectTimeout: return "offline"
    case .http where (failure.httpStatus ?? 500) >= 500: return "server error"
    case .http: return "refused"
    case .provider: return "server error"
    default:
      var bare = failure
      bare.httpStatus = nil
      return bare.brief
    }
  }

  /// One sentence.
  static func sentence(_ failure: SendFailure) -> String {
    if length(failure) != nil { return "Prompt and earlier turns are longer than this model takes." }
    switch failure.kind {
    case .missingKey: return "No key was found for its provider."
    case .unauthorized: return "Its provider did not take the key."
    case .rateLimited: return "Its provider takes no more requests for now."
    case .connection: return "There is no connection to its provider."
    case .connectTimeout: return "Its provider could not be reached in time."
    case .firstTokenTimeout: return "Connected, but nothing came in time."
    case .idleTimeout: return "Nothing more came for too long."
    case .totalTimeout: return "The answer took longer than it may."
    case .http where (failure.httpStatus ?? 500) >= 500: return "Its provider is in trouble."
    case .http: return "Its provider refused the request."
    case .provider: return "Its provider broke off with an error."
    case .malformed: return "What came is not an answer."
    case .empty: return "Nothing was in the answer."
    case .truncated: return "The stream ended before the answer did."
    case .blocked: return "The provider's filter withheld the answer."
    case .interrupted: return "Fiedler was stopped before the answer ended."
    case .invalidRequest: return "It cannot be asked as it is set up."
    }
  }

  /// What no model's window holds: how much it was of how much, if the provider said so; `nil` where that is not the
  /// trouble. Providers have no code for it in common, but all speak of the context or of tokens.
  private static func length(_ failure: SendFailure) -> String? {
    guard failure.kind == .http || failure.kind == .provider, (failure.httpStatus ?? 400) < 500 else { return nil }
    let words = failure.message.lowercased()
    let signs = ["context length", "context window", "maximum context", "context size", "prompt is too long"]
    guard failure.httpStatus == 413 || signs.contains(where: words.contains) else { return nil }
    // Smaller numbers are status codes and the like.
    let numbers = words.replacing(",", with: "").split { !$0.isNumber }.compactMap { Int($0) }.filter { $0 > 999 }
    guard let window = numbers.min(), let length = numbers.max(), length > window else { return "" }
    return "\(Figures.window(length)) of \(Figures.window(window))"
  }
}
