/// The lines of a file that people write, to be changed one by one: those that are not keep their bytes.
package struct FileLines {
  /// Each without its line feed; a carriage return before that stays.
  package var lines: [String]
  /// What a new line ends in before its line feed: a carriage return where the file's first line has one, else nothing.
  package let ending: String

  package init(_ text: String) {
    // By bytes: a CRLF is a single `Character`, in which no line feed would be found.
    lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(Substring($0))
    }
    if lines.last?.isEmpty == true { lines.removeLast() }
    ending = lines.first?.utf8.last == UInt8(ascii: "\r") ? "\r" : ""
  }

  /// Lines from elsewhere, parted by line feeds, as this file would have them.
  package func written(_ text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(Substring($0)) + ending
    }
  }

  /// The first line that begins so, a byte order mark in front of it or not.
  package func index(of beginning: String) -> Int? {
    lines.firstIndex { $0.hasPrefix(beginning) || $0.hasPrefix("\u{FEFF}" + beginning) }
  }

  /// The file's text, each line with its end.
  package var text: String { lines.map { $0 + "\n" }.joined() }
}
