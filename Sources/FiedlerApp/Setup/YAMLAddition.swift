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
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    guard let start = lines.firstIndex(where: { $0.hasPrefix("\(key):") }) else {
      // A file in braces, or with a mark at its end, takes no lines behind it.
      guard !lines.contains(where: { $0.hasPrefix("{") || $0.hasPrefix("...") || $0.hasPrefix("---") }) else {
        throw Refusal(reason: "it is not written with a key a line")
      }
      return (lines + ["\(key):", block(2), ""]).joined(separator: "\n")
    }
    let rest = lines[start].dropFirst(key.count + 1).drop { $0 == " " || $0 == "\t" }
    guard rest.isEmpty || rest.hasPrefix("#") else { throw Refusal(reason: "its \(key) stand in braces") }
    func isContent(_ line: String) -> Bool {
      line.contains { $0 != " " && $0 != "\t" && $0 != "\r" } && line.drop { $0 == " " }.first != "#"
    }
    let body = lines[(start + 1)...]
    let indent = body.first(where: isContent).map { $0.prefix { $0 == " " }.count } ?? 2
    guard indent > 0 || body.first(where: isContent) == nil else {
      throw Refusal(reason: "its \(key) have no indent")
    }
    let end = body.firstIndex { isContent($0) && !$0.hasPrefix(" ") } ?? lines.endIndex
    // What stands before the next key belongs to that one.
    let last = lines[..<end].lastIndex(where: isContent) ?? start
    lines.insert(block(indent), at: last + 1)
    return lines.joined(separator: "\n") + "\n"
  }

  /// `text` with `entry` as the last one in the braces behind the key, where these stand in its line; `nil` where they
  /// do not.
  func addedInBraces(_ entry: String, to text: String) -> String? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("\(key):") }),
      let open = lines[start].firstIndex(of: "{"), let close = lines[start].lastIndex(of: "}"), open < close
    else { return nil }
    let isEmpty = lines[start][open..<close].dropFirst().allSatisfy { $0 == " " }
    lines[start].insert(contentsOf: isEmpty ? entry : ", \(entry)", at: close)
    return lines.joined(separator: "\n")
  }
}
