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
