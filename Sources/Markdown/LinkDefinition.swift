/// A link reference definition that parts elsewhere may name.
///
/// It is parsed once, where it stands. A part that names it is parsed with a short stand-in for it, so that a long
/// target costs no part more than the few bytes of its label, which the part has to hold as well.
struct LinkDefinition: Sendable {
  let label: LinkLabel
  /// Between the brackets, as written.
  private let source: String
  /// Where it leads, escapes and entities resolved.
  let target: String
  /// Where its line ends in the text.
  let end: Int

  /// `nil` if the line of a text defines nothing.
  init?(line: Slice<UnsafeBufferPointer<UInt8>>) {
    guard let (label, source) = LinkLabel.defined(by: line) else { return nil }
    let use = "[\(String(decoding: source, as: UTF8.self))]"
    let bytes = Array(use.utf8) + Array("\n\n".utf8) + line
    let blocks = bytes.withUnsafeBufferPointer { BlockParser.blocks($0, offset: 0) }
    guard let link = blocks.first?.links.first else { return nil }
    self.label = label
    self.source = String(decoding: source, as: UTF8.self)
    target = link.target
    end = line.endIndex
  }

  /// The definition with a number in place of its target.
  func standIn(_ number: Int) -> String { "[\(source)]: <\(Self.mark)\(number)>\n" }

  /// Which stand-in a target is; `nil` if it is none.
  static func number(of target: String) -> Int? {
    target.hasPrefix(mark) ? Int(target.dropFirst()) : nil
  }

  /// A character that no address has.
  private static let mark = "\u{1}"
}
