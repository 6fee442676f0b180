import ConfigurationReading

/// A line of `keys:` as written; which actions and keys there are is for the reader to know.
public struct KeySetting: Hashable, Sendable {
  /// An action, or a place and an action: `pane.copy`.
  public var name: String
  /// Empty takes the action's keys off.
  public var keys: [String]
  public var source: Source

  /// Where it was written; it does not count when settings are compared.
  public struct Source: Hashable, Sendable {
    public var file: String
    /// From 1.
    public var line: Int

    public init(file: String, line: Int) {
      self.file = file
      self.line = line
    }

    public static func == (one: Source, other: Source) -> Bool { true }
    public func hash(into hasher: inout Hasher) {}
  }

  public init(_ name: String, keys: [String], source: Source) {
    self.name = name
    self.keys = keys
    self.source = source
  }

  /// What is wrong with it, naming its line.
  public func problem(_ cause: ConfigurationProblem.Cause) -> ConfigurationProblem {
    ConfigurationProblem(.error, file: source.file, line: source.line, key: "keys.\(name)", cause)
  }

  static func all(in mapping: YAMLMapping, file: String) -> [KeySetting] {
    mapping.entries.compactMap { entry in
      let source = Source(file: file, line: entry.line)
      if entry.value.isNull { return KeySetting(entry.name, keys: [], source: source) }
      let expected = "a key such as ctrl-k, a list of keys, or [] for none"
      let keys =
        entry.value.isList
        ? entry.value.strings(expected: expected)?.map(\.text)
        : entry.value.string(expected: expected).map { [$0] }
      return keys.map { KeySetting(entry.name, keys: $0, source: source) }
    }
  }
}
