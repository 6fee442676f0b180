/// A command that prints a secret, as settings files name it.
public enum CommandSetting: Hashable, Sendable {
  /// The program (found in `PATH`) and its arguments; no shell sees them.
  case program([String])
  /// A line for `/bin/sh -c`.
  case shell(String)

  /// Reads a list (a program with its arguments) or a text (a shell line).
  public init?(_ value: YAMLValue) {
    let expected = "a command: a list [program, argument, ...] or a line for the shell"
    if value.isList {
      guard let words = value.strings(expected: expected)?.map(\.text) else { return nil }
      guard let program = words.first, !program.isEmpty else {
        value.error(.invalidValue(found: "an empty list", expected: expected))
        return nil
      }
      self = .program(words)
    } else {
      guard let line = value.string(expected: expected) else { return nil }
      guard !line.allSatisfy(\.isWhitespace) else {
        value.error(.invalidValue(found: "an empty line", expected: expected))
        return nil
      }
      self = .shell(line)
    }
  }
}
