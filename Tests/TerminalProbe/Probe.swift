import Canvas
import Glibc
import TerminalDriver

/// Shows what reaches it, and does what single letters ask for.
final class Probe: TerminalProgram {
  private var size = Size(width: 0, height: 0)
  private var keys = 0
  private var last = "-"
  private var pasted = "-"
  private var edited = "-"
  private var frames = 0
  private var wakes = 0
  private var isChanged = true
  private var showsNewEmoji = false
  private var requests: [TerminalRequest] = []
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  var nextWake: ContinuousClock.Instant? { nil }

  func handle(_ inputs: [Input]) {
    isChanged = true
    if inputs.isEmpty { wakes += 1 }
    for input in inputs {
      switch input {
      case .key(let key):
        keys += 1
        last = "\(key.code)+\(key.modifiers.rawValue)"
        act(key)
      case .escaped(let key):
        keys += 1
        last = "\(key.code)+\(key.modifiers.union(.alt).rawValue)"
      case .paste(let text), .burst(let text):
        pasted = "\(text.count) \(text.utf8.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) })"
      case .mouse(let mouse): last = "\(mouse.action) \(mouse.button) \(mouse.point.x),\(mouse.point.y)"
      case .resize(let size): self.size = size
      case .focus(let isFocused): last = "focus \(isFocused)"
      case .background(let color): last = "background \(color.rgb ?? 0)"
      }
    }
  }

  private func act(_ key: Key) {
    switch key {
    case Key(.character("q")): requests.append(.quit)
    case .control("z"): requests.append(.suspend)
    case Key(.character("e")): requests.append(.edit("first\nsecond"))
    case Key(.character("c")): requests.append(.copy("clip"))
    case Key(.character("t")): requests.append(.title("a\u{1B}]0;b\u{07}c"))
    case Key(.character("l")): requests.append(.markLinks(nil))
    case Key(.character("n")): requests.append(.notify(TerminalNotice(title: "A;\u{1B}", text: "done\u{07}")))
    case Key(.character("m")): showsNewEmoji.toggle()
    case Key(.character("r")): requests.append(.redraw)
    case Key(.character("w")): flood()
    case Key(.character("s")): complain("noise")
    case Key(.character("x")): exit(3)
    case Key(.character("f")): fatalError("boom")
    case Key(.character("i")): last = String([1, 2][keys + 2])
    case Key(.character("k")): kill(getpid(), SIGSEGV)
    case Key(.character("a")): abort()
    default: break
    }
  }

  /// Wakes the loop again and again, from elsewhere.
  private func flood() {
    let wake = wake
    Task.detached { for _ in 0..<200_000 { wake() } }
  }

  func frame() -> Frame? {
    guard isChanged else { return nil }
    isChanged = false
    frames += 1
    var frame = Frame(size)
    let lines = [
      "size \(size.width)x\(size.height)", "keys \(keys) last \(last);", "paste \(pasted);", "edited \(edited);",
      "日本 e\u{301} 😀|", "frames \(frames) wakes \(wakes);",
    ]
    for (y, line) in lines.enumerated() { frame.put(line, at: Point(x: 0, y: y), style: .plain) }
    let styles = [
      Style(Color(rgb: 0xF2777A), on: Color(rgb: 0x14161B)), Style(Color(palette: 2)),
      Style(.default, on: .default, .bold),
      Style(.default, on: .default, [.reverse, .underline]),
    ]
    for (x, style) in styles.enumerated() { frame.put("ab", at: Point(x: 3 * x, y: 6), style: style) }
    var link = Sanitizer.cells("link", style: Style(Color(palette: 6)))
    for index in link.indices { link[index].link = 1 }
    frame.put(link, links: ["https://example.com/é"], at: Point(x: 20, y: 6))
    if showsNewEmoji { frame.put("<\u{1FABF}>", at: Point(x: 30, y: 6), style: .plain) }
    frame.cursor = Point(x: 2, y: 1)
    return frame
  }

  func takeRequests() -> [TerminalRequest] {
    defer { requests = [] }
    return requests
  }

  func edited(_ result: Result<String, EditorFailure>) {
    isChanged = true
    switch result {
    case .success(let text): edited = text.split(separator: "\n").joined(separator: "/")
    case .failure(let failure): edited = "failed: \(failure.message)"
    }
  }
}

/// A line to standard error.
func complain(_ text: String) {
  let bytes = Array("\(text)\n".utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
}
