/// What is needed to colour a language: its words, its comments, its quotes.
struct CodeLanguage: Sendable {
  typealias Span = (start: [UInt8], end: [UInt8], kind: CodeHighlighter.Kind)

  private let words: Set<String>
  private let ignoresCase: Bool
  let lineComments: [[UInt8]]
  /// Whether a comment may begin within a word, as `//` does and `#` does not.
  let commentsInWords: Bool
  /// What may reach over lines.
  let blocks: [Span]
  let quotes: [UInt8]

  private init(
    _ words: String, comments: [String] = ["//"], blocks: [(String, String, CodeHighlighter.Kind)] = [],
    quotes: String = "\"'", ignoresCase: Bool = false
  ) {
    self.words = Set(words.split(separator: " ").map(String.init))
    self.ignoresCase = ignoresCase
    lineComments = comments.map { Array($0.utf8) }
    commentsInWords = comments != ["#"]
    self.blocks = blocks.map { (Array($0.utf8), Array($1.utf8), $2) }
    self.quotes = Array(quotes.utf8)
  }

  func knows(_ word: String) -> Bool { words.contains(ignoresCase ? word.lowercased() : word) }

  static func named(_ name: String) -> CodeLanguage? {
    switch name.lowercased() {
    case "swift": swift
    case "python", "py", "python3": python
    case "javascript", "js", "jsx", "typescript", "ts", "tsx", "mjs": javaScript
    case "rust", "rs": rust
    case "go", "golang": go
    case "c", "h", "cpp", "c++", "cc", "hpp", "cxx": c
    case "java", "kotlin", "kt": java
    case "sh", "bash", "zsh", "shell", "console": shell
    case "json", "jsonc", "json5": json
    case "sql", "sqlite", "postgresql", "psql", "mysql": sql
    case "yaml", "yml", "toml": yaml
    default: nil
    }
  }

  private static let slashStar: (String, String, CodeHighlighter.Kind) = ("/*", "*/", .comment)

  private static let swift = CodeLanguage(
    """
    actor any as associatedtype async await borrowing break case catch class consuming continue convenience default \
    defer deinit do else enum extension fallthrough false fileprivate final for func get guard if import in indirect \
    init inout internal is isolated lazy let mutating nil nonisolated nonmutating open operator override package \
    precedencegroup private protocol public repeat rethrows return self Self sending set some static struct subscript \
    super switch throw throws true try typealias unowned var weak where while
    """, blocks: [slashStar, ("\"\"\"", "\"\"\"", .string)], quotes: "\"")
  private static let python = CodeLanguage(
    """
    and as assert async await break case class continue def del elif else except False finally for from global if \
    import in is lambda match None nonlocal not or pass raise return self True try while with yield
    """, comments: ["#"], blocks: [("\"\"\"", "\"\"\"", .string), ("'''", "'''", .string)])
  private static let javaScript = CodeLanguage(
    """
    abstract any as async await boolean break case catch class const continue debugger declare default delete do else \
    enum export extends false finally for from function get if implements import in instanceof interface keyof let \
    namespace never new null number of private protected public readonly return set static string super switch this \
    throw true try type typeof undefined unknown var void while with yield
    """, blocks: [slashStar, ("`", "`", .string)])
  private static let rust = CodeLanguage(
    """
    as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut \
    pub ref return self Self static struct super trait true type unsafe use where while
    """, blocks: [slashStar])
  private static let go = CodeLanguage(
    """
    break case chan const continue default defer else fallthrough false for func go goto if import interface map nil \
    package range return select struct switch true type var
    """, blocks: [slashStar, ("`", "`", .string)])
  private static let c = CodeLanguage(
    """
    alignas auto bool break case catch char class const constexpr continue default delete do double else enum explicit \
    extern false float for friend goto if inline int long mutable namespace new noexcept nullptr operator override \
    private protected public register restrict return short signed sizeof static static_cast struct switch template \
    this throw true try typedef typename union unsigned using virtual void volatile while
    """, blocks: [slashStar])
  private static let java = CodeLanguage(
    """
    abstract assert boolean break byte case catch char class const continue data default do double else enum extends \
    false final finally float for fun if implements import in instanceof int interface is long native new null object \
    override package private protected public record return sealed short static super switch synchronized this throw \
    throws transient true try val var void volatile when while
    """, blocks: [slashStar, ("\"\"\"", "\"\"\"", .string)])
  private static let shell = CodeLanguage(
    """
    alias case cd declare do done echo elif else esac eval exec exit export fi for function if in local read readonly \
    return set shift source sudo then trap unset until while
    """, comments: ["#"])
  private static let json = CodeLanguage("true false null", blocks: [slashStar], quotes: "\"")
  private static let sql = CodeLanguage(
    """
    add all alter and as asc begin between by case check column commit conflict constraint create cross database \
    default delete desc distinct do drop else end exists foreign from full group having if in index inner insert into \
    is join key left like limit not null nulls offset on or order outer over partition primary references returning \
    right rollback select set table then to transaction trigger union unique update using values view when where with
    """, comments: ["--"], blocks: [slashStar], ignoresCase: true)
  private static let yaml = CodeLanguage("true false null yes no on off", comments: ["#"])
}
