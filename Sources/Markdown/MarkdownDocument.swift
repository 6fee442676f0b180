/// A text as Markdown, kept up as the text grows: what is finished is not parsed again.
///
/// It holds places in the text, not the text. A text that becomes shorter again, as in a replay, keeps what was parsed.
public struct MarkdownDocument: Sendable {
  /// Blocks between two places where the text can be cut.
  public struct Part: Sendable {
    /// UTF-8 offsets in the text.
    public let range: Range<Int>
    public fileprivate(set) var blocks: [MarkdownBlock]
    /// How much of the text must be there for this to be finished.
    fileprivate var decidedAt: Int
    fileprivate var fence: LineScanner.Fence?
    /// What stands in its brackets and may name a definition from elsewhere.
    fileprivate var labels: Set<LinkLabel>
    /// How many definitions were known when they were last looked through for it, and how many of those it names.
    fileprivate var known: Int
    fileprivate var named: Int
  }

  /// The finished parts, of which the first ``finishedCount`` are of the text as it is.
  private var known: [Part] = []
  public private(set) var finishedCount = 0
  /// The blocks behind them, which may become others.
  public private(set) var tail: [MarkdownBlock] = []
  /// Bytes given to the parser so far.
  public private(set) var parsedBytes = 0
  private var scanner = LineScanner(start: 0)
  private var definitions: [LinkDefinition] = []
  private var count = 0
  private var isGrowing = false
  /// How many definitions the finished parts were looked through for, and how many parts that were.
  private var usedDefinitions = 0
  private var checkedCount = 0

  /// More definitions than these, and longer ones (bytes), are used only where they stand.
  private static let definitionLimit = 64
  private static let definitionLength = 2_048

  public init() {}

  public init(_ text: String) { update(text) }

  public var finished: ArraySlice<Part> { known[..<finishedCount] }
  /// Where what is finished ends.
  public var finishedEnd: Int { finished.last?.range.upperBound ?? 0 }

  public var blocks: [MarkdownBlock] { finished.flatMap(\.blocks) + tail }

  /// Parses what is new of `text`, which must begin with the text of the last call or be a beginning of it.
  /// Returns how many of the parts that were ever finished are as they were.
  ///
  /// `isGrowing`: more is to come, so what is open at the end is read as if it were closed there.
  @discardableResult
  public mutating func update(_ text: String, isGrowing: Bool = false) -> Int {
    var text = text
    // Contiguous afterwards, in place if it was before.
    return text.withUTF8 { update($0, isGrowing) }
  }

  private mutating func update(_ bytes: UnsafeBufferPointer<UInt8>, _ isGrowing: Bool) -> Int {
    guard bytes.count != count || isGrowing != self.isGrowing else { return known.count }
    count = bytes.count
    self.isGrowing = isGrowing
    var kept = known.count
    scan(bytes)
    finishedCount = known.count
    while finishedCount > 0, known[finishedCount - 1].decidedAt > count { finishedCount -= 1 }
    let usable = definitions.prefix { $0.end <= count }
    let first = usable.count == usedDefinitions ? min(checkedCount, finishedCount) : 0
    usedDefinitions = usable.count
    checkedCount = finishedCount
    for index in first..<finishedCount where known[index].known != usable.count {
      known[index].known = usable.count
      let part = known[index]
      guard !part.labels.isEmpty else { continue }
      let named = usable.filter { part.labels.contains($0.label) }
      // They are known in their order, so as many of them are the same.
      guard named.count != part.named else { continue }
      known[index].blocks = parse(bytes, part.range, part.fence, named)
      known[index].named = named.count
      kept = min(kept, index)
    }
    let fence = finishedCount < known.count ? known[finishedCount].fence : scanner.openedIn
    let rest = finishedEnd..<count
    let labels = usable.isEmpty ? [] : LinkLabel.all(in: bytes[rest])
    let end = isGrowing && fence == nil ? OpenEnd(bytes[rest]) : nil
    tail = parse(bytes, rest, fence, usable.filter { labels.contains($0.label) }, end)
    return kept
  }

  private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) {
    var start = scanner.start
    var fence = scanner.openedIn
    while let step = scanner.next(bytes) {
      switch step {
      case .definition(let range):
        guard definitions.count < Self.definitionLimit, range.count <= Self.definitionLength,
          let new = LinkDefinition(line: bytes[range]), !definitions.contains(where: { $0.label == new.label })
        else { continue }
        parsedBytes += range.count
        definitions.append(new)
      case .cut(let end, let decidedAt):
        let labels = fence == nil ? LinkLabel.all(in: bytes[start..<end]) : []
        let usable = definitions.prefix { $0.end <= decidedAt }
        let named = usable.filter { labels.contains($0.label) }
        let blocks = parse(bytes, start..<end, fence, named)
        known.append(
          Part(
            range: start..<end, blocks: blocks, decidedAt: decidedAt, fence: fence, labels: labels,
            known: usable.count, named: named.count))
        start = scanner.start
        fence = scanner.openedIn
      }
    }
  }

  private mutating func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ fence: LineScanner.Fence?,
    _ definitions: [LinkDefinition], _ end: OpenEnd? = nil
  ) -> [MarkdownBlock] {
    guard !range.isEmpty else { return [] }
    parsedBytes += range.count
    if let fence { return [Self.code(bytes, range, fence)] }
    let standIns = definitions.enumerated().map { $1.standIn($0) }.joined()
    parsedBytes += standIns.utf8.count
    return BlockParser.blocks(
      UnsafeBufferPointer(rebasing: bytes[range].dropLast(end?.dropped ?? 0)), offset: range.lowerBound,
      definitions: standIns, targets: definitions.map(\.target), closers: end?.closers ?? [])
  }

  /// Lines of code whose fence opened further up.
  private static func code(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ fence: LineScanner.Fence
  ) -> MarkdownBlock {
    var runs: [MarkdownRun] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let newline = bytes[start..<range.upperBound].firstIndex(of: UInt8(ascii: "\n")) ?? range.upperBound
      let line = Line(bytes, start..<newline)
      if line.closes(fence) { break }
      if start > range.lowerBound {
        runs.append(MarkdownRun(content: .lineBreak, range: start..<start, look: [], link: nil))
      }
      var end = newline
      if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      if end > start { runs.append(MarkdownRun(content: .source, range: start..<end, look: [], link: nil)) }
      start = newline + 1
    }
    return MarkdownBlock(
      kind: .code(language: fence.language), containers: [], sharedContainers: 0, runs: runs, links: [],
      range: range.lowerBound..<max(range.lowerBound, runs.last?.range.upperBound ?? 0), isContinued: true)
  }
}
