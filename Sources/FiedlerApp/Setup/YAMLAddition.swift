import ConfigurationReading

/// Lines to go below a key of a YAML file that people write; every other line stays as it is.
///
/// It knows how such files are commonly written, not YAML: read what comes out before it is kept.
struct YAMLAddition {
  /// A key of the file itself, written without quotes.
  let key: String
  /// The lines, indented by so many blanks, without a line end.
  let block: (_ indent: Int) -> String

  /// Why a file cannot be added to by program.
  struct Refusal: Error {
    var reason: String
  }

  /// `text` with the block as the last one below the key.
  func added(to text: String) throws(Refusal) -> String {
    var file = FileLines(text)
    guard let start = file.index(of: "\(key):") else {
      // A file in braces, or with a mark at its end, takes no lines behind it.
      guard !["{", "...", "---"].contains(where: { file.index(of: $0) != nil }) else {
        throw Refusal(reason: "it is not written with a key a line")
      }
      file.lines += file.written("\(key):\n" + block(2))
      return file.text
    }
    let behind = file.lines[start].drop { $0 != ":" }.dropFirst().drop { $0 == " " || $0 == "\t" }
    guard behind.isEmpty || behind == "\r" || behind.hasPrefix("#") else {
      throw Refusal(reason: "its \(key) stand in braces")
    }
    func isContent(_ line: String) -> Bool {
      line.contains { $0 != " " && $0 != "\t" && $0 != "\r" } && line.drop { $0 == " " }.first != "#"
    }
    let body = file.lines[(start + 1)...]
    let indent = body.first(where: isContent).map { $0.prefix { $0 == " " }.count } ?? 2
    guard indent > 0 || body.first(where: isContent) == nil else {
      throw Refusal(reason: "its \(key) have no indent")
    }
    let end = body.firstIndex { isContent($0) && !$0.hasPrefix(" ") } ?? file.lines.endIndex
    // What stands before the next key belongs to that one.
    let last = file.lines[..<end].lastIndex(where: isContent) ?? start
    file.lines.insert(contentsOf: file.written(block(indent)), at: last + 1)
    return file.text
  }

  /// `text` with `entry` as the last one in the braces behind the key, where these stand in its line; `nil` where they
  /// do not.
  func addedInBraces(_ entry: String, to text: String) -> String? {
    var file = FileLines(text)
    guard let start = file.index(of: "\(key):"), let open = file.lines[start].firstIndex(of: "{"),
      let close = file.lines[start].lastIndex(of: "}"), open < close
    else { return nil }
    let isEmpty = file.lines[start][open..<close].dropFirst().allSatisfy { $0 == " " }
    file.lines[start].insert(contentsOf: isEmpty ? entry : ", \(entry)", at: close)
    return file.text
  }
}
