import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct EditorTests {
  /// A folder for an editor script and what it leaves; removed by the caller.
  private func withScript(_ script: String, _ body: (_ folder: String, _ editor: String) throws -> Void) throws {
    var template = Array("/tmp/editor-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
      for name in ["editor", "seen", "modes"] { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    let file = open("\(folder)/editor", O_WRONLY | O_CREAT | O_CLOEXEC, 0o700)
    let bytes = Array("#!/bin/sh\nhere='\(folder)'\n\(script)\n".utf8)
    try #require(write(file, bytes, bytes.count) == bytes.count)
    close(file)
    try body(folder, "\(folder)/editor")
  }

  private func contents(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 65536)
    return String(decoding: bytes[..<max(0, read(file, &bytes, bytes.count))], as: UTF8.self)
  }

  @Test("The editor gets the text on a sane terminal, and what it saves comes back") func roundTrip() throws {
    let script = """
      stty -a > "$here/modes"
      for last; do :; done
      { echo "$1"; stat -c %a "$last" "$(dirname "$last")"; cat "$last"; } > "$here/seen"
      echo backup > "$last~"
      printf 'new\\nteχt\\n' > "$last"
      dirname "$last" >> "$here/modes"
      """
    try withScript(script) { folder, editor in
      let terminal = try startProbe(["EDITOR": "'\(editor)' --wait", "VISUAL": ""])
      let mark = terminal.output.count
      terminal.send("e")
      #expect(terminal.until("edited new/teχt;", after: mark), "\(terminal.text)")
      for sequence in ["?2004l", "?1049l", "?1049h", "?2004h"] { #expect(terminal.contains(sequence, after: mark)) }
      #expect(terminal.contains("日本", after: mark), "everything is drawn anew")
      #expect(contents("\(folder)/seen") == "--wait\n600\n700\nfirst\nsecond")
      let modes = contents("\(folder)/modes")
      #expect(modes.contains("icanon") && ["-icanon", "-opost", "-echo "].allSatisfy { !modes.contains($0) })
      let used = modes.split(separator: "\n").last.map(String.init) ?? ""
      #expect(used.contains("fiedler-") && access(used, F_OK) != 0, "nothing is left behind")
      #expect(!terminal.isCooked)
      terminal.send("q")
      #expect(terminal.waitForExit() == 0)
    }
  }

  @Test(
    "An editor that fails is told in plain words, and the screen comes back",
    arguments: [
      ("exit 3", "ended with status 3"), ("kill -9 $$", "ended by signal 9"), ("exit 127", "could not be run"),
      ("exit 0", "returned at once and changed nothing"),
      ("printf '\\377' > \"$1\"", "not UTF-8"),
    ]) func failure(script: String, message: String) throws
  {
    try withScript(script) { _, editor in
      let terminal = try startProbe(["VISUAL": editor, "EDITOR": "/bin/false"], columns: 200)
      terminal.send("e")
      #expect(terminal.until(message), "\(terminal.text)")
      terminal.send("q")
      #expect(terminal.waitForExit() == 0)
    }
  }

  @Test("A byte order mark and line ends of Windows are no text") func windows() throws {
    try withScript("printf '\\357\\273\\277one\\r\\ntwo\\rthree\\r\\n' > \"$1\"") { _, editor in
      let terminal = try startProbe(["VISUAL": editor], columns: 200)
      terminal.send("e")
      #expect(terminal.until("edited one/two␍three;"), "\(terminal.text)")
      terminal.send("q")
      #expect(terminal.waitForExit() == 0)
    }
  }

  @Test("Whatever an editor leaves beside the text is removed, however much it is and however it is called")
  func leftovers() throws {
    // As many names as fill more than one read of the folder, to the end of its buffer.
    let script = """
      beside="$(dirname "$1")"; echo "$beside" > "$here/seen"
      seq -f "$beside/left-%05g" 3000 | xargs touch "$beside/$(printf 'caf\\351')"; echo third >> "$1"
      """
    try withScript(script) { folder, editor in
      let terminal = try startProbe(["VISUAL": editor])
      terminal.send("e")
      #expect(terminal.until("edited first/secondthird;"), "\(terminal.text)")
      let used = contents("\(folder)/seen").split(separator: "\n").first.map(String.init) ?? ""
      #expect(used.contains("fiedler-") && access(used, F_OK) != 0)
      terminal.send("q")
      #expect(terminal.waitForExit() == 0)
    }
  }

  @Test("Ctrl+C in the editor is the editor's") func interrupt() throws {
    let script = "trap 'echo caught > \"$1\"; exit 0' INT; echo waiting; while :; do read x; done"
    try withScript(script) { _, editor in
      let terminal = try startProbe(["VISUAL": editor])
      terminal.send("e")
      #expect(terminal.until("waiting"))
      terminal.send("\u{3}")
      #expect(terminal.until("edited caught;"), "\(terminal.text)")
      terminal.send("q")
      #expect(terminal.waitForExit() == 0)
    }
  }

  @Test("The editor can be interrupted and ended: no signal is blocked or ignored in it") func signals() throws {
    let script = "grep -E '^Sig(Blk|Ign)' /proc/self/status > \"$here/seen\"; echo third >> \"$1\""
    try withScript(script) { folder, editor in
      let terminal = try startProbe(["VISUAL": editor])
      terminal.send("e")
      #expect(terminal.until("edited first/secondthird;"))
      let masks = contents("\(folder)/seen").split(separator: "\n").compactMap { UInt64($0.suffix(16), radix: 16) }
      // Without the two signals that the C library keeps to itself.
      #expect(masks.map { $0 & ~(3 << 31) } == [0, 0])
    }
  }
}
