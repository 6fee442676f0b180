import FoundationEssentials
import YAMLReading

/// A `ws://` or `wss://` URL, checked.
struct WebSocketURL {
  let text: String
  private let host: String
  private let isEncrypted: Bool

  /// `nil` for other schemes, without a host, with a user name, a query or a fragment, or with an impossible port.
  init?(_ text: String) {
    guard let parts = URLComponents(string: text, encodingInvalidCharacters: false),
      let scheme = parts.scheme?.lowercased(), ["ws", "wss"].contains(scheme),
      let host = parts.host, !host.isEmpty,
      parts.user == nil, parts.password == nil, parts.fragment == nil,
      parts.port.map({ (1...65535).contains($0) }) ?? true
    else { return nil }
    self.text = text
    self.host = host.lowercased()
    isEncrypted = scheme == "wss"
  }

  /// Unencrypted, and not to this machine.
  var wouldExposeToken: Bool { !isEncrypted && !Loopback.isHost(host) }
}
