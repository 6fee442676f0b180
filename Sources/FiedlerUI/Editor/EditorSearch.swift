extension Editor {
  /// An incremental search through earlier prompts, newest first, without regard to case.
  public struct HistorySearch: Equatable, Sendable {
    public internal(set) var query = ""
    /// The entry of ``Editor/history`` that is shown: the last that matched.
    public internal(set) var match: Int?
    /// False if the query is found in no further prompt.
    public internal(set) var isFound = true
    /// The matching prompt, and where the query stands in it.
    var preview: Document?
    var occurrence: Range<Position>?
  }

  /// What an action means while a search is open. False if it ended the search and is still to be done.
  mutating func searching(_ action: EditorAction) -> Bool {
    switch action {
    case .insert(let text), .paste(let text):
      search?.query += Fragment.withLineFeeds(text).prefix { $0 != "\n" }
      find(from: search?.match ?? history.count - 1, by: -1)
    case .deleteBackward:
      if search?.query.isEmpty == false { search?.query.removeLast() }
      search?.match = nil
      search?.preview = nil
      search?.occurrence = nil
      find(from: history.count - 1, by: -1)
    case .historySearch: find(from: (search?.match ?? history.count) - 1, by: -1)
    case .historySearchNewer: find(from: search?.match.map { $0 + 1 } ?? history.count, by: 1)
    case .cancelSearch: search = nil
    case .acceptSearch: accept()
    default:
      accept()
      return false
    }
    return true
  }

  /// Looks for the query from an entry on; an empty query matches nothing.
  private mutating func find(from start: Int, by step: Int) {
    guard let query = search?.query.lowercased(), !query.isEmpty else {
      search?.isFound = true
      return
    }
    let found = stride(from: start, through: step < 0 ? 0 : history.count - 1, by: step).first {
      Self.contains(history[$0].lowercased(), query)
    }
    search?.isFound = found != nil
    guard let found else { return }
    let preview = Document(recall.fragment(history[found]))
    search?.match = found
    search?.occurrence = Self.occurrence(of: query, in: preview)
    search?.preview = preview
  }

  /// Whether bytes stand in other bytes.
  private static func contains(_ text: String, _ part: String) -> Bool {
    let part = Array(part.utf8)
    var text = text
    return text.withUTF8 { text in
      guard text.count >= part.count else { return false }
      return (0...(text.count - part.count)).contains { start in
        text[start] == part[0] && part.indices.allSatisfy { text[start + $0] == part[$0] }
      }
    }
  }

  private mutating func accept() {
    let match = search?.match
    search = nil
    guard let match else { return }
    run = .none
    goal = nil
    log.begin(at: mark, continuing: false)
    show(match)
    log.end(at: mark)
    settleVi()
    scroll()
  }

  /// Where the query stands in a prompt.
  static func occurrence(of query: String, in document: Document) -> Range<Position>? {
    let query = query.map { $0.lowercased() }
    guard !query.isEmpty else { return nil }
    for (index, line) in document.lines.enumerated() where line.count >= query.count {
      let units = line.units(0..<line.count).map { unit -> String? in
        if case .character(let character) = unit { character.lowercased() } else { nil }
      }
      let column = (0...(units.count - query.count)).first { start in
        query.indices.allSatisfy { units[start + $0] == query[$0] }
      }
      if let column {
        return Position(line: index, column: column)..<Position(line: index, column: column + query.count)
      }
    }
    return nil
  }
}
