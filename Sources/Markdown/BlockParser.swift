import CMarkdown

/// Parses Markdown that does not go on, in GitHub's dialect.
enum BlockParser {
  /// GitHub's: the header's own sum of them is not importable.
  private static let dialect = UInt32(
    MD_FLAG_PERMISSIVEURLAUTOLINKS | MD_FLAG_PERMISSIVEEMAILAUTOLINKS | MD_FLAG_PERMISSIVEWWWAUTOLINKS
      | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS)

  /// `bytes` must be valid UTF-8. Places are counted from `offset` on. `definitions` stand in for link reference
  /// definitions from elsewhere, which lead to `targets`. `closers` stand behind the text and close what is open there.
  static func blocks(
    _ bytes: UnsafeBufferPointer<UInt8>, offset: Int, definitions: String = "", targets: [String] = [],
    closers: [UInt8] = []
  ) -> [MarkdownBlock] {
    var all: [UInt8] = []
    all.reserveCapacity(bytes.count + closers.count + definitions.utf8.count + 3)
    all += bytes
    all += closers
    if !definitions.isEmpty {
      all += "\n\n".utf8
      all += definitions.utf8
    }
    // md4c 0.4.8 reads the byte behind the text it is given; with a link's `)` there it takes the link for ended,
    // beyond the text. A line end there, which is not counted, ends nothing.
    all.append(UInt8(ascii: "\n"))
    let blocks = parse(all, bytes.count, offset, targets)
    guard FormulaFinder.mayFind(in: bytes) else { return blocks }
    let formulas = FormulaFinder.formulas(in: bytes, blocks, offset: offset)
    guard !formulas.isEmpty else { return blocks }
    all.replaceSubrange(..<bytes.count, with: FormulaFinder.masked(bytes, formulas))
    return parse(all, bytes.count, offset, targets, formulas)
  }

  /// `all` ends with a line end that is not counted.
  private static func parse(
    _ all: [UInt8], _ count: Int, _ offset: Int, _ targets: [String], _ formulas: [Range<Int>] = []
  ) -> [MarkdownBlock] {
    all.withUnsafeBufferPointer {
      parse(
        UnsafeBufferPointer(rebasing: $0.dropLast()), count: count, offset: offset, targets: targets,
        formulas: formulas)
    }
  }

  /// One more byte behind `bytes` must be readable, and be a line end.
  private static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, count: Int, offset: Int, targets: [String], formulas: [Range<Int>]
  ) -> [MarkdownBlock] {
    guard let base = bytes.baseAddress, count > 0, let size = UInt32(exactly: bytes.count) else { return [] }
    let collector = BlockCollector(
      bytes: bytes, count: count, offset: offset, targets: targets, formulas: formulas)
    var parser = MD_PARSER()
    parser.flags = dialect
    parser.enter_block = { type, detail, user in
      BlockParser.collector(user)?.enter(type, detail)
      return 0
    }
    parser.leave_block = { type, _, user in
      BlockParser.collector(user)?.leave(type)
      return 0
    }
    parser.enter_span = { type, detail, user in
      BlockParser.collector(user)?.enter(type, detail)
      return 0
    }
    parser.leave_span = { type, _, user in
      BlockParser.collector(user)?.leave(type)
      return 0
    }
    parser.text = { type, text, size, user in
      BlockParser.collector(user)?.text(type, text, Int(size))
      return 0
    }
    // The collector lives until the call has returned, and so do the bytes.
    let status = withExtendedLifetime(collector) {
      base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
        md_parse($0, size, &parser, Unmanaged.passUnretained(collector).toOpaque())
      }
    }
    // It fails only without memory; the text is shown as it is then.
    return status == 0 ? collector.blocks : [MarkdownBlock(plain: offset..<(offset + count))]
  }

  private static func collector(_ user: UnsafeMutableRawPointer?) -> BlockCollector? {
    user.map { Unmanaged<BlockCollector>.fromOpaque($0).takeUnretainedValue() }
  }
}

extension MarkdownBlock {
  /// A paragraph of text as it stands in the source.
  init(plain range: Range<Int>) {
    self.init(
      kind: .paragraph, containers: [], sharedContainers: 0,
      runs: [MarkdownRun(content: .source, range: range, look: [])], links: [], range: range)
  }
}
