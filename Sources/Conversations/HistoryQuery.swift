import FoundationEssentials

/// What is looked for in the history, as the user types it, and in which order it is shown.
public struct HistoryQuery: Hashable, Sendable {
  /// Words, prefixes, `"phrases"`, `-not` and filters such as `model:`; empty for everything.
  public var text: String
  public var order: HistoryOrder

  public init(_ text: String = "", order: HistoryOrder = .newest) {
    self.text = text
    self.order = order
  }
}

public enum HistoryOrder: String, Hashable, Sendable, CaseIterable {
  /// By the last change; where words are looked for, by the time of the newest turn that has them.
  case newest
  /// By when they began; where words are looked for, by the time of the oldest turn that has them.
  case oldest
  case title
  /// Best match first; as `newest` where no words are looked for.
  case relevance
}

/// Where a page of the history ends, and so where the next one begins. Only who made it can read it.
public struct HistoryCursor: Hashable, Sendable {
  /// One value for each column of the order.
  public var place: [String]

  public init(place: [String]) { self.place = place }
}

/// Where a search found a conversation.
public struct HistoryHit: Hashable, Sendable {
  public enum Place: String, Hashable, Sendable { case title, tag, prompt, file, reasoning, answer }

  public var place: Place
  /// The prompt whose exchange it is in; `nil` for title and tags.
  public var exchange: UUID?
  /// The reply it is in, for `reasoning` and `answer`.
  public var reply: UUID?
  /// The words around it, on one line.
  public var snippet: HighlightedText

  public init(place: Place, exchange: UUID? = nil, reply: UUID? = nil, snippet: HighlightedText) {
    self.place = place
    self.exchange = exchange
    self.reply = reply
    self.snippet = snippet
  }
}

/// All places in one text of a conversation where what was looked for stands.
public struct TextHits: Hashable, Sendable {
  /// `prompt`, `file`, `reasoning` or `answer`; for `file` the text is the attachments' names joined by line feeds.
  public var place: HistoryHit.Place
  public var exchange: UUID
  public var reply: UUID?
  /// UTF-8 offsets in that text, ascending, never overlapping.
  public var ranges: [Range<Int>]

  public init(place: HistoryHit.Place, exchange: UUID, reply: UUID? = nil, ranges: [Range<Int>]) {
    self.place = place
    self.exchange = exchange
    self.reply = reply
    self.ranges = ranges
  }
}

/// A text with parts of it marked.
public struct HighlightedText: Hashable, Sendable {
  public var text: String
  /// UTF-8 offsets, ascending, never overlapping.
  public var highlights: [Range<Int>]

  public init(_ text: String, highlights: [Range<Int>] = []) {
    self.text = text
    self.highlights = highlights
  }
}
