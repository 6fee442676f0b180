/// A line without its end.
struct Line {
  let bytes: Slice<UnsafeBufferPointer<UInt8>>
  /// Columns of blanks before the text.
  let indent: Int

  init(_ all: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    var index = range.lowerBound
    var column = 0
    while index < range.upperBound {
      if all[index] == UInt8(ascii: " ") {
        column += 1
      } else if all[index] == UInt8(ascii: "\t") {
        column += 4 - column % 4
      } else {
        break
      }
      index += 1
    }
    var end = range.upperBound
    while end > index, [0x20, 0x09, 0x0D].contains(all[end - 1]) { end -= 1 }
    bytes = all[index..<end]
    indent = column
  }

  var isBlank: Bool { bytes.isEmpty }
  var first: UInt8? { bytes.first }

  private var text: String { String(decoding: bytes, as: UTF8.self) }

  func contains(_ part: String) -> Bool { text.lowercased().contains(part) }

  func closes(_ fence: LineScanner.Fence) -> Bool {
    indent < 4 && bytes.count >= fence.length && bytes.allSatisfy { $0 == fence.mark }
  }

  var openedFence: LineScanner.Fence? {
    guard let mark = first else { return nil }
    let info = bytes.drop { $0 == mark }
    let length = bytes.count - info.count
    guard length >= 3, mark == UInt8(ascii: "~") || !info.contains(mark) else { return nil }
    let language = info.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 > 0x20 }
    return LineScanner.Fence(
      mark: mark, length: length, indent: indent, language: String(decoding: language, as: UTF8.self))
  }

  /// A thematic break.
  var isRule: Bool {
    guard let first, "-*_".utf8.contains(first) else { return false }
    return bytes.allSatisfy { $0 == first || $0 <= 0x20 } && bytes.count { $0 == first } >= 3
  }

  /// The columns from a list item's mark to its text; `nil` if the line is not one.
  var itemWidth: Int? {
    guard let first else { return nil }
    var rest = bytes
    if first == UInt8(ascii: "-") || first == UInt8(ascii: "*") || first == UInt8(ascii: "+") {
      if isRule { return nil }
      rest = rest.dropFirst()
    } else {
      rest = rest.drop { $0 >= 0x30 && $0 <= 0x39 }
      guard 1...9 ~= bytes.count - rest.count, rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ")") else {
        return nil
      }
      rest = rest.dropFirst()
    }
    let mark = bytes.count - rest.count
    if rest.isEmpty { return mark + 1 }
    let blanks = rest.prefix { $0 == 0x20 || $0 == 0x09 }.count
    guard blanks > 0 else { return nil }
    return mark + (blanks < 5 ? blanks : 1)
  }

  /// Where HTML that may hold blank lines ends, and whether it does on this line.
  var htmlEnd: (end: String, isComplete: Bool)? {
    let text = text.lowercased()
    for name in ["script", "pre", "style", "textarea"] where text.hasPrefix("<" + name) {
      let next = text.dropFirst(name.count + 1).first
      if next == nil || next == " " || next == ">" { return ("</\(name)>", text.contains("</\(name)>")) }
    }
    for (start, end) in [("<!--", "-->"), ("<?", "?>"), ("<![cdata[", "]]>"), ("<!", ">")] where text.hasPrefix(start) {
      return (end, text.dropFirst(start.count).contains(end))
    }
    return nil
  }

  /// Whether HTML begins that ends with a blank line. A lone tag of any name does where no paragraph goes on.
  func beginsHTML(afterBlank: Bool) -> Bool {
    let text = text
    let rest = text.dropFirst().first == "/" ? text.dropFirst(2) : text.dropFirst()
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    if Self.blockNames.contains(name.lowercased()) { return true }
    return afterBlank && name.first?.isLetter == true && text.firstIndex(of: ">") == text.indices.last
  }

  /// The line under a table's head.
  var isTableHead: Bool {
    bytes.contains(UInt8(ascii: "|")) && bytes.contains(UInt8(ascii: "-"))
      && bytes.allSatisfy { "|-: \t".utf8.contains($0) }
  }

  /// `[label]: target`
  var isDefinition: Bool {
    guard first == UInt8(ascii: "["), let end = LinkLabel.close(of: bytes.startIndex + 1, in: bytes),
      end + 1 < bytes.endIndex
    else { return false }
    return bytes[end + 1] == UInt8(ascii: ":") && bytes.endIndex > end + 2
  }

  /// CommonMark 0.31, section 4.6, start condition 6.
  private static let blockNames: Set<String> = [
    "address", "article", "aside", "base", "basefont", "blockquote", "body", "caption", "center", "col", "colgroup",
    "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frame",
    "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "iframe", "legend", "li", "link",
    "main", "menu", "menuitem", "nav", "noframes", "ol", "optgroup", "option", "p", "param", "search", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "track", "ul",
  ]
}
