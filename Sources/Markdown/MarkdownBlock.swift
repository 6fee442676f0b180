/// A block of Markdown: what stands under another, with the lists and quotes it stands in.
///
/// All places are UTF-8 offsets into the source, so that what is copied or found is the source's.
public struct MarkdownBlock: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case paragraph
    /// 1 to 6.
    case heading(Int)
    /// The first word of the fence's info string; empty if there is none.
    case code(language: String)
    case table(MarkdownTable)
    case rule
    /// Raw HTML, to be shown as it is.
    case html
  }

  public enum Container: Hashable, Sendable {
    case quote
    /// `number` in an ordered list, and the `delimiter` behind it; `isDone` of a task; `depth` counts the lists around
    /// it, 0 for the outermost.
    case item(number: Int?, isDone: Bool?, depth: Int, delimiter: Character = ".")
  }

  public var kind: Kind
  /// Outermost first.
  public var containers: [Container]
  /// How many of the containers the block before stands in as well. The rest begin here.
  public var sharedContainers: Int
  /// Empty for rules and tables.
  public var runs: [MarkdownRun]
  /// What the runs' link numbers mean.
  public var links: [MarkdownLink]
  /// From the first visible byte to the last.
  public var range: Range<Int>
  /// Code that goes on from the block before, which was cut because it is long.
  public var isContinued = false
}

public struct MarkdownTable: Hashable, Sendable {
  public enum Alignment: Hashable, Sendable { case left, center, right }

  /// One for each column.
  public var alignments: [Alignment]
  /// The head first. Each has a cell for every column.
  public var rows: [[[MarkdownRun]]]
}

public struct MarkdownLink: Hashable, Sendable {
  public var target: String
  /// The target is what the text says already.
  public var isBare: Bool
}

/// Text that looks alike.
public struct MarkdownRun: Hashable, Sendable {
  public enum Content: Hashable, Sendable {
    /// The source's own bytes.
    case source
    /// Something else than the source has there: an entity's character, blanks of indented code.
    case literal(String)
    case lineBreak
  }

  public struct Look: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let emphasis = Look(rawValue: 1)
    public static let strong = Look(rawValue: 2)
    public static let struck = Look(rawValue: 4)
    public static let code = Look(rawValue: 8)
    public static let html = Look(rawValue: 16)
  }

  public var content: Content
  // A long answer has tens of thousands of runs: places take half of what `Int` would. Beyond 4 GiB they stand still.
  private var start: UInt32
  private var end: UInt32
  private var formulaStart: UInt32
  /// 0 where there is no formula.
  private var formulaEnd: UInt32
  /// Counted from 1, 0 for none.
  private var linkNumber: UInt32
  public var look: Look

  /// The bytes of the source it stands for; may be empty unless `content` is `source`.
  public var range: Range<Int> {
    get { Int(start)..<Int(end) }
    set {
      start = UInt32(clamping: newValue.lowerBound)
      end = UInt32(clamping: newValue.upperBound)
    }
  }

  /// An index into the block's links.
  public var link: Int? { linkNumber == 0 ? nil : Int(linkNumber) - 1 }

  /// The formula it belongs to, as the bytes of the source from its opening mark to its closing one.
  public var formula: Range<Int>? { formulaEnd == 0 ? nil : Int(formulaStart)..<Int(formulaEnd) }

  init(content: Content, range: Range<Int>, look: Look, link: Int? = nil, formula: Range<Int>? = nil) {
    self.content = content
    start = UInt32(clamping: range.lowerBound)
    end = UInt32(clamping: range.upperBound)
    self.look = look
    linkNumber = UInt32(clamping: link.map { $0 + 1 } ?? 0)
    formulaStart = UInt32(clamping: formula?.lowerBound ?? 0)
    formulaEnd = UInt32(clamping: formula?.upperBound ?? 0)
  }
}
