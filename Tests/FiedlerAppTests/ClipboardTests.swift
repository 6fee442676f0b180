import Foundation
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("The clipboard") struct ClipboardTests {
  private let directory = try! TemporaryDirectory()
  private let text = String(repeating: "naïve 日本語\u{0}\n", count: 20_000)

  /// A program that keeps what it reads, under its name and arguments, and ends so.
  private func install(_ name: String, ends status: Int = 0) throws {
    let path = directory(name)
    try "#!/bin/sh\ncat > \"$0 $*\"\nexit \(status)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private func kept(by command: String) throws -> String {
    try String(contentsOfFile: directory(command), encoding: .utf8)
  }

  private func clipboard(_ variables: [String: String], reachesTerminal: Bool = true) -> Clipboard {
    Clipboard(
      environment: variables.merging(["PATH": "\(directory.path):/usr/bin:/bin"]) { $1 },
      reachesTerminal: reachesTerminal)
  }

  @Test("On Wayland wl-copy takes the text, byte for byte") func wayland() async throws {
    try install("wl-copy")
    try install("xclip")
    let outcome = await clipboard(["WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0", "TMUX": "x"]).copy(text)
    #expect(outcome == .desktop(program: "wl-copy"))
    #expect(try kept(by: "wl-copy ") == text)
    #expect(!FileManager.default.fileExists(atPath: directory("xclip -selection clipboard -in")))
  }

  @Test("On X11 xclip does, and xsel where xclip fails") func x11() async throws {
    try install("xclip", ends: 1)
    try install("xsel")
    #expect(await clipboard(["DISPLAY": ":0"]).copy(text) == .desktop(program: "xsel"))
    #expect(try kept(by: "xsel --clipboard --input") == text)
  }

  @Test("Within tmux its buffer takes it, by an old tmux too") func tmux() async throws {
    let path = directory("tmux")
    let script = "#!/bin/sh\n[ \"$2\" = -w ] && exit 1\ncat > \"$0 $*\"\n"
    try script.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    #expect(await clipboard(["TMUX": "/tmp/tmux,1,0"]).copy(text) == .tmux)
    #expect(try kept(by: "tmux load-buffer -") == text)
  }

  @Test("Where no program takes it, it is said that the terminal does not tell") func terminal() async {
    let outcome = await clipboard(["DISPLAY": "", "WAYLAND_DISPLAY": "wayland-9"]).copy(text)
    #expect(outcome == .terminal)
    #expect(outcome.words("3 characters").contains("does not tell"))
  }

  @Test("Where there is no clipboard at all, it is said that nothing was copied") func nowhere() async {
    let outcome = await clipboard([:], reachesTerminal: false).copy("abc", words: "3 characters")
    #expect(!outcome.isDone && outcome.words.hasPrefix("Not copied: "))
  }

  @Test("Of a long text it is said that terminals have limits") func long() async {
    let outcome = await clipboard([:]).copy(String(repeating: "x", count: 80_000), words: "80,000 characters")
    #expect(outcome.isDone && outcome.words.contains("75 kB"))
  }
}
