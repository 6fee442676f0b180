import Canvas
import ConfigurationReading
import FiedlerUI
import Settings
import Testing

@testable import FiedlerApp

@Suite("The keys of config.yaml") struct KeyReadingTests {
  private func reading(_ text: String) throws -> KeyReading { try Settings.parse(text).settings.keyMap() }

  private func problems(_ text: String) throws -> [String] { try reading(text).problems.map(\.description) }

  @Test("A key, a list, a place, and none at all") func read() throws {
    let reading = try reading("keys: {send: [alt-enter, F5], palette: ctrl-k, pane.copy: X, suspend: [], redraw: null}")
    #expect(reading.problems.isEmpty)
    #expect(reading.map.keys(of: .send) == [Key(.enter, .alt), Key(.function(5))])
    #expect(reading.map.keys(of: .palette) == [.control("k")])
    #expect(reading.map.keys(of: .copy, in: [.pane]) == [Key(.character("X"))])
    #expect(reading.map.keys(of: .copy, in: [.replay]) == [Key(.character("y"))])
    #expect(reading.map.keys(of: .suspend).isEmpty && reading.map.keys(of: .redraw).isEmpty)
  }

  @Test("Unknown actions, places and keys are named with line and way out, and the default keys stay")
  func unknown() throws {
    let text = """
      theme: fiedler-dark
      keys:
        pallete: ctrl-k
        prompt.copy: X
        send: hyper-x
        quit: ctrl-x
      """
    #expect(
      try problems(text) == [
        "config.yaml:3: keys.pallete: there is no such action; did you mean palette?",
        "config.yaml:4: keys.prompt.copy: copy has no keys in \"prompt\"; it has them in pane, selection, replay",
        "config.yaml:5: keys.send: found \"hyper-x\", expected a key such as ctrl-k, alt-enter, shift-tab, f5, pgdn, "
          + "space, esc or a letter",
      ])
    #expect(try reading(text).map.keys(of: .quit) == [.control("q")])
  }

  @Test("A key with two meanings names file, line, key and both actions") func conflict() throws {
    #expect(
      try problems("keys:\n  zoom: c\n") == [
        "config.yaml:2: keys.zoom: c means both “Zoom the pane” (zoom) and “Stop this answer” (cancel)"
      ])
    #expect(try problems("keys: {zoom: c, cancel: x}") == [])
  }

  @Test("A letter that the prompt could not be typed with any more is refused") func typed() throws {
    #expect(try problems("keys: {send: x}").count == 1)
    #expect(try problems("keys: {close: q}").count == 1)
    #expect(try problems("keys: {history: s}").count == 1)
    #expect(try problems("keys: {history: alt-s, toggle: [space, f7]}") == [])
  }

  @Test("The listing names places, keys and actions as the settings take them") func listing() throws {
    let map = try reading("keys: {pane.copy: X, suspend: []}").map
    let lines = KeyListing(map).text.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace) }
    #expect(lines.contains { $0.prefix(3) == ["pane", "X", "copy"] })
    #expect(lines.contains { $0.prefix(3) == ["everywhere", "-", "suspend"] })
    #expect(KeyListing(map).json.contains(#""keys":["X"]"#))
  }
}
