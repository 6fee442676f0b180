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
  private var isUnfolded: Bool?
  /// Answers are shown as their source, not as Markdown.
  private(set) var isRaw = false
  private(set) var wrapsCode = true
  /// The first prompt stands elsewhere on the screen.
  private(set) var hidesPrompt = false
  /// Exchanges before the last one, whose blocks never change.
  private var sealedExchanges = 0
  private var sealedBlocks = 0
  private var sealedRows = 0
  /// In a replay: the wrapping of texts that are not shown now. They are shown again, most often as they were.
  private var hidden: [Source: Layout] = [:]
  /// The first block of every exchange.
  private var starts: [Int] = []

  /// Prompts longer than this are cut in panes.
  private static let promptLines = 12

  /// Brings the blocks up to date. Costs what the last exchange gained, unless the width or the folding changed.
  /// `attempts` are the replies shown instead of the newest ones, by their exchange; ``reopen(from:)`` where they
  /// change.
  mutating func refresh(
    _ exchanges: [Exchange], for model: ModelReference, isUnfolded: Bool?, columns: Int, attempts: [UUID: UUID] = [:],
    isReplay: Bool = false, isRaw: Bool = false, wrapsCode: Bool = true, hidesPrompt: Bool = false
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
    guard !exchanges.isEmpty else { return }
    while sealedExchanges < exchanges.count - 1 {
      let finished = self.blocks(of: sealedExchanges, exchanges, model, attempts, isReplay)
      blocks.removeSubrange(sealedBlocks...)
      begin(sealedExchanges)
      for block in finished { append(block, exchanges, reusing: nil) }
      sealedExchanges += 1
      sealedRows = blocks[sealedBlocks...].reduce(sealedRows) { $0 + $1.rowCount }
      sealedBlocks = blocks.count
    }
    let old = blocks[sealedBlocks...]
    blocks.removeSubrange(sealedBlocks...)
    var reusable = hidden.merging(old.map { ($0.source, $0.layout) }) { _, newer in newer }
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

  private mutating func append(_ block: Block, _ exchanges: [Exchange], reusing layout: Layout?) {
    var block = block
    let text = Self.text(of: block.source, exchanges)
    let columns = columns - block.look.indent
    if block.look == .answer, !isRaw {
      var markdown = if case .markdown(let known) = layout { known } else { MarkdownText() }
      markdown.update(text, columns: columns, wrapsCode: wrapsCode, isGrowing: Self.isGrowing(block.source, exchanges))
      block.layout = .markdown(markdown)
      block.rowCount = markdown.rowCount
      blocks.append(block)
      if case .answer(let exchange, let reply) = block.source, exchanges[exchange].replies[reply].state.isFinal {
        appendTargets(markdown.targets)
      }
      return
    }
    var wrapped = if case .plain(let known) = layout { known } else { WrappedText() }
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

  private func blocks(
    of index: Int, _ exchanges: [Exchange], _ model: ModelReference, _ attempts: [UUID: UUID], _ isReplay: Bool
  ) -> [Block] {
    let exchange = exchanges[index]
    let chosen = attempts[exchange.id].flatMap { id in exchange.replies.lastIndex { $0.id == id } }
    guard let replyIndex = chosen ?? exchange.replies.lastIndex(where: { $0.model == model }) else { return [] }
    let reply = exchange.replies[replyIndex]
    let isLast = index == exchanges.count - 1
    var blocks: [Block] = []
    if !(hidesPrompt && index == 0) {
      blocks.append(Block(look: .prompt, source: .literal(Self.shortened(exchange.prompt.text))))
    }
    let texts = exchange.prompt.attachments.filter { $0.media == nil }.map(\.name)
    if !texts.isEmpty { blocks.append(Block(look: .files, source: .literal(texts.joined(separator: ", ")))) }
    // A line each: the list of links opens them.
    for file in exchange.prompt.media { blocks.append(Block(look: .files, source: .literal(file.line))) }
    blocks += Self.notes(index, exchanges, reply)
    if !blocks.isEmpty { blocks.append(Block(look: .gap, source: .literal(""))) }
    if !reply.reasoning.isEmpty {
      let isOpen = isUnfolded ?? (isLast && reply.text.isEmpty && !reply.state.isFinal)
      let tokens = reply.usage.reasoningTokens ?? TokenEstimate.tokens(inUTF8Bytes: reply.reasoning.utf8.count)
      let title = "\(isOpen ? "▾" : "▸") reasoning · \(Figures.count(tokens)) tok"
      blocks.append(Block(look: .reasoningTitle, source: .literal(title)))
      if isOpen { blocks.append(Block(look: .reasoning, source: .reasoning(index, replyIndex))) }
      if !reply.text.isEmpty { blocks.append(Block(look: .gap, source: .literal(" "))) }
    }
    if !reply.text.isEmpty { blocks.append(Block(look: .answer, source: .answer(index, replyIndex))) }
    blocks += Self.endNotes(reply, canRetry: isLast && !isReplay)
    if !isLast { blocks.append(Block(look: .gap, source: .literal("  "))) }
    return blocks
  }

  /// What is said under a prompt: that the model saw nothing of the turns before, and which attempt an earlier turn
  /// shows.
  private static func notes(_ index: Int, _ exchanges: [Exchange], _ reply: Reply) -> [Block] {
    var notes: [Block] = []
    let before = exchanges[..<index].reversed()
    let isNew = index > 0 && !before.contains { $0.replies.contains { $0.model == reply.model } }
    if let synthesis = exchanges[index].prompt.synthesis {
      notes.append(Block(look: .note, source: .literal("reads, unlabelled: \(synthesis.legend)")))
    } else if let taken = exchanges[index].prompt.successions.first(where: { $0.successor == reply.model }) {
      notes.append(Block(look: .note, source: .literal("in \(taken.predecessor.name)'s place: it saw its answers")))
    } else if isNew {
      notes.append(Block(look: .note, source: .literal("new here: it saw no earlier turn")))
    }
    let attempts = exchanges[index].attempts(reply.model)
    if index < exchanges.count - 1, attempts.count > 1, let place = attempts.firstIndex(where: { $0.id == reply.id }) {
      notes.append(Block(look: .note, source: .literal("attempt \(place + 1) of \(attempts.count)")))
    }
    return notes
  }

  /// What is said under an answer that did not end by itself.
  private static func endNotes(_ reply: Reply, canRetry: Bool) -> [Block] {
    let why = reply.failure?.message
    let space = reply.text.isEmpty ? [] : [Block(look: .gap, source: .literal("   "))]
    // The keys in effect are known where it is drawn.
    let again = canRetry ? [Block(look: .keys, source: .literal("ask again"))] : []
    func failure(_ text: String) -> Block { Block(look: .failure, source: .literal(text)) }
    switch reply.state {
    case .queued, .connecting, .streaming, .retrying: return []
    case .success:
      switch reply.finishReason {
      case .length: return space + [failure("Cut off at the token limit.")]
      case .blocked(let reason): return space + [failure("Stopped by the provider's filter: \(reason)")]
      case .toolCall, .stop, .other, nil:
        if reply.text.isEmpty { return [Block(look: .note, source: .literal("(an empty answer)"))] }
      }
      if let why { return space + [failure("Not whole: \(why)")] }
      switch reply.finishReason {
      case .toolCall: return space + [Block(look: .note, source: .literal("It asked for a tool that nobody offered."))]
      case .other(let word): return space + [Block(look: .note, source: .literal("Stopped: \(word)"))]
      default: return []
      }
    case .failed:
      guard let cause = reply.failure else { return [failure("It failed.")] + again }
      let words = cause.message.isEmpty ? [] : [Block(look: .cause, source: .literal(cause.message))]
      let gap = Block(look: .gap, source: .literal("     "))
      return [failure(FailureWords.sentence(cause))] + words + (again.isEmpty ? [] : [gap]) + again
    case .partial: return space + [failure("Broke off: \(why ?? "no reason given")")] + again
    case .cancelled: return space + [Block(look: .note, source: .literal("Stopped by you."))] + again
    case .interrupted: return space + [failure("Fiedler was stopped before the answer ended.")] + again
    }
  }

  private static func shortened(_ prompt: String) -> String {
    let lines = prompt.split(separator: "\n", maxSplits: promptLines, omittingEmptySubsequences: false)
    guard lines.count > promptLines, let rest = lines.last else { return prompt }
    let more = rest.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    return lines.dropLast().joined(separator: "\n") + "\n… \(Figures.plural(more, "more line"))"
  }

  /// Whether the newest reply's reasoning is open.
  var showsReasoning: Bool { blocks[sealedBlocks...].contains { $0.look == .reasoning } }

  // MARK: Places

  func anchor(ofRow row: Int) -> Anchor? {
    var first = 0
    for (index, block) in blocks.enumerated() {
      if row < first + block.rowCount {
        return Anchor(block: index, offset: block.layout.start(ofRow: max(0, row - first)))
      }
      first += block.rowCount
    }
    return nil
  }

  /// The row where an anchor's text is now.
  func row(of anchor: Anchor) -> Int {
    let index = min(anchor.block, blocks.count)
    let before = blocks[..<index].reduce(0) { $0 + $1.rowCount }
    guard index < blocks.count else { return before }
    return before + min(blocks[index].layout.row(holding: anchor.offset), max(0, blocks[index].rowCount - 1))
  }

  /// Whether a row shows nothing.
  func isBlank(row: Int) -> Bool {
    var end = rowCount
    for block in blocks.reversed() {
      end -= block.rowCount
      guard row >= end else { continue }
      // Its text is blanks.
      if block.look == .gap { return true }
      switch block.layout {
      case .plain(let text): return text.rows.indices.contains(row - end) && text.rows[row - end].isEmpty
      case .markdown(let text): return text.isBlank(row: row - end)
      }
    }
    return false
  }

  /// The row where an exchange begins.
  func row(ofExchange exchange: Int) -> Int {
    guard exchange < starts.count else { return rowCount }
    return blocks[..<starts[max(0, exchange)]].reduce(0) { $0 + $1.rowCount }
  }

  /// The exchange that a row belongs to; the blank rows behind one belong to the next.
  func exchange(atRow row: Int) -> Int? {
    guard let anchor = anchor(ofRow: row) else { return starts.indices.last }
    let isGap = blocks[anchor.block].look == .gap && anchor.block + 1 < blocks.count
    let block = anchor.block + (isGap ? 1 : 0)
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= block { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }

  /// Calls `body` for the rows from `first` on, at most `count`, with the number of the row's block and its own in
  /// that.
  func forEachRow(from first: Int, count: Int, _ body: (_ line: Int, _ index: Int, _ row: Int) -> Void) {
    var before = 0
    var line = 0
    for (index, block) in blocks.enumerated() {
      let rows = block.rowCount
      if before + rows > first {
        for row in max(0, first - before)..<rows {
          guard line < count else { return }
          body(line, index, row)
          line += 1
        }
      }
      before += rows
    }
  }
}
