@testable import Canvas
@testable import Conversations
@testable import FiedlerUI
import FoundationEssentials
@testable import TerminalDriver

/// Whatever a terminal sends, it means the same in one read as in several, the parser comes to rest after its pauses,
/// and what is typed is no control character.
@Sendable func fuzzInput(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  let step = 1 + input.byte() % 32
  let data = Array(input.rest)
  var parser = InputParser()
  var inputs: [Input] = []
  for begin in stride(from: 0, to: data.count, by: step) {
    inputs += Array(data[begin..<min(data.count, begin + step)]).withUnsafeBufferPointer { parser.feed($0) }
  }
  var whole = InputParser()
  let atOnce = data.withUnsafeBufferPointer { whole.feed($0) }
  // These lead out of a paste whose end is lost, if they come alone.
  if !data.contains(where: { [0x03, 0x11].contains($0) }) {
    check(meaning(inputs) == meaning(atOnce) && parser.state == whole.state, "cuts change nothing")
  }
  for _ in 0..<8 where parser.pause != nil { inputs += parser.timeOut() }
  check(parser.pause == nil, "silence ends what was begun")
  for case .key(let key) in inputs {
    guard case .character(let character) = key.code else { continue }
    for scalar in character.unicodeScalars {
      check(scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value), "no control character is typed")
    }
  }
}

/// A letter, however it came, or what is none.
private enum Meaning: Equatable {
  case letter(Unicode.Scalar)
  case pasted([Unicode.Scalar])
  case input(Input)
}

/// What inputs say, whether a text came at once, and so as one piece, or key by key.
private func meaning(_ inputs: [Input]) -> [Meaning] {
  var said: [Meaning] = []
  // A line end of two characters is one line end in a text that comes at once.
  func say(_ scalar: Unicode.Scalar) {
    if scalar != "\n" || said.last != .letter("\n") { said.append(.letter(scalar)) }
  }
  for input in inputs {
    switch input {
    case .burst(let text): text.unicodeScalars.forEach(say)
    case .paste(let text): said.append(.pasted(Array(text.unicodeScalars)))
    case .key(Key(.enter)), .key(Key(.character("j"), .control)): say("\n")
    case .key(Key(.tab)): say("\t")
    case .key(let key):
      if case .character(let character) = key.code, key.modifiers.isEmpty {
        character.unicodeScalars.forEach(say)
      } else {
        said.append(.input(input))
      }
    default: said.append(.input(input))
    }
  }
  return said
}

private let special: [Key] = [
  Key(.enter), Key(.backspace), Key(.up), Key(.down, .shift), Key(.left, .control), Key(.right, .shift), Key(.home),
  Key(.end), Key(.pageUp), Key(.pageDown), Key(.delete), Key(.tab), Key(.character("漢")),
  Key(.character("e\u{301}")), Key(.character("👨‍👩‍👧")), Key(.character("\u{202E}")), Key(.escape), Key(.down),
  Key(.left), Key(.right), Key(.tab, .shift), Key(.insert), Key(.up, .alt), Key(.function(1)), Key(.function(12)),
]

/// A key for each byte.
private func key(_ byte: Int) -> Key {
  switch byte {
  case 0x1B: return Key(.escape)
  case 1..<0x1B: return Key(.character(Character(Unicode.Scalar(UInt8(byte + 0x60)))), .control)
  case 0x20..<0x7F: return Key(.character(Character(Unicode.Scalar(UInt8(byte)))))
  case 0xA0..<0xC0: return .alt(Character(Unicode.Scalar(UInt8(byte - 0xA0 + 0x60))))
  default: return special[byte % special.count]
  }
}

/// Any keys: the cursor stays in the text, and its length is known.
@Sendable func fuzzEditor(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  let texts = ["", "one two (three) \"four\"\n\nfive\tsix\n漢字 e\u{301}x\n", "a\r\nb\u{0}c\u{1B}[31m\n"]
  var editor = Editor(text: texts[input.byte() % texts.count])
  if input.byte() & 1 == 1 { editor.keys = .vi }
  editor.history = ["old", "older\nlines", ""]
  editor.viewport = Size(width: 1 + input.byte() % 30, height: 1 + input.byte() % 6)
  for byte in input.rest.prefix(400) {
    let key = key(Int(byte))
    if !(editor.keys == .vi && editor.takeVi(key)), let action = editor.action(for: key) { editor.apply(action) }
    guard editor.utf8Count < 20_000 else { return }
    let lines = editor.document.lines
    check(
      editor.cursor.line < lines.count && editor.cursor.column <= lines[editor.cursor.line].count,
      "the cursor is in the text")
    check(editor.utf8Count == editor.text.utf8.count, "the length is the text's")
    var frame = Frame(editor.viewport)
    editor.draw(in: Rect(editor.viewport), frame: &frame, theme: .fallback, focused: true)
  }
}

/// Any keys, pastes, clicks and sizes, between answers that come: each screen can be drawn, as large as the terminal
/// is.
@Sendable func fuzzScreens(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  var state = AppState(launchedAt: Date(timeIntervalSince1970: 1_700_000_000), health: LogHealth(state: .connected))
  let models = ["a", "b"].map { ModelReference(provider: "test", name: $0) }
  var now = Duration.zero
  var sent = 0
  func tell(_ message: Message) {
    for case .send(let draft) in update(&state, message) {
      sent += 1
      let prompt = Prompt(
        id: UUID(), parent: draft.parent, turnNumber: sent * 3, text: draft.text, system: draft.system,
        attachments: [], models: draft.models, sentAt: Date(timeIntervalSince1970: 1_700_000_000))
      let replies = draft.models.map { Reply(id: UUID(), model: $0, startedAt: prompt.sentAt) }
      _ = update(
        &state, .sendStarted(Exchange(prompt: prompt, replies: replies), in: draft.conversation ?? UUID()))
      for reply in replies {
        _ = update(
          &state,
          .events([
            ReplyEvent(reply: reply.id, at: now, event: .firstToken),
            ReplyEvent(
              reply: reply.id, at: now, event: .text("# a\n- **b** `c` 漢\n```\nd\n```\n|a|b|\n|-|-|\n|1|2|\n")),
          ]))
      }
    }
  }
  tell(.input(.resize(Size(width: 20 + input.byte() % 100, height: 6 + input.byte() % 40))))
  tell(.modelsLoaded(models.map { ModelChoice(reference: $0) }, defaults: models))
  for byte in input.rest.prefix(300) {
    switch byte {
    case 0xC0..<0xC8: tell(.input(.paste("line\n\u{1B}[31m漢\u{202E}\n")))
    case 0xC8..<0xD0: tell(.input(.resize(Size(width: 1 + Int(byte & 7) * 20, height: 1 + Int(byte & 7) * 7))))
    case 0xD0..<0xD8:
      now += .milliseconds(700)
      tell(.tick(now: now))
    default: tell(.input(.key(key(Int(byte)))))
    }
    let frame = view(state, size: state.size, theme: .fallback, now: now)
    check(frame.size == state.size, "the screen is as large as the terminal")
  }
}
