import ArgumentParser
import ConfigurationReading

/// What is wrong with a call, where the argument parser's own words would not help, or would be a page of help.
///
/// Asks every command for its name: each tells it in its configuration, for to make it of a type's name costs 2 ms.
enum Call {
  /// Says which command may have been meant by one that there is not; `nil` where none is misspelt.
  static func misspelt(_ arguments: [String]) -> String? {
    var words = arguments[...]
    if words.first == "help" { words.removeFirst() }
    var command: any ParsableCommand.Type = Fiedler.self
    var path = "fiedler"
    while let word = words.first, !word.hasPrefix("-"), !command.configuration.subcommands.isEmpty {
      let names = command.configuration.subcommands.map { $0._commandName }
      if let index = names.firstIndex(of: word) {
        command = command.configuration.subcommands[index]
        path += " " + word
        words.removeFirst()
        continue
      }
      // What follows `fiedler history` is a search.
      if command.configuration.defaultSubcommand is HistoryList.Type { return nil }
      let near = Suggestions.nearest(to: word, in: names).map { "`\(path) \($0)`" }.joined(separator: " or ")
      if !near.isEmpty { return "\(word.quoted) is no command; did you mean \(near)?" }
      let way = command == Fiedler.self ? "; to send it as a prompt: fiedler send \(word.quoted)" : ""
      return "\(word.quoted) is no command of `\(path)`\(way). `\(path) --help` lists them."
    }
    return nil
  }

  /// The command that a call names, without what follows.
  private static func path(_ arguments: some Sequence<String>) -> String {
    var command: any ParsableCommand.Type = Fiedler.self
    var path = "fiedler"
    for word in arguments {
      guard let found = command.configuration.subcommands.first(where: { $0._commandName == word }) else { break }
      command = found
      path += " " + word
    }
    return path
  }

  /// Says how to give text that begins with a dash, where it was taken for options: an unknown one, or, as in `-hello`,
  /// a request for help that nobody made. `nil` for any other message of the parser.
  static func notAnOption(_ arguments: [String], because message: String, isHelp: Bool) -> String? {
    let before = arguments.prefix { $0 != "--" }
    let options = before.filter { $0.hasPrefix("-") && $0 != "-" }
    let culprit: String
    if isHelp {
      let asks = ["-h", "--help", "-help", "--version", "--help-hidden", "-help-hidden", "--experimental-dump-help"]
      let isAskedFor = options.contains { asks.contains($0) || $0.hasPrefix("--generate-completion-script") }
      guard !isAskedFor, before.first != "help", let first = options.first(where: { $0.contains("h") }) else {
        return nil
      }
      culprit = first
    } else {
      // Text has blanks where an option's name has none.
      let text = options.first { $0.hasPrefix("---") || $0.prefix { $0 != "=" }.contains(where: \.isWhitespace) }
      guard text != nil || message.hasPrefix("Unknown option") || message.hasPrefix("Invalid option") else {
        return nil
      }
      culprit =
        text ?? options.first { message.contains("'\($0)'") } ?? options.first { !$0.hasPrefix("--") && $0.count > 2 }
        ?? options.first ?? "-"
    }
    let command = path(before)
    let line = message.split(separator: "\n").first ?? ""
    let parts = line.split(separator: ". Did you mean", maxSplits: 1)
    let guess = !isHelp && parts.count == 2 ? " Did you mean\(parts[1])" : ""
    // The parser takes three dashes for no option's value unless = stands between the two.
    if culprit.hasPrefix("---"), let place = before.firstIndex(of: culprit), place > 0, before[place - 1].hasPrefix("-")
    {
      let option = before[place - 1]
      return "\(culprit.quoted) begins with dashes and is not taken for the value of \(option). Put = between them: "
        + "\(command) \(option)=\(culprit.quoted). Put -- before a prompt that begins with a dash."
    }
    return "\(culprit.quoted) begins with a dash but is no option.\(guess) Put -- before text that begins with a dash: "
      + "\(command) -- \(culprit.quoted). `\(command) --help` lists the options."
  }
}
