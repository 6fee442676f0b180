/// Names of environment variables.
public enum EnvironmentVariable {
  /// Letters, digits and `_`, no digit first: what every shell can set.
  public static func isName(_ text: String) -> Bool {
    let isNumber = text.utf8.first.map { (0x30...0x39).contains($0) } ?? true
    return !isNumber
      && text.utf8.allSatisfy { byte in
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
      }
  }
}

/// Hosts that are this machine.
public enum Loopback {
  /// Whether what is sent to `host` (a name or an address, IPv6 with or without brackets) stays on this machine.
  public static func isHost(_ host: String) -> Bool {
    let lowered = host.lowercased()
    let bare = lowered.hasPrefix("[") && lowered.hasSuffix("]") ? String(lowered.dropFirst().dropLast()) : lowered
    if ["localhost", "::1", "0.0.0.0"].contains(bare) || bare.hasSuffix(".localhost") { return true }
    let numbers = bare.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
  }
}
