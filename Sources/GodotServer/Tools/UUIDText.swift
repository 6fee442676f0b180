import Basics
import FoundationEssentials

extension UUID {
  /// By its text: with or without hyphens, in braces, behind `urn:uuid:`, as Python reads it.
  init?(lenient text: String) {
    if let id = Self.plain(text) {
      self = id
    } else {
      var rest = Substring(text.lowercased())
      for prefix in ["urn:", "uuid:"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
      let digits = rest.drop { $0 == "{" || $0 == "}" }.filter { $0 != "-" && $0 != "{" && $0 != "}" }
      guard let id = Self.plain(digits) else { return nil }
      self = id
    }
  }

  private static func plain(_ text: String) -> UUID? {
    var text = text
    return text.withUTF8 { UUID(digits: UnsafeRawBufferPointer($0)) }
  }
}
