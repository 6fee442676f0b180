import TestSupport
import Testing

@testable import Conversations

@Suite("The difference of two texts, word by word")
struct WordDiffTests {
  /// What the hunks make of both texts; the old one must come back, and so must the new one.
  private func expectExact(
    _ diff: WordDiff, _ old: String, _ new: String, at location: SourceLocation = #_sourceLocation
  ) {
    let (oldBytes, newBytes) = (Array(old.utf8), Array(new.utf8))
    var (oldMade, newMade): ([UInt8], [UInt8]) = ([], [])
    var kinds: [WordDiff.Kind] = []
    for hunk in diff.hunks {
      #expect(
        hunk.old.lowerBound == oldMade.count && hunk.new.lowerBound == newMade.count, sourceLocation: location)
      switch hunk.kind {
      case .same:
        oldMade += newBytes[hunk.new]
        newMade += oldBytes[hunk.old]
      case .removed:
        #expect(hunk.new.isEmpty, sourceLocation: location)
        oldMade += oldBytes[hunk.old]
      case .added:
        #expect(hunk.old.isEmpty, sourceLocation: location)
        newMade += newBytes[hunk.new]
      }
      kinds.append(hunk.kind)
    }
    #expect(
      oldMade == oldBytes && newMade == newBytes, "\(old.debugDescription) \(new.debugDescription)",
      sourceLocation: location)
    for (first, second) in zip(kinds, kinds.dropFirst()) {
      #expect(first != second && !(first == .added && second == .removed), sourceLocation: location)
    }
  }

  private func unified(_ old: String, _ new: String, by unit: WordDiff.Unit = .words) -> String {
    let diff = WordDiff(from: old, to: new, by: unit)
    expectExact(diff, old, new)
    return diff.unified(old, new)
  }

  @Test("Changed words stand between unchanged ones")
  func words() {
    #expect(unified("the quick fox jumps", "the slow fox leaps") == "the [-quick-]{+slow+} fox [-jumps-]{+leaps+}")
    #expect(unified("", "") == "")
    #expect(unified("same", "same") == "same")
    #expect(unified("", "all new") == "{+all new+}")
    #expect(unified("all gone", "") == "[-all gone-]")
    #expect(unified("a b c", "a c") == "a [-b -]c")
    #expect(unified("let x = 1;\n", "let x = 2;\n") == "let x = [-1-]{+2+};\n")
  }

  @Test("Changes with only a blank or a mark between them are one; additions alone stay apart")
  func glue() {
    #expect(unified("see quick brown foxes", "see slow red foxes") == "see [-quick brown-]{+slow red+} foxes")
    #expect(unified("a.b here", "c.d here") == "[-a.b-]{+c.d+} here")
    #expect(unified("one, two", "uno, due") == "[-one, two-]{+uno, due+}")
    #expect(unified("is new", "it is so new") == "{+it +}is {+so +}new")
    #expect(unified("x\ny", "p\nq") == "[-x-]{+p+}\n[-y-]{+q+}", "a line end is no glue")
  }

  @Test("Ideographs are compared one by one; accents, joined emoji and flags are never cut")
  func scripts() {
    #expect(unified("我喜欢红茶", "我喜欢绿茶") == "我喜欢[-红-]{+绿+}茶")
    #expect(unified("cafe\u{301} noir", "cafe\u{300} noir") == "[-cafe\u{301}-]{+cafe\u{300}+} noir")
    #expect(unified("👩‍🔬 works", "👩‍🚀 works") == "[-👩‍🔬-]{+👩‍🚀+} works")
    #expect(unified("👍🏽", "👍🏿") == "[-👍🏽-]{+👍🏿+}")
    #expect(unified("🇩🇪!", "🇩🇰!") == "[-🇩🇪-]{+🇩🇰+}!")
    #expect(unified("Straße für Öl", "Straße ohne Öl") == "Straße [-für-]{+ohne+} Öl")
    #expect(unified("один два", "один три") == "один [-два-]{+три+}")
  }

  @Test("Line ends are kept as they are, those of two bytes too")
  func lineEnds() {
    #expect(unified("a\r\nb", "a\nb") == "a[-\r\n-]{+\n+}b")
    #expect(unified("a\nb\n", "a\nb") == "a\nb[-\n-]")
    #expect(unified("a\r", "a\r\n") == "a[-\r-]{+\r\n+}")
    #expect(unified("\n\n\n", "\n") == "\n[-\n\n-]")
  }

  @Test("By lines, a line with a change is replaced whole")
  func lines() {
    #expect(unified("a b\nc d\ne", "a b\nc x\ne", by: .lines) == "a b\n[-c d\n-]{+c x\n+}e")
    #expect(unified("a", "a\n", by: .lines) == "[-a-]{+a\n+}")
  }

  @Test("Changes and their part of the texts are counted")
  func figures() {
    let diff = WordDiff(from: "aa bb cc dd", to: "aa xx cc dd ee")
    #expect(diff.changeCount == 2)
    #expect(diff.difference == 7.0 / 25)
    #expect(WordDiff(from: "", to: "").difference == 0)
    #expect(WordDiff(from: "a", to: "b").difference == 1)
    #expect(WordDiff(from: "a", to: "a").changeCount == 0)
  }

  private static let atoms = [
    "the", "a", "of", "retry", "x", "1", " ", "  ", "\t", "\n", "\r\n", "\r", ".", ",", "(", ")", "é", "e\u{301}", "漢",
    "字", "👩‍🚀", "🏳️‍🌈", "\u{200D}", "\u{301}", "\u{FE0F}", "\u{1F3FD}", "\u{0}", "한국", "สวัสดี", "नमस्ते", "_", "🇩🇪",
  ]

  @Test("Whatever is edited, the difference gives both texts back byte for byte")
  func anyEdit() {
    var random = Seeded(1)
    for round in 0..<400 {
      let length = Int.random(in: 0...(round % 10 == 0 ? 400 : 40), using: &random)
      var parts = (0..<length).map { _ in Self.atoms.randomElement(using: &random) ?? "" }
      let old = parts.joined()
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let start = Int.random(in: 0...parts.count, using: &random)
        let end = min(parts.count, start + Int.random(in: 0...5, using: &random))
        let put = (0..<Int.random(in: 0...5, using: &random)).map { _ in Self.atoms.randomElement(using: &random) ?? ""
        }
        parts.replaceSubrange(start..<end, with: put)
      }
      let new = parts.joined()
      for unit in [WordDiff.Unit.words, .lines] { expectExact(WordDiff(from: old, to: new, by: unit), old, new) }
    }
  }

  @Test("An edit in a long text is found and nothing else, even where no word is unique")
  func longTexts() {
    let unique = (1...3_000).map { "line \($0) of the text\n" }.joined()
    let edited = unique.replacing("line 1500 of", with: "line 1500 off").replacing("line 7 ", with: "lime 7 ")
    #expect(WordDiff(from: unique, to: edited).changeCount == 2)
    let repeated = String(repeating: "over and over the same words come\n", count: 500)
    let middle = repeated.utf8.count / 2
    let at = repeated.utf8.index(repeated.startIndex, offsetBy: middle - middle % 34)
    let more = "new at the start\n" + repeated[..<at] + "new in the middle\n" + repeated[at...]
    let diff = WordDiff(from: repeated, to: more)
    expectExact(diff, repeated, more)
    #expect(diff.difference < 0.2, "\(diff.difference)")
  }

  /// Texts that give no anchors, or few, or too many.
  private static func hostile(_ size: Int) -> [(String, String)] {
    var random = Seeded(3)
    func words(_ count: Int, _ word: (Int) -> String) -> String { (0..<count).map(word).joined(separator: " ") }
    return [
      (words(size) { "a\($0)" }, words(size) { "b\($0)" }),
      (words(size) { "w\($0)" }, words(size) { "w\(size - $0)" }),
      (
        words(size) { _ in "ab".randomElement(using: &random).map(String.init) ?? "" },
        words(size) { _ in "ab".randomElement(using: &random).map(String.init) ?? "" }
      ),
      (
        words(size) { _ in "w\(Int.random(in: 0..<size, using: &random))" },
        words(size) { _ in "w\(Int.random(in: 0..<size, using: &random))" }
      ),
      (String(repeating: "a", count: size * 6), String(repeating: "!", count: size * 6)),
      (String(repeating: "? ", count: size), String(repeating: "\n", count: size)),
    ]
  }

  @Test("The steps are bounded by the texts' length, even where nothing fits together")
  func worstCase() {
    for (old, new) in Self.hostile(4_000) {
      var steps = 0
      let diff = WordDiff(from: old, to: new, by: .words) { steps = $0 }
      expectExact(diff, old, new)
      #expect(steps <= 64 * (old.utf8.count + new.utf8.count) + 65_536)
    }
  }
}
