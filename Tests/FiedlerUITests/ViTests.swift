import Canvas
import Testing

@testable import FiedlerUI

@Suite("Editor: vi keys")
struct ViTests {
  typealias Row = (text: String, keys: String, result: String)

  private func check(_ row: Row) {
    var editor = Editor.vi(row.text)
    editor.press(row.keys)
    #expect(editor.marked == row.result, "\(row.text.debugDescription) \(row.keys)")
  }

  @Test(
    "Motions",
    arguments: [
      ("a|bc", "h", "|abc"), ("|abc", "h", "|abc"), ("|abc", "2l", "ab|c"), ("|abc", "9l", "ab|c"),
      ("ab|c", "l", "ab|c"), ("|e\u{301}x", "l", "e\u{301}|x"), ("|👨‍👩‍👧‍👦日x", "2l", "👨‍👩‍👧‍👦日|x"),
      ("ab|cd\nx\nefgh", "j", "abcd\n|x\nefgh"), ("ab|cd\nx\nefgh", "jj", "abcd\nx\nef|gh"),
      ("ab|cd\nx\nefgh", "2j", "abcd\nx\nef|gh"), ("abcd\nx\nef|gh", "kk", "ab|cd\nx\nefgh"),
      ("a|bcd\nx\nefgh", "$jj", "abcd\nx\nefg|h"), ("a|b\ncd", "9j", "ab\nc|d"),
      ("|one two", "w", "one |two"), ("|one.two", "w", "one|.two"), ("|one.two x", "W", "one.two |x"),
      ("|one\n\ntwo", "w", "one\n|\ntwo"), ("|one\n\ntwo", "2w", "one\n\n|two"), ("|one", "w", "on|e"),
      ("one t|wo", "b", "one |two"), ("one |two", "b", "|one two"), ("one.t|wo", "2b", "one|.two"),
      ("a one.t|wo", "B", "a |one.two"), ("one\n\n|two", "b", "one\n|\ntwo"),
      ("|one two", "e", "on|e two"), ("on|e two", "e", "one tw|o"), ("|one.x two", "E", "one.|x two"),
      ("on|e\n\ntwo", "e", "one\n\ntw|o"), ("|a_b c", "e", "a_|b c"),
      ("  a|b", "0", "|  ab"), ("  ab|c", "^", "  |abc"), ("|abc", "$", "ab|c"), ("a|b\n\nc", "2$", "ab\n|\nc"),
      ("a\n  b\nc|d", "gg", "|a\n  b\ncd"), ("|a\n  b\ncd", "G", "a\n  b\n|cd"), ("|a\n  b\ncd", "2G", "a\n  |b\ncd"),
      ("|a\nb\nc", "2gg", "a\n|b\nc"),
      ("|a.b.c", "f.", "a|.b.c"), ("|a.b.c", "2f.", "a.b|.c"), ("|a.b.c", "3f.", "|a.b.c"), ("|ab.c", "t.", "a|b.c"),
      ("a.b.|c", "F.", "a.b|.c"), ("a.bc|d", "T.", "a.|bcd"), ("|a.b.c", "f.;", "a.b|.c"),
      ("|a.b.c", "t.;", "a.|b.c"),
      ("|a.b.c", "2f.,", "a|.b.c"), ("|日本。x", "f。", "日本|。x"),
      ("|a\nb\n\nc", "}", "a\nb\n|\nc"), ("a\n\nb\n|c", "{", "a\n|\nb\nc"), ("a\n|b", "}", "a\n|b"),
      ("|f(a[1]) b", "%", "f(a[1]|) b"), ("f(a[1]|) b", "%", "f|(a[1]) b"), ("f(|a[1]) b", "%", "f(a[1|]) b"),
      ("|{\n (x)\n}", "%", "{\n (x)\n|}"), ("|a(b", "%", "|a(b"), ("|abc", "<BS>", "|abc"),
      ("|", "wbe$0GjkhlfxP", "|"),
    ] as [Row])
  func motions(_ row: Row) { check(row) }

  @Test(
    "Operators, with motions, counts and lines",
    arguments: [
      ("|one two", "dw", "|two"), ("|one two three", "2dw", "|three"), ("|one two three", "d2w", "|three"),
      ("one |two", "dw", "one| "), ("|one\ntwo", "dw", "|\ntwo"), ("a |b\n  c", "dw", "a| \n  c"),
      ("one t|wo", "db", "one |wo"), ("|one two", "de", "| two"), ("o|ne", "d$", "|o"), ("o|ne", "D", "|o"),
      ("one| two", "d0", "| two"), ("a|b.c", "df.", "a|c"), ("a|b.c", "dt.", "a|.c"), ("ab.c|d", "dF.", "ab|d"),
      ("ab.c|d", "dT.", "ab.|d"), ("|f(a) b", "d%", "| b"), ("a|bc", "x", "a|c"), ("a|bc", "5x", "|a"),
      ("a|bc", "X", "|bc"), ("|abc", "X", "|abc"), ("|e\u{301}👨‍👩‍👧‍👦x", "xx", "|x"), ("|", "x", "|"),
      ("|ab", "cb<Esc>", "|ab"), ("|ab", "chx<Esc>", "|xab"), ("a|bc", "vlJ", "a|bc"),
      ("|", "sx<Esc>", "|x"), ("a\n\n|b", "cbx<Esc>", "a\n|x\nb"),
      ("|a b\nc\nd", "d2$", "|d"), ("|", "ciwx<Esc>", "|x"), ("a\n|\nb", "Vd", "a\n|b"),
      ("|ab\ncd", "Vjiwd", "|"),
      ("a\nb|c", "ygg", "|a\nbc"), ("ab\nc|d", "yk", "a|b\ncd"), ("a|b", "yip", "|ab"),
      ("a\nb|\nc", "dd", "a\n|c"), ("a\n|c", "dd", "|a"), ("|a", "dd", "|"), ("|a\nb\nc", "2dd", "|c"),
      ("|a\nb\nc", "dj", "|c"), ("a\nb\n|c", "dk", "|a"), ("a\n|b\nc", "dG", "|a"), ("a\nb\n|c", "dgg", "|"),
      ("|a\nb\n\nc", "d}", "|\nc"), ("x|a\nb\n\nc", "d}", "|x\n\nc"), ("|abc", "d<Esc>l", "a|bc"),
      ("|one two", "cwx<Esc>", "|x two"), ("|a b", "cwx<Esc>", "|x b"), ("|one two z", "c2wx<Esc>", "|x z"),
      ("one| two", "cwx<Esc>", "one|xtwo"), ("a\n b|c\nd", "ccx<Esc>", "a\n|x\nd"), ("a|bc", "Cx<Esc>", "a|x"),
      ("a|bc", "sx<Esc>", "a|xc"), ("ab\nc|d", "Sx<Esc>", "ab\n|x"), ("|abc", "2sx<Esc>", "|xc"),
      ("|one two", "ywP", "one| one two"), ("|a\nb", "yyp", "a\n|a\nb"), ("a\n|b", "yyP", "a\n|b\nb"),
      ("|a\nb\nc", "yjGp", "a\nb\nc\n|a\nb"), ("|a\nb", "Yjp", "a\nb\n|a"), ("|ab", "xp", "b|a"),
      ("|ab", "x3p", "baa|a"),
      ("|a\nb", "yy2p", "a\n|a\na\nb"), ("|a\nb", "ddp", "b\n|a"), ("one |two", "ybp", "oone| ne two"),
      ("|ab", "rx", "|xb"), ("|ab", "2rx", "x|x"), ("|ab", "3rx", "|ab"), ("|ab", "r日", "|日b"),
      ("|aBc", "~~~", "Ab|C"), ("|abc", "2~", "AB|c"), ("|a\n  b\nc", "J", "a| b\nc"), ("|a\nb\nc", "3J", "a b| c"),
      ("|a \nb", "J", "a |b"), ("|(a\n)", "J", "(a|)"), ("|a", "J", "|a"), ("|a\n\n\nb", "4J", "a| b"),
      ("|a\n \n)", "3J", "a|)"), ("|\n  a\nb", "3J", "a| b"), ("|a\nb", "99J", "a| b"),
      ("|a \n\u{301}b", "J", "a \u{301}|b"),
    ] as [Row])
  func operators(_ row: Row) { check(row) }

  @Test(
    "Text objects",
    arguments: [
      ("one t|wo three", "diw", "one | three"), ("one t|wo three", "daw", "one |three"), ("one t|wo", "daw", "on|e"),
      ("one|  two", "diw", "one|two"), ("a o|ne.b c", "daW", "a |c"), ("|one two three", "d2aw", "|three"),
      ("say \"he|llo\" x", "di\"", "say \"|\" x"), ("say \"he|llo\" x", "da\"", "say |x"),
      ("|say 'hello' x", "ci'yo<Esc>", "say 'y|o' x"), ("|a", "di\"", "|a"),
      ("f(a, (b|), c)", "di(", "f(a, (|), c)"), ("f(a, (b), |c)", "di(", "f(|)"),
      ("f(a, |(b), c)", "da(", "f(a, |, c)"),
      ("f(a\n|b)", "dib", "f(|)"), ("|a(b)", "di(", "|a(b)"), ("x[1,|2]", "ci[3<Esc>", "x[|3]"),
      ("{a|b}", "diB", "{|}"),
      ("a\n\nb\n|c\n\nd", "dip", "a\n\n|\nd"), ("a\n\nb\n|c\n\nd", "dap", "a\n\n|d"), ("a\n\n|b", "dap", "|a"),
      ("|one two", "yiwP", "on|eone two"), ("日本|語 x", "diw", "| x"),
    ] as [Row])
  func objects(_ row: Row) { check(row) }

  @Test(
    "Insertions, undo and repetition",
    arguments: [
      ("a|b", "ix<Esc>", "a|xb"), ("a|b", "ax<Esc>", "ab|x"), ("  a|b", "Ix<Esc>", "  |xab"),
      ("|ab", "Ax<Esc>", "ab|x"),
      ("a|b\nc", "ox<Esc>", "ab\n|x\nc"), ("a\n|b", "Ox<Esc>", "a\n|x\nb"), ("|b", "3ixy<Esc>", "xyxyx|yb"),
      ("|a", "2ox<Esc>", "a\nx\n|x"), ("a|b", "i<Esc>", "|ab"), ("|", "ia<NL>b<Esc>", "a\n|b"),
      ("|ab", "ixyz<Esc>u", "|ab"), ("|one two", "cwx y<Esc>u", "|one two"), ("a|b", "oc<NL>d<Esc>u", "a|b"),
      ("|abc", "xxuu", "|abc"), ("|abc", "xx2u", "|abc"), ("|abc", "xxuu<C-r>", "|bc"), ("|abc", "xxuu2<C-r>", "|c"),
      ("|abc", "x.", "|c"), ("|abcd", "x2.", "|d"), ("|a b c d", "dw.", "|c d"), ("|a b c d", "dw2.", "|d"),
      ("|a b c", "cwx<Esc>w.w.", "x x |x"), ("|a", "ob<Esc>.", "a\nb\n|b"), ("|a\nb\nc", "dd.", "|c"),
      ("|a b", "Ax<Esc>0.", "a bx|x"), ("|ab", "iy<Esc>2.", "y|yyab"), ("|a.b.c.d", "df..", "|c.d"),
      ("|abcd", "xu.", "|bcd"), ("|a b", "ion <C-w>x<Esc>", "|xa b"), ("|abc", "dwi<C-y><Esc>", "ab|c"),
      ("|abc", ".", "|abc"), ("|abc", "rx;l.", "x|xc"), ("|ab\ncd", "yyjp.", "ab\ncd\nab\n|ab"),
    ] as [Row])
  func insertions(_ row: Row) { check(row) }

  @Test(
    "Visual modes",
    arguments: [
      ("|abcd", "vld", "|cd"), ("ab|cd", "vhd", "a|d"), ("|one two", "ve~", "|ONE two"), ("|abc", "vlrx", "|xxc"),
      ("|one two", "vecx<Esc>", "|x two"), ("|one two", "wvey0P", "tw|oone two"), ("|a\nb\nc", "Vd", "|b\nc"),
      ("|a\nb\nc", "Vjd", "|c"), ("a\n|b\nc", "VkyGp", "a\nb\nc\n|a\nb"), ("|a\nb\nc", "VjJ", "a| b\nc"),
      ("ab|cd", "vohd", "a|d"), ("|abcd", "vl<Esc>x", "a|cd"), ("|ab\ncd", "vjd", "|d"), ("|ab\ncd", "vVd", "|cd"),
      ("|ab\ncd", "Vvd", "|b\ncd"), ("|abcdef", "vld.", "|ef"), ("|a\nb\nc\nd", "Vjd.", "|"),
      ("|a b c", "ylwvp", "a |a c"), ("x (|a b) y", "vi(d", "x (|) y"), ("o|ne two", "viwd", "| two"),
      ("a\n|b\nc\n\nd", "vipd", "|\nd"), ("|a\n\nb", "jvd", "a\n|b"), ("|abc", "vvx", "|bc"), ("|ab\nc", "vD", "|c"),
      ("|ab\nc", "vSx<Esc>", "|x\nc"), ("|a\nb", "yyjVp", "a\n|a"),
    ] as [Row])
  func visual(_ row: Row) { check(row) }

  @Test("A chip is one character of a command")
  func chips() {
    var editor = Editor(text: "a")
    editor.apply(.insertChip("long\npaste"), .insert("b"))
    editor.keys = .vi
    editor.press("<Esc>0")
    for (keys, text) in [
      ("wx", "ab"), ("u", "along\npasteb"), ("d2l", "a"), ("u", "along\npasteb"), ("~", "along\npasteb"),
      ("0yyp", "along\npasteb\nalong\npasteb"),
    ] {
      editor.press(keys)
      #expect(editor.text == text, "\(keys)")
    }
  }

  @Test("At the first and last line k and j recall prompts; in visual mode they do not")
  func recall() {
    var editor = Editor.vi("draft\n|x")
    editor.history = ["one", "two"]
    editor.press("kk")
    #expect(editor.marked == "tw|o")
    editor.press("kj")
    #expect(editor.marked == "tw|o")
    editor.press("vkk<Esc>j")
    #expect(editor.text == "draft\nx")
  }

  @Test("Slash begins a command in an empty prompt and a search in another")
  func slash() {
    var editor = Editor.vi("|")
    editor.history = ["earlier one"]
    editor.press("/he")
    #expect(editor.marked == "/he|")
    editor.press("<Esc>/one<CR>")
    #expect(editor.text == "earlier one" && editor.takesCommands)
  }

  @Test("What is typed after a change of another kind is a step of its own")
  func steps() {
    var editor = Editor()
    editor.keys = .vi
    editor.press("one")
    editor.apply(.clear)
    editor.press("two<Esc>u")
    #expect(editor.text == "")
    editor.press("u")
    #expect(editor.text == "one")
    _ = editor.submit()
    #expect(editor.modeWords == "INSERT")
  }
}
