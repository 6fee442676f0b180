import Basics
import ConfigurationReading
import FoundationEssentials

/// The root of a provider's API, or one whole endpoint of it, checked and brought into one form.
struct ProviderURL: Hashable {
  /// Without a trailing slash; a whole endpoint may have a query.
  let text: String
  /// In lower case, without the brackets of an IPv6 address.
  let host: String
  /// The one that is named, or the scheme's own.
  let port: Int
  let isEncrypted: Bool

  /// What is wrong with a text that is no usable base URL; `found` may be shown.
  struct Invalid: Error, Hashable {
    let found: String
    let expected: String
  }

  init(_ text: String) throws(Invalid) {
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
      throw Invalid(
        found: Self.shown(text), expected: "a URL in ASCII: the host by its xn-- name, other letters of a path as %XX")
    }
    let expected = "an http:// or https:// URL such as https://api.example.com/v1"
    guard let parts = URLComponents(string: text, encodingInvalidCharacters: false),
      let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = parts.host, !host.isEmpty
    else { throw Invalid(found: Self.shown(text), expected: expected) }
    guard parts.user == nil, parts.password == nil else {
      throw Invalid(found: Self.shown(text), expected: "the key in api_key_env or api_key_command")
    }
    guard parts.fragment == nil, parts.query == nil || Self.isEndpoint(parts.path) else {
      throw Invalid(found: Self.shown(text), expected: "a URL without ? or #")
    }
    if parts.queryItems?.contains(where: { ["key", "api_key", "api-key"].contains($0.name.lowercased()) }) == true {
      throw Invalid(found: "a URL with a key", expected: "the key in api_key_env or api_key_command")
    }
    if let port = parts.port, !(1...65535).contains(port) {
      throw Invalid(found: "port \(port)", expected: "a port from 1 to 65535")
    }
    var trimmed = text[...]
    while trimmed.last == "/" { trimmed.removeLast() }
    self.text = String(trimmed)
    self.host = (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host).lowercased()
    isEncrypted = scheme == "https"
    port = parts.port ?? (isEncrypted ? 443 : 80)
  }

  /// A text that is no usable URL, without what may be a secret in it.
  private static func shown(_ text: String) -> String {
    guard !text.contains("@") else { return "a URL with a user name or password" }
    let parts = text.prefix { $0 != "?" && $0 != "#" }
    return (parts.endIndex == text.endIndex ? text : parts + text[parts.endIndex...].prefix(1) + "…").quoted
  }

  /// Whether a path leads to one endpoint rather than to an API's root.
  private static func isEndpoint(_ path: String) -> Bool {
    Self.endpoints.contains { path.hasSuffix($0.suffix) }
  }

  /// How the paths of endpoints end, by the API they belong to.
  private static let endpoints: [(kind: ConfiguredModel.Kind, suffix: String)] = [
    (.openai, "/chat/completions"), (.responses, "/responses"), (.anthropic, "/messages"),
    (.gemini, ":streamGenerateContent"),
    (.gemini, ":generateContent"),
  ]

  /// The API whose endpoint this is; `nil` where it is a root.
  var endpointKind: ConfiguredModel.Kind? {
    let path = text.prefix { $0 != "?" }
    return Self.endpoints.first { path.hasSuffix($0.suffix) }?.kind
  }

  /// Whether requests stay on this machine.
  var isLoopback: Bool { Loopback.isHost(host) }
}
