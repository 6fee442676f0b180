import Canvas
import Foundation
import TestSupport
import Testing

@testable import TerminalDriver

@Suite("Links on the screen") struct LinkTests {
  /// `links` stand at the beginnings of rows, four columns each.
  private func frame(_ links: [String?], text: String = "link") -> Frame {
    var frame = Frame(Size(width: 10, height: links.count))
    for (y, link) in links.enumerated() {
      var cells = Sanitizer.cells(text, style: .plain)
      for index in cells.indices { cells[index].link = link == nil ? 0 : 1 }
      frame.put(cells, links: link.map { [$0] } ?? [], at: Point(x: 0, y: y))
    }
    return frame
  }

  private func overlay(_ depth: ColorDepth) -> Overlay {
    var overlay = Overlay(depth: depth)
    overlay.marksLinks = true
    return overlay
  }

  private func opening(_ text: String, _ row: Int) -> String? {
    let start = text.range(of: "\u{1B}[\(row + 1);1H")?.upperBound
    return start.flatMap { start in text[start...].range(of: "\u{1B}\\").map { String(text[start..<$0.lowerBound]) } }
  }

  @Test("Each row of a link leads to its address and has its id; the cursor stays where ncurses has it")
  func rows() throws {
    var painter = overlay(.direct)
    let text = painter.paint(frame(["https://a.example/x", "https://a.example/x", "https://b.example/"]), over: nil)
    let first = try #require(opening(text, 0))
    #expect(first == opening(text, 1) && first.hasSuffix(";https://a.example/x"))
    #expect(first.hasPrefix("\u{1B}]8;id=") && opening(text, 2)?.hasSuffix(";https://b.example/") == true)
    #expect(opening(text, 2)?.dropLast(18) != first.dropLast(19), "another link has another id")
    #expect(text.hasPrefix("\u{1B}7") && text.hasSuffix("\u{1B}8"))
    #expect(text.components(separatedBy: "link\u{1B}]8;;\u{1B}\\").count == 4)
  }

  @Test("Only rows whose links changed are written, and what is none any more is written without")
  func changes() {
    var painter = overlay(.palette256)
    let one = frame(["https://a.example/", "https://b.example/"])
    #expect(painter.paint(one, over: one) == "")
    #expect(painter.paint(frame([nil, nil]), over: frame([nil, nil])) == "")
    let other = painter.paint(frame(["https://c.example/", "https://b.example/"]), over: one)
    #expect(other.contains("c.example") && opening(other, 0) != nil)
    let gone = painter.paint(frame([nil, "https://b.example/"]), over: one)
    #expect(gone.contains("\u{1B}[1;1H") && gone.contains("link") && !gone.contains("a.example"))
  }

  @Test(
    "A model leads nowhere but to the web and to mail, and cannot end the sequence",
    arguments: [
      "javascript:x", "file:///etc/passwd", "x", "", "https://a/\u{7}", "https://a/\u{1B}\\x", "https://a b",
      "https://a/" + String(repeating: "x", count: 3000),
    ])
  func refused(_ link: String) {
    #expect(Overlay.address(link) == nil)
    var painter = overlay(.direct)
    #expect(!painter.paint(frame([link]), over: nil).contains("]8;id"))
  }

  @Test("Addresses are in ASCII") func ascii() {
    #expect(Overlay.address("HTTPS://example.com/日?é=1") == "HTTPS://example.com/%E6%97%A5?%C3%A9=1")
    #expect(Overlay.address("mailto:a@b.example") == "mailto:a@b.example")
  }

  @Test(
    "Links are marked where the terminal is known to take them",
    arguments: [
      (["TERM": "xterm-kitty"], true), (["VTE_VERSION": "7006"], true), (["TERM_PROGRAM": "WezTerm"], true),
      (["TERM": "alacritty"], true), (["ALACRITTY_WINDOW_ID": "1"], true), (["LC_TERMINAL": "iTerm2"], true),
      (["TERMINAL_NAME": "contour"], true), (["WEZTERM_PANE": "0"], true), (["TERM": "contour"], true),
      (["TERM_PROGRAM": "ghostty"], true), (["TERM_PROGRAM": "rio"], true), (["KONSOLE_VERSION": "220401"], true),
      (["KONSOLE_VERSION": "200400"], false), (["VTE_VERSION": "5000"], false), (["WT_SESSION": "x"], true),
      (["TERM_PROGRAM": "Apple_Terminal"], false), (["TERM": "screen", "STY": "1", "ALACRITTY_WINDOW_ID": "1"], false),
      ([:], false), (["TERM": "linux"], false), (["VTE_VERSION": "4602"], false),
      (["TERM": "screen-256color", "STY": "1", "VTE_VERSION": "7006"], false),
      (["TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"], false),
      (["TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.5"], true),
    ] as [([String: String], Bool)])
  func known(_ environment: [String: String], _ isMarked: Bool) throws {
    let terminal = try startProbe(environment)
    terminal.send("l")
    #expect(terminal.until("character(\"l\")"))
    #expect(terminal.contains(";https://example.com/%C3%A9\u{1B}\\") == isMarked)
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }
}
