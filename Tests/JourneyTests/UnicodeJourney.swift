import Foundation
import TestSupport
import Testing

/// What terminals and programs measure differently, against a terminal that has its own mind about it.
@Suite("Unicode in a real terminal", .timeLimit(.minutes(4))) struct UnicodeJourney {
  /// A line as its characters, and what each shows as: the first scalar of the cell where it begins.
  struct Line: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var characters: [(typed: String, shown: Unicode.Scalar)]

    init(_ name: String, _ text: String) {
      self.init(name, text.map { (String($0), $0.unicodeScalars.first ?? " ") })
    }

    init(_ name: String, _ characters: [(String, Unicode.Scalar)]) {
      testDescription = name
      self.characters = characters
    }

    var text: String { characters.map(\.typed).joined() }
  }

  static let lines = [
    Line("wide", "日本語と漢字, 全角ＡＢ, 한국어, a日b本c"),
    Line("half width, with a voiced mark of its own column", "ｱｲｳ ｶﾞｷﾞ end"),
    Line("combining", "e\u{301}a\u{308}o\u{323}\u{302} n\u{303}o\u{338} x"),
    Line("more marks than a cell holds", "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}a l\u{332}g\u{489}o"),
    Line("marks of their own column", "नमस्ते க்ஷிநி ที่นี่ กำลัง ок"),
    Line("joined emoji", "a👨‍👩‍👧‍👦b👩🏽‍💻c🏳️‍🌈d"),
    Line("skin tones and selectors", "1👍🏽2❤️3☺️4✈︎5©️6"),
    Line("flags, and half a one", "x🇩🇪y🇫🇷z🇮🇹 \u{1F1E6}!"),
    Line("keycaps", "a1️⃣b#️⃣c*️⃣d"),
    Line("right to left", "a שלום b مرحبا c"),
    Line("ligatures and letters of odd size", "ﷺ ﷽ ﬁ ﬃ Ǆ ꧁x꧂ ⸻ …"),
    Line("syllables in parts", "\u{1112}\u{1161}\u{11AB}x\u{1100}\u{1161}y글"),
    Line(
      "nothing to see",
      [
        ("a", "a"), ("\u{200B}", "·"), ("b", "b"), ("\u{2060}", "·"), ("c", "c"), ("\u{FEFF}", "·"), ("d", "d"),
        ("\u{202E}", "·"), ("e", "e"), ("\u{202C}", "·"), ("f\u{200D}", "f"), ("\u{AD}", "·"), ("g", "g"),
      ]),
    Line(
      "unknown to terminals",
      [("a", "a"), ("\u{1FAE9}", "\u{FFFD}"), ("b", "b"), ("\u{1FADF}", "\u{FFFD}"), ("c", "c")]),
    Line(
      "controls and tabs",
      [("a", "a"), ("\t", " "), ("b", "b"), ("\u{85}", "␤"), ("c", "c"), ("\u{2028}", "␤"), ("d", "d")]),
    Line("longer than a row", String(repeating: "日本語 e\u{301}👍🏽🇩🇪 words ", count: 6) + "end"),
  ]

  private func cursor(_ screen: Screen) -> (place: [Int], character: String) {
    let parts = screen.tmux.value("#{cursor_y},#{cursor_x},#{cursor_character}")
      .split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
    return (parts.prefix(2).compactMap { Int($0) }, parts.count > 2 ? String(parts[2]) : "")
  }

  @Test("In the prompt the cursor stands on the character it is at, wherever it goes", arguments: lines)
  func editor(_ line: Line) async throws {
    let fiedler = try Fiedler(models: "defaults: {models: [demo/quick]}\n")
    let screen = fiedler.open(46, 20)
    try await screen.shows("quick", "Ask them all")
    screen.paste(line.text)
    screen.type("~")
    try await screen.shows("~")
    screen.press("C-a")
    var last: [Int] = []
    for (number, character) in (line.characters + [("~", "~")]).enumerated() {
      if number > 0 { screen.press("Right") }
      var seen = cursor(screen)
      try await eventually("the cursor is on \(number), “\(character.shown)”, not “\(seen.character)” at \(seen.place)")
      {
        seen = cursor(screen)
        return seen.character.unicodeScalars.first == character.shown && (number == 0 || last != seen.place)
      }
      #expect(number == 0 || last.lexicographicallyPrecedes(seen.place), "to the right or a row down, \(number)")
      last = seen.place
    }
    // And back again, a character at a time.
    for character in line.characters.reversed() {
      screen.press("Left")
      var seen = cursor(screen)
      try await eventually("back on “\(character.shown)”, not “\(seen.character)” at \(seen.place)") {
        seen = cursor(screen)
        return seen.character.unicodeScalars.first == character.shown && last != seen.place
      }
      last = seen.place
    }
    screen.type("<")
    try await screen.shows("│ <")
    #expect(try await screen.quit() == 0)
  }

  @Test("In a pane every row ends at its border, and the text in it is what came") func pane() async throws {
    let server = try await ScriptedProviderServer()
    let fiedler = try Fiedler(
      models: """
        providers:
          openai:
            base_url: \(server.baseURL)
            models:
              alpha: {retry_attempts: 1}
        defaults: {models: [alpha]}
        """, environment: ["OPENAI_API_KEY": "sk-1"])
    let answer = Self.lines.map { "- \($0.text)|" }.joined(separator: "\n")
    server.enqueue(
      [.sse([OpenAI.role, OpenAI.text(answer), OpenAI.finish(), OpenAI.usage(prompt: 1, completion: 2), OpenAI.done])],
      forModel: "alpha")
    let (columns, rows) = (70, 50)
    let screen = fiedler.open(columns, rows)
    try await screen.shows("alpha")
    screen.paste(Self.lines.prefix(3).map(\.text).joined(separator: " "))
    screen.press("Enter")
    try await screen.shows(" done ")
    let tmux = screen.tmux
    let lines = screen.text.split(separator: "\n", omittingEmptySubsequences: false)
    tmux.tmux(["copy-mode", "-t", "t"])
    tmux.tmux(["send-keys", "-t", "t", "-X", "top-line"])
    for row in 0..<(rows - 1) {
      tmux.tmux(["send-keys", "-t", "t", "-X", "end-of-line"])
      // Behind the last column that the terminal has something in.
      let place = tmux.value("#{copy_cursor_y},#{copy_cursor_x}")
      if row > 0 { #expect(place == "\(row),\(columns)" && "│┃╮╯".contains(lines[row].last ?? " "), "\(lines[row])") }
      tmux.tmux(["send-keys", "-t", "t", "-X", "cursor-down"])
    }
    tmux.tmux(["send-keys", "-t", "t", "-X", "cancel"])
    for line in Self.lines.prefix(3) {
      #expect(lines.joined().contains(line.text), "\(line.testDescription)")
    }
    #expect(try await screen.quit() == 0)
  }
}
