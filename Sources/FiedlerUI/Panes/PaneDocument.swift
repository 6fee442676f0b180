import Canvas
import Conversations
import FoundationEssentials

/// What a pane shows, as blocks of wrapped text: the turns so far, then the current one.
///
/// Answers are not copied: their blocks hold offsets into the replies' own text.
struct PaneDocument: Sendable {
  enum Look: Hashable, Sendable {
    case prompt, files, reasoningTitle, reasoning, answer, failure, cause, note, keys, gap

    /// Columns taken by a mark in front of each row.
    var indent: Int {
      switch self {
      case .prompt, .files, .reasoning, .failure: 2
      case .reasoningTitle, .answer, .cause, .note, .keys, .gap: 0
      }
    }
  }

  enum Source: Hashable, Sendable {
    case literal(String)
    /// Indices of the exchange and its reply.
    case reasoning(Int, Int)
    case answer(Int, Int)

    var isLiteral: Bool {
      if case .literal = self { true } else { false }
    }
  }

  struct Block: Sendable {
    var look: Look
    var source: Source
    var layout = Layout.plain(WrappedText())
    /// Rows shown: blank ones at an answer's end are not.
    var rowCount = 0
    /// Where the lines of the text lead; empty where they lead nowhere.
    var links: [String] = []
  }

  /// Where a block's rows begin.
  enum Layout: Sendable {
    case plain(WrappedText)
    case markdown(MarkdownText)

    mutating func forgetRows() {
      guard case .markdown(var text) = self else { return }
      text.forgetRows()
      self = .markdown(text)
    }

    func start(ofRow row: Int) -> Int {
      switch self {
      case .plain(let text): text.rows[row].lowerBound
      case .markdown(let text): text.start(ofRow: row)
      }
    }

    func row(holding offset: Int) -> Int {
      switch self {
      case .plain(let text): text.row(holding: offset)
      case .markdown(let text): text.row(holding: offset)
      }
    }
  }

  /// A place in the text that outlives another wrapping.
  struct Anchor: Hashable, Sendable {
    var block: Int
    var offset: Int
  }

  private(set) var blocks: [Block] = []
  private(set) var columns = 0
  private(set) var rowCount = 0
  /// `nil`: reasoning is open until the answer begins.
  private(set) var isUnfolded: Bool?
  /// Answers are shown as their source, not as Markdown.
  private(set) var isRaw = false
  private(set) var wrapsCode = true
  /// The first prompt stands elsewhere on the screen.
  private(set) var hidesPrompt = false
  /// What the next frame is drawn in.
  private var theme = Theme.fallback
  /// Exchanges before the last one, whose blocks never change.
  private var sealedExchanges = 0
  private var sealedBlocks = 0
  private var sealedRows = 0
  /// In a replay: the wrapping of texts that are not shown now. They are shown again, most often as they were.
  private var hidden: [Source: Layout] = [:]
  /// The first block of every exchange.
  private(set) var starts: [Int] = []

  /// Brings the blocks up to date. Costs what the last exchange gained, unless the width or the folding changed.
  /// `attempts` are the replies shown instead of the newest ones, by their exchange; ``reopen(from:)`` where they
  /// change.
  mutating func refresh(
    _ exchanges: [Exchange], for model: ModelReference, isUnfolded: Bool?, columns: Int, attempts: [UUID: UUID] = [:],
    isReplay: Bool = false, isRaw: Bool = false, wrapsCode: Bool = true, hidesPrompt: Bool = false,
    theme: Theme = .fallback
  ) {
    let isSame =
      columns == self.columns && isUnfolded == self.isUnfolded && isRaw == self.isRaw
      && wrapsCode == self.wrapsCode && hidesPrompt == self.hidesPrompt
    if !isSame || exchanges.count <= sealedExchanges {
      self = PaneDocument()
      self.columns = columns
      self.isRaw = isRaw
      self.wrapsCode = wrapsCode
      self.hidesPrompt = hidesPrompt
      self.isUnfolded = isUnfolded
    }
    self.theme = theme
    guard !exchanges.isEmpty else { return }
    while sealedExchanges < exchanges.count - 1 {
      let finished = self.blocks(of: sealedExchanges, exchanges, model, attempts, isReplay)
      blocks.removeSubrange(sealedBlocks...)
      begin(sealedExchanges)
      for block in finished { append(block, exchanges, reusing: nil) }
      for index in blocks.indices[sealedBlocks...] { blocks[index].layout.forgetRows() }
      sealedExchanges += 1
      sealedRows = blocks[sealedBlocks...].reduce(sealedRows) { $0 + $1.rowCount }
      sealedBlocks = blocks.count
    }
    // Taken out, here and where it is appended: what two hold is copied whole as soon as something comes to it.
    var reusable: [Source: Layout] = [:]
    swap(&reusable, &hidden)
    while blocks.count > sealedBlocks {
      let block = blocks.removeLast()
      reusable[block.source] = block.layout
    }
    begin(exchanges.count - 1)
    for block in blocks(of: exchanges.count - 1, exchanges, model, attempts, isReplay) {
      append(block, exchanges, reusing: reusable.removeValue(forKey: block.source))
    }
    if isReplay { hidden = reusable.filter { !$0.key.isLiteral } }
    rowCount = sealedRows + blocks[sealedBlocks...].reduce(0) { $0 + $1.rowCount }
  }

  private mutating func begin(_ exchange: Int) {
    starts.removeSubrange(exchange...)
    starts.append(blocks.count)
  }

  /// Forgets the blocks from an exchange on: something of them is not as it was.
  mutating func reopen(from exchange: Int) {
    if exchange < sealedExchanges {
      sealedExchanges = max(0, exchange)
      sealedBlocks = starts[sealedExchanges]
      sealedRows = blocks[..<sealedBlocks].reduce(0) { $0 + $1.rowCount }
    }
    blocks.removeSubrange(sealedBlocks...)
    starts.removeSubrange(min(starts.count, sealedExchanges)...)
    rowCount = sealedRows
  }

  private mutating func append(_ block: Block, _ exchanges: [Exchange], reusing layout: consuming Layout?) {
    var block = block
    let text = Self.text(of: block.source, exchanges)
    let columns = columns - block.look.indent
    if block.look == .answer, !isRaw {
      var markdown = MarkdownText()
      if case .markdown(let known) = layout { markdown = known }
      layout = nil
      markdown.update(
        text, columns: columns, wrapsCode: wrapsCode, isGrowing: Self.isGrowing(block.source, exchanges), theme: theme)
      block.layout = .markdown(markdown)
      block.rowCount = markdown.rowCount
      blocks.append(block)
      if case .answer(let exchange, let reply) = block.source, exchanges[exchange].replies[reply].state.isFinal {
        appendTargets(markdown.targets)
      }
      return
    }
    var wrapped = WrappedText()
    if case .plain(let known) = layout { wrapped = known }
    layout = nil
    wrapped.update(text, columns: columns)
    block.layout = .plain(wrapped)
    block.rowCount = wrapped.rows.count
    switch block.source {
    case .literal: break
    case .answer, .reasoning: block.rowCount -= Self.blankRows(atEndOf: text, wrapped.rows)
    }
    blocks.append(block)
  }

  /// Bytes of the targets that are told under an answer. A definition is named by few bytes: all its uses together
  /// could be told at a hundred times the answer's length.
  static let longestTargets = 32 << 10

  /// Under an answer that has ended: what the numbers behind its links mean.
  private mutating func appendTargets(_ targets: [String]) {
    guard !targets.isEmpty else { return }
    var lines: [String] = []
    var bytes = 0
    for (index, target) in targets.enumerated() {
      bytes += target.utf8.count + 8
      guard bytes <= Self.longestTargets || lines.isEmpty else { break }
      lines.append(Self.footnote("[\(index + 1)] ", target.replacing("\n", with: " "), columns: columns))
    }
    let told = Array(targets[..<lines.count])
    if told.count < targets.count { lines.append("… and \(Figures.plural(targets.count - told.count, "link")) more") }
    let list = Block(look: .note, source: .literal(lines.joined(separator: "\n")), links: told)
    for block in [Block(look: .gap, source: .literal("    ")), list] { append(block, [], reusing: nil) }
  }

  /// A number and its address in one row, so that neither stands without the other; of an address that is too long the
  /// beginning and the end. The list of links has it whole.
  private static func footnote(_ number: String, _ address: String, columns: Int) -> String {
    let room = columns - number.count
    guard room >= 12, TextWidth.columns(address) > room else { return number + address }
    let last = room / 3
    func fitting(_ characters: some Sequence<Character>, _ room: Int) -> [Character] {
      var taken: [Character] = []
      var width = 0
      for character in characters {
        width += TextWidth.columns(String(character))
        guard width <= room else { break }
        taken.append(character)
      }
      return taken
    }
    let end = String(fitting(address.reversed(), last).reversed())
    return number + String(fitting(address, room - 1 - last)) + "…" + end
  }

  /// At least the first row stays.
  private static func blankRows(atEndOf text: String, _ rows: [Range<Int>]) -> Int {
    let utf8 = text.utf8
    var count = 0
    while count + 1 < rows.count {
      let row = rows[rows.count - 1 - count]
      let start = utf8.index(utf8.startIndex, offsetBy: row.lowerBound)
      let bytes = utf8[start..<utf8.index(start, offsetBy: row.count)]
      guard bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else { break }
      count += 1
    }
    return count
  }

  /// Whether more of it is to come.
  private static func isGrowing(_ source: Source, _ exchanges: [Exchange]) -> Bool {
    guard case .answer(let exchange, let reply) = source else { return false }
    return !exchanges[exchange].replies[reply].state.isFinal
  }

  static func text(of source: Source, _ exchanges: [Exchange]) -> String {
    switch source {
    case .literal(let text): text
    case .reasoning(let exchange, let reply): exchanges[exchange].replies[reply].reasoning
    case .answer(let exchange, let reply): exchanges[exchange].replies[reply].text
    }
  }

  /// Whether the newest reply's reasoning is open.
  var showsReasoning: Bool { blocks[sealedBlocks...].contains { $0.look == .reasoning } }
}
