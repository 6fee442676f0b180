import Glibc

/// The hosts that `NO_PROXY` names, which are reached without a proxy.
///
/// Read as curl and Go do (https://everything.curl.dev/usingcurl/proxies/env.html): `*` is every host, `example.com`
/// that host and all below it, `.example.com` too; `10.0.0.0/8` is a range of addresses, and a port behind a colon
/// limits an entry.
struct NoProxy {
  private let entries: [Substring]

  init(_ text: String) {
    entries = text.lowercased().split { $0 == "," || $0.isWhitespace }.map { $0[...] }
  }

  /// `host` without brackets.
  func covers(_ host: String, port: Int) -> Bool {
    let host = Self.trimmed(host.lowercased())
    let address = Self.address(host)
    return entries.contains { entry in
      if entry == "*" { return true }
      if let slash = entry.firstIndex(of: "/") {
        guard let address, let range = Self.address(String(entry[..<slash])),
          let bits = Int(entry[entry.index(after: slash)...])
        else { return false }
        return Self.agree(address, range, bits: bits)
      }
      let (name, limit) = Self.split(entry)
      guard limit == nil || limit == port else { return false }
      if let address, let other = Self.address(name) { return address == other }
      let domain = Self.trimmed(name.hasPrefix("*.") ? String(name.dropFirst()) : name)
      let bare = domain.hasPrefix(".") ? String(domain.dropFirst()) : domain
      return !bare.isEmpty && (host == bare || (address == nil && host.hasSuffix("." + bare)))
    }
  }

  /// A dot at the end of a name only says that it is whole.
  private static func trimmed(_ name: String) -> String { name.hasSuffix(".") ? String(name.dropLast()) : name }

  /// Name and port of an entry; an IPv6 address may stand in brackets.
  private static func split(_ entry: Substring) -> (String, Int?) {
    if entry.hasPrefix("["), let end = entry.firstIndex(of: "]") {
      let rest = entry[entry.index(after: end)...]
      return (String(entry[..<end].dropFirst()), rest.hasPrefix(":") ? Int(rest.dropFirst()) : nil)
    }
    guard entry.count(where: { $0 == ":" }) == 1, let colon = entry.firstIndex(of: ":") else {
      return (String(entry), nil)
    }
    return (String(entry[..<colon]), Int(entry[entry.index(after: colon)...]))
  }

  /// The bytes of an address, 4 or 16; `nil` for a name.
  private static func address(_ text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }

  private static func agree(_ left: [UInt8], _ right: [UInt8], bits: Int) -> Bool {
    guard left.count == right.count, (0...left.count * 8).contains(bits) else { return false }
    for index in left.indices {
      let own = min(8, max(0, bits - index * 8))
      let mask = own == 0 ? 0 : UInt8(truncatingIfNeeded: 0xFF << (8 - own))
      if (left[index] ^ right[index]) & mask != 0 { return false }
    }
    return true
  }
}
