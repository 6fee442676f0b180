import CMarkdown

/// Makes blocks of what the parser calls out. Belongs to one parse, on one thread.
final class BlockCollector {
  private let bytes: UnsafeBufferPointer<UInt8>
  /// Bytes behind so many are not the text's: what closes its end, and definitions from elsewhere.
  private let count: Int
  private let offset: Int
  /// Where definitions from elsewhere lead.
  private let targets: [String]
  /// Places in `bytes`, in their order; the bytes there stand for others.
  private let formulas: [Range<Int>]
  /// The first of them that does not end before the last text.
  private var formula = 0

  private(set) var blocks: [MarkdownBlock] = []
  private var containers: [MarkdownBlock.Container] = []
  private var shared = 0
  /// The next number of each list around, `nil` for bullets, and what stands behind it.
  private var lists: [(next: Int?, delimiter: Character)] = []
  /// For each item around, how many blocks there were before it.
  private var itemStarts: [Int] = []

  private var kind: MarkdownBlock.Kind?
  private var runs: [MarkdownRun] = []
  private var links: [MarkdownLink] = []
  private var openLinks: [(link: Int, run: Int)] = []
  private var depths: [MarkdownRun.Look: Int] = [:]
  private var look: MarkdownRun.Look = []
  private var table: MarkdownTable?
  /// Bytes of link targets still taken: a part that names one long definition again and again would hold its square.
  private var targetBudget: Int
  /// Where the last text ended.
  private var lastEnd: Int
  private var start: Int?

  init(
    bytes: UnsafeBufferPointer<UInt8>, count: Int, offset: Int, targets: [String], formulas: [Range<Int>]
  ) {
    self.bytes = bytes
    self.formulas = formulas
    self.count = count
    self.offset = offset
    self.targets = targets
    lastEnd = offset
    targetBudget = 16 * count + 65_536
  }

  // MARK: Blocks

  func enter(_ type: MD_BLOCKTYPE, _ detail: UnsafeMutableRawPointer?) {
    switch type {
    case MD_BLOCK_TR:
      table?.rows.append([])
      return
    case MD_BLOCK_TH, MD_BLOCK_TD:
      runs = []
      if type == MD_BLOCK_TH {
        let align = detail?.assumingMemoryBound(to: MD_BLOCK_TD_DETAIL.self).pointee.align
        table?.alignments.append(align == MD_ALIGN_RIGHT ? .right : align == MD_ALIGN_CENTER ? .center : .left)
      }
      return
    case MD_BLOCK_THEAD, MD_BLOCK_TBODY, MD_BLOCK_DOC: return
    default: finish()
    }
    switch type {
    case MD_BLOCK_QUOTE: containers.append(.quote)
    case MD_BLOCK_UL: lists.append((nil, "."))
    case MD_BLOCK_OL:
      let list = detail?.assumingMemoryBound(to: MD_BLOCK_OL_DETAIL.self).pointee
      let isParenthesis = list?.mark_delimiter == CChar(UInt8(ascii: ")"))
      lists.append((list.map { Int($0.start) } ?? 1, isParenthesis ? ")" : "."))
    case MD_BLOCK_LI: enterItem(detail?.assumingMemoryBound(to: MD_BLOCK_LI_DETAIL.self).pointee)
    case MD_BLOCK_HR: begin(.rule)
    case MD_BLOCK_H:
      begin(.heading(Int(detail?.assumingMemoryBound(to: MD_BLOCK_H_DETAIL.self).pointee.level ?? 1)))
    case MD_BLOCK_CODE:
      let language = (detail?.assumingMemoryBound(to: MD_BLOCK_CODE_DETAIL.self).pointee.lang).map(string)
      begin(.code(language: language ?? ""))
    case MD_BLOCK_HTML: begin(.html)
    case MD_BLOCK_TABLE:
      begin(.paragraph)
      table = MarkdownTable(alignments: [], rows: [])
    default: begin(.paragraph)
    }
  }

  private func enterItem(_ detail: MD_BLOCK_LI_DETAIL?) {
    var number: Int?
    if let last = lists.indices.last, let next = lists[last].next {
      number = next
      lists[last].next = next + 1
    }
    let isTask = detail.map { $0.is_task != 0 } ?? false
    let isDone = isTask ? detail?.task_mark != CChar(UInt8(ascii: " ")) : nil
    itemStarts.append(blocks.count)
    containers.append(
      .item(
        number: number, isDone: isDone, depth: max(0, lists.count - 1), delimiter: lists.last?.delimiter ?? "."))
  }

  func leave(_ type: MD_BLOCKTYPE) {
    switch type {
    case MD_BLOCK_TH, MD_BLOCK_TD:
      if let last = table?.rows.indices.last { table?.rows[last].append(runs) }
      runs = []
      return
    case MD_BLOCK_TR, MD_BLOCK_THEAD, MD_BLOCK_TBODY: return
    default: finish()
    }
    switch type {
    case MD_BLOCK_QUOTE: leaveContainer()
    case MD_BLOCK_UL, MD_BLOCK_OL: _ = lists.popLast()
    case MD_BLOCK_LI:
      if itemStarts.popLast() == blocks.count {
        // Nothing is in it, but it is there.
        begin(.paragraph)
        finish()
      }
      leaveContainer()
    default: break
    }
  }

  private func leaveContainer() {
    _ = containers.popLast()
    shared = min(shared, containers.count)
  }

  private func begin(_ kind: MarkdownBlock.Kind) {
    self.kind = kind
    runs = []
    links = []
    start = nil
  }

  /// Ends the block that is open, if one is.
  private func finish() {
    guard var kind else { return }
    self.kind = nil
    switch kind {
    case .rule: placeRule()
    case .code, .html: if runs.last?.content == .lineBreak { runs.removeLast() }
    default: break
    }
    if let table {
      kind = .table(table)
      self.table = nil
      runs = []
    }
    let start = start ?? lastEnd
    blocks.append(
      MarkdownBlock(
        kind: kind, containers: containers, sharedContainers: shared, runs: runs, links: links,
        range: start..<max(start, lastEnd)))
    shared = containers.count
    openLinks = []
    runs = []
    links = []
  }

  /// A rule has no text: it is the next line that has more than blanks and the marks of quotes and lists.
  private func placeRule() {
    var index = lastEnd - offset
    if start == nil, !blocks.isEmpty {
      while index < count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    }
    let marks = Set("-_*".utf8)
    while index < count, !marks.contains(bytes[index]) { index += 1 }
    start = offset + index
    while index < count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    lastEnd = offset + index
  }

  // MARK: Text

  func enter(_ type: MD_SPANTYPE, _ detail: UnsafeMutableRawPointer?) {
    switch type {
    case MD_SPAN_A, MD_SPAN_IMG:
      let target =
        type == MD_SPAN_A
        ? detail?.assumingMemoryBound(to: MD_SPAN_A_DETAIL.self).pointee.href
        : detail?.assumingMemoryBound(to: MD_SPAN_IMG_DETAIL.self).pointee.src
      links.append(MarkdownLink(target: target.map(resolved) ?? "", isBare: false))
      openLinks.append((links.count - 1, runs.count))
    default: if let look = Self.look(type) { count(look, by: 1) }
    }
  }

  func leave(_ type: MD_SPANTYPE) {
    switch type {
    case MD_SPAN_A, MD_SPAN_IMG:
      guard let (link, run) = openLinks.popLast(), links.indices.contains(link), run <= runs.count else { return }
      links[link].isBare = isBare(runs[run...], target: links[link].target)
    default: if let look = Self.look(type) { count(look, by: -1) }
    }
  }

  /// Where a link leads. Definitions from elsewhere share their targets, so those hold nothing more.
  private func resolved(_ target: MD_ATTRIBUTE) -> String {
    guard Int(target.size) <= targetBudget else { return "" }
    let words = string(target)
    if let text = target.text, place(of: text, Int(target.size)) == nil, let number = LinkDefinition.number(of: words),
      targets.indices.contains(number)
    {
      return targets[number]
    }
    targetBudget -= words.utf8.count
    return words
  }

  /// Whether a link says no more than where it leads. Text longer than the target is not put together: images stand
  /// within one another without end.
  private func isBare(_ runs: ArraySlice<MarkdownRun>, target: String) -> Bool {
    var said = ""
    for run in runs {
      said += text(of: run)
      if said.utf8.count > target.utf8.count { return false }
    }
    return said.isEmpty || [said, "http://" + said, "mailto:" + said].contains(target)
  }

  private func count(_ one: MarkdownRun.Look, by step: Int) {
    depths[one, default: 0] += step
    if depths[one, default: 0] > 0 { look.insert(one) } else { look.remove(one) }
  }

  private static func look(_ type: MD_SPANTYPE) -> MarkdownRun.Look? {
    switch type {
    case MD_SPAN_EM: .emphasis
    case MD_SPAN_STRONG: .strong
    case MD_SPAN_DEL: .struck
    case MD_SPAN_CODE: .code
    default: nil
    }
  }

  func text(_ type: MD_TEXTTYPE, _ text: UnsafePointer<CChar>?, _ size: Int) {
    // Items of tight lists have text without a paragraph around it.
    if kind == nil { begin(.paragraph) }
    switch type {
    case MD_TEXT_BR, MD_TEXT_SOFTBR: return append(.lineBreak, nil, formula: formulaAround(lastEnd - offset))
    case MD_TEXT_NULLCHAR: return append(.literal("\u{FFFD}"), nil)
    default: break
    }
    guard let text, size > 0, isReadable(text, size) else { return }
    let size = sizeOfOwn(text, size)
    guard size > 0 else { return }
    let found = place(of: text, size)
    let buffer = UnsafeBufferPointer(start: text, count: size)
    if type == MD_TEXT_ENTITY {
      append(Entity.character(Self.string(buffer)).map { .literal($0) } ?? .source, found)
    } else if type == MD_TEXT_HTML, Self.isLineBreak(Self.string(buffer)) {
      append(.lineBreak, found)
    } else if let found {
      appendSource(found, type == MD_TEXT_HTML ? .html : [])
    } else if size == 1, text.pointee == CChar(UInt8(ascii: "\n")) {
      append(.lineBreak, nil)
    } else {
      append(.literal(Self.string(buffer)), nil)
    }
  }

  /// How much of a text is before what was put behind the source.
  private func sizeOfOwn(_ text: UnsafePointer<CChar>, _ size: Int) -> Int {
    let start = Int(bitPattern: text) - Int(bitPattern: bytes.baseAddress)
    guard (0...bytes.count).contains(start) else { return size }
    return min(size, count - start)
  }

  /// Whether so many bytes are there. What is not of the source is the parser's own, a few blanks or a piece of the
  /// source put together anew: never longer than that. A size beyond either is a fault of the parser's, not text.
  private func isReadable(_ text: UnsafePointer<CChar>, _ size: Int) -> Bool {
    let start = Int(bitPattern: text) - Int(bitPattern: bytes.baseAddress)
    if (0...bytes.count).contains(start) { return size <= bytes.count - start }
    return size <= max(bytes.count, Self.ownTextLimit)
  }

  /// Bytes of text that the parser has of its own: blanks for indented code.
  private static let ownTextLimit = 64

  private static func isLineBreak(_ html: String) -> Bool {
    ["<br>", "<br/>", "<br />"].contains(html.lowercased())
  }

  /// Where in the source a text is, if it is a part of it.
  private func place(of text: UnsafePointer<CChar>, _ size: Int) -> Range<Int>? {
    let start = Int(bitPattern: text) - Int(bitPattern: bytes.baseAddress)
    guard start >= 0, start <= count, size <= count - start else { return nil }
    return (offset + start)..<(offset + start + size)
  }

  /// The formula that goes on at a place in `bytes`. Places come in their order.
  private func formulaAround(_ place: Int) -> Range<Int>? {
    while formula < formulas.count, formulas[formula].upperBound <= place { formula += 1 }
    guard formula < formulas.count, formulas[formula].lowerBound <= place else { return nil }
    return (formulas[formula].lowerBound + offset)..<(formulas[formula].upperBound + offset)
  }

  /// A part of the source, formulas apart from what stands around them.
  private func appendSource(_ place: Range<Int>, _ more: MarkdownRun.Look) {
    var start = place.lowerBound
    while start < place.upperBound {
      let around = formulaAround(start - offset)
      let next = around?.upperBound ?? (formula < formulas.count ? formulas[formula].lowerBound + offset : Int.max)
      let end = min(place.upperBound, next)
      append(.source, start..<end, more, formula: around)
      start = end
    }
  }

  private func append(
    _ content: MarkdownRun.Content, _ place: Range<Int>?, _ more: MarkdownRun.Look = [], formula: Range<Int>? = nil
  ) {
    if content == .source, place == nil { return }
    let range = place ?? lastEnd..<lastEnd
    if let place {
      start = min(start ?? place.lowerBound, place.lowerBound)
      lastEnd = max(lastEnd, place.upperBound)
    }
    let look = look.union(more)
    let link = openLinks.last?.link
    if content == .source, let last = runs.last, last.content == .source, last.look == look, last.link == link,
      last.formula == formula, last.range.upperBound == range.lowerBound, runs.count > openLinks.last?.run ?? 0
    {
      runs[runs.count - 1].range = last.range.lowerBound..<range.upperBound
    } else {
      runs.append(MarkdownRun(content: content, range: range, look: look, link: link, formula: formula))
    }
  }

  private func text(of run: MarkdownRun) -> String {
    switch run.content {
    case .literal(let text): return text
    case .lineBreak: return " "
    case .source:
      let range = (run.range.lowerBound - offset)..<(run.range.upperBound - offset)
      return String(decoding: bytes[range], as: UTF8.self)
    }
  }

  private static func string(_ buffer: UnsafeBufferPointer<CChar>) -> String {
    String(decoding: UnsafeRawBufferPointer(buffer), as: UTF8.self)
  }

  /// An attribute's text, its entities resolved.
  private func string(_ attribute: MD_ATTRIBUTE) -> String {
    guard let text = attribute.text, let types = attribute.substr_types, let offsets = attribute.substr_offsets,
      isReadable(text, Int(attribute.size))
    else { return "" }
    var result = ""
    var index = 0
    while offsets[index] < attribute.size, offsets[index] < offsets[index + 1], offsets[index + 1] <= attribute.size {
      let range = Int(offsets[index])..<Int(offsets[index + 1])
      let part = Self.string(UnsafeBufferPointer(start: text + range.lowerBound, count: range.count))
      switch types[index] {
      case MD_TEXT_ENTITY: result += Entity.character(part) ?? part
      case MD_TEXT_NULLCHAR: result += "\u{FFFD}"
      default: result += part
      }
      index += 1
    }
    return result
  }
}
