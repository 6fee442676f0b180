import Canvas
import Testing

@testable import FiedlerUI

@Suite("Key names") struct KeySyntaxTests {
  @Test(
    "Names are read as terminals report the keys",
    arguments: [
      ("ctrl-x", Key.control("x")), ("Ctrl-X", .control("x")), ("alt-enter", Key(.enter, .alt)),
      ("f5", Key(.function(5))),
      ("space", Key(.character(" "))), ("pgdn", Key(.pageDown)), ("esc", Key(.escape)), ("tab", Key(.tab)),
      ("shift-tab", Key(.tab, .shift)), ("y", Key(.character("y"))), ("Y", Key(.character("Y"))),
      ("shift-y", Key(.character("Y"))), ("ctrl-i", Key(.tab)), ("ctrl-m", Key(.enter)), ("-", Key(.character("-"))),
      ("ctrl--", .control("-")), ("+", Key(.character("+"))), ("alt-left", Key(.left, .alt)),
      ("é", Key(.character("é"))),
    ])
  func read(text: String, key: Key) { #expect(KeySyntax.key(text) == key) }

  @Test(
    "What is no key is none",
    arguments: [
      "", "hyper-x", "ctrl-", "f25", "f0", "f+1", "f-1", "f9223372036854775807", "f-9223372036854775808",
      "f9223372036854775808", "f1e308", "fNaN", "xy", "\u{7}", "ctrl-alt",
    ])
  func refused(text: String) { #expect(KeySyntax.key(text) == nil) }

  @Test("Every key of the table has a name that is read back") func roundTrip() {
    for key in Actions.all.flatMap({ $0.bindings.flatMap(\.keys) }) {
      #expect(KeySyntax.key(KeySyntax.name(key)) == key, "\(KeySyntax.name(key))")
    }
  }

  @Test("A changed key frees the old one everywhere, but not where only it can be used") func everywhere() {
    let map = KeyMap([KeyChange(.tree, keys: [Key(.function(5))]), KeyChange(.moveDown, keys: [Key(.character("n"))])])
    #expect(map.action(for: .control("t"), in: [.emptyPrompt]) == nil)
    #expect(map.action(for: Key(.function(5)), in: [.tree]) == .tree)
    #expect(map.action(for: Key(.down), in: [.picker]) == .moveDown)
    #expect(map.action(for: Key(.character("n")), in: [.picker]) == nil)
    #expect(map.action(for: Key(.down), in: [.history]) == nil)
  }

  @Test("An action without keys loses them all; a place has its own") func places() {
    let map = KeyMap([KeyChange(.help, keys: []), KeyChange(.copy, in: .pane, keys: [Key(.character("Y"))])])
    #expect(map.keys(of: .help).isEmpty)
    #expect(map.action(for: Key(.character("y")), in: [.pane]) == nil)
    #expect(map.action(for: Key(.character("y")), in: [.replay]) == .copy)
  }
}
