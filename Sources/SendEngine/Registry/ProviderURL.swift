import FoundationEssentials
import YAMLReading

/// The root of a provider's API, checked and brought into one form.
struct ProviderURL: Hashable {
  /// Without a trailing slash.
  let text: String
  /// In lower case.
  let host: String
  let isEncrypted: Bool

  /// What is wrong with a text that is no usable base URL; `found` may be shown.
  struct Invalid: Error, Hashable {
    let found: String
    let expected: String
  }

  init(_ text: String) throws(Invalid) {
    let expected = "an http:// or https:// URL such as https://api.example.com/v1"
    guard let parts = URLComponents(string: text, encodingInvalidCharacters: false),
      let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = parts.host, !host.isEmpty
    else { throw Invalid(found: text.quoted, expected: expected) }
    guard parts.user == nil, parts.password == nil else {
      throw Invalid(found: "a URL with a user name or password", expected: "the key in api_key_env or api_key_command")
    }
    guard parts.query == nil, parts.fragment == nil else {
      throw Invalid(found: text.quoted, expected: "a URL without ? or #")
    }
    if let port = parts.port, !(1...65535).contains(port) {
      throw Invalid(found: "port \(port)", expected: "a port from 1 to 65535")
    }
    var trimmed = text[...]
    while trimmed.last == "/" { trimmed.removeLast() }
    self.text = String(trimmed)
    self.host = host.lowercased()
    isEncrypted = scheme == "https"
  }

  /// Whether requests stay on this machine.
  var isLoopback: Bool { Loopback.isHost(host) }
}
