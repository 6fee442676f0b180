extension StringProtocol {
  /// The lines, empty ones too, whether they end in a line feed or in CRLF, which is a single `Character` and has no
  /// line feed in it. Beyond `maxSplits` the last one is the rest, with all of its lines.
  public func textLines(maxSplits: Int = .max) -> [SubSequence] {
    split(maxSplits: maxSplits, omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  /// Without blanks, line ends and a byte order mark around it, as editors and shells put them there.
  public var bareText: String {
    var text = self[...]
    while let first = text.first, first.isWhitespace || first == "\u{FEFF}" { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
