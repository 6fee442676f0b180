import YAMLReading

extension Settings {
  /// What the screen is like, and what its terminal is asked for beside text.
  public struct Screen: Hashable, Sendable {
    /// Whether links are marked as such for the terminal (OSC 8).
    public enum Links: String, Hashable, Sendable, CaseIterable {
      /// Where the terminal is known to take them.
      case auto
      case on, off
    }

    public var links = Links.auto

    public init() {}
  }
}

extension Settings.Screen {
  static let keys = ["links"]

  /// Reads those of `mapping` that are about the screen.
  init(_ mapping: YAMLMapping) {
    self.init()
    if let value = mapping["links"] { links = Self.choice(value) ?? .auto }
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ value: YAMLValue) -> Choice? {
    let all = Choice.allCases.map(\.rawValue)
    let expected = "\(all.dropLast().joined(separator: ", ")) or \(all.last ?? "")"
    guard let text = value.string(expected: expected) else { return nil }
    guard let found = Choice(rawValue: text) else {
      value.error(.invalidValue(found: text.quoted, expected: expected))
      return nil
    }
    return found
  }
}

extension Settings {
  /// The part of ``yaml`` that is about the screen.
  var screenLines: [String] {
    [
      "# Links are links of the terminal's (OSC 8): on, off, or auto, where it is known to take them.",
      "links: \(screen.links.rawValue)",
    ]
  }
}
