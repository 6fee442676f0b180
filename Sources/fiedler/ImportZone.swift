import Conversations
import FiedlerApp
import Foundation

/// The time zone that `--timezone` names.
enum ImportZone {
  /// `UTC`, `local`, `+02:00`, `-0730`, or a name of the zone database; `nil` for anything else.
  static func named(_ name: String) -> LocalZone? {
    switch name.lowercased() {
    case "utc", "z", "gmt": return .utc
    case "local": return Services.localZone
    default: break
    }
    if let offset = offset(name) { return LocalZone(fixed: offset) }
    // Foundation takes abbreviations that mean several zones; only places are sure.
    guard name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
    return LocalZone { zone.secondsFromGMT(for: $0) }
  }

  private static func offset(_ text: String) -> Int? {
    guard let match = text.wholeMatch(of: /([+-])(\d{1,2})(?::?(\d{2}))?/), let hours = Int(match.2), hours < 15 else {
      return nil
    }
    let minutes = match.3.flatMap { Int($0) } ?? 0
    guard minutes < 60 else { return nil }
    return (match.1 == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}
