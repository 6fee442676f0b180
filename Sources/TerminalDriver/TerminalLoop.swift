import CNcurses
import Canvas
import Glibc
import Synchronization

/// How a ``TerminalLoop`` uses the terminal.
public struct TerminalOptions: Hashable, Sendable {
  /// Reports clicks, drags and the wheel until `TerminalRequest/mouse(_:)` says otherwise; selecting text with the
  /// terminal's own means then needs Shift.
  public var mouse: Bool
  /// `false` draws without colours, whatever the terminal can do. `NO_COLOR` does so in any case.
  public var colors: Bool

  public init(mouse: Bool = true, colors: Bool = true) {
    self.mouse = mouse
    self.colors = colors
  }
}

/// Drives a `TerminalProgram` on the terminal that is standard input and output.
///
/// One at a time in a process. All calls, and all that the program is asked, happen on the thread that calls
/// ``run(_:)``, best the main thread (signals reach it); only ``wake`` may be called from anywhere.
/// While it runs nothing isolated to `@MainActor` does.
/// The terminal is restored whatever ends the loop or the process: a signal, `exit`, a crash.
public final class TerminalLoop {
  /// Makes the loop ask the program soon, at the latest with the next frame. Cheap; many calls count as one.
  public let wake: @Sendable () -> Void
  /// How many colours will be shown: the measure for a theme.
  public let colorDepth: ColorDepth
  /// Whether `TerminalRequest/copy(_:)` can reach a clipboard.
  public let reachesClipboard: Bool

  /// The terminal's own background as it is taken for until the terminal tells it, `.default` where nothing is known.
  /// Text in few colours is chosen so that it can be read on that.
  public var presumedBackground: Color {
    get { screen.ground }
    set { screen.ground = newValue }
  }

  private var reportsMouse: Bool
  private var hasAskedBackground = false
  /// The window's name, to be given again after another program had the terminal.
  private var title: String?
  private let screen: Screen
  private let isWithinScreen: Bool
  private let waker: Waker
  private var size: Size
  private var parser = InputParser()
  private var pacer = FramePacer()
  private var buffer = [UInt8](repeating: 0, count: 65536)
  /// The parser's pause has been long enough then.
  private var parserDeadline: ContinuousClock.Instant?
  private var escapeTime = TerminalEnvironment.escapeTime
  /// When the program wanted to be asked again, as it said after its last call.
  private var nextWake: ContinuousClock.Instant?
  /// Why a frame is due.
  private var due: FramePacer.Reason?
  private var lastFrame: Frame?
  private var isInvalid = true

  /// Looks whether there is a terminal that can be used; does not touch it yet.
  public init(_ options: TerminalOptions = .init()) throws(TerminalError) {
    try TerminalEnvironment.requireTerminal()
    let types = try TerminalEnvironment.terminalTypes()
    try TerminalEnvironment.useUTF8()
    let waker = try Waker()
    reportsMouse = options.mouse
    self.waker = waker
    screen = try Screen(
      types: types, colors: options.colors && !TerminalEnvironment.refusesColor,
      direct: TerminalEnvironment.hasDirectColor)
    colorDepth = screen.depth
    isWithinScreen = TerminalEnvironment.isWithinScreen
    reachesClipboard = screen.hasSystemCommands || isWithinScreen
    size = TerminalEnvironment.windowSize()
    wake = { waker.wake() }
  }

  /// Enters the screen, drives the program until it quits or a signal asks to end, and leaves the screen.
  @discardableResult
  public func run(_ program: any TerminalProgram) throws(TerminalError) -> TerminalExit {
    guard cn_guard_open(STDIN_FILENO, screen.restoreText) else { throw .system(call: "tcgetattr", errorNumber: errno) }
    cn_signals_open(waker.event)
    defer {
      leave()
      cn_signals_close()
      cn_guard_close()
    }
    try enter()
    var inputs: [Input] = [.resize(size)]
    while true {
      if let exit = try deliver(inputs, to: program) { return exit }
      if let exit = try draw(program) { return exit }
      nextWake = program.nextWake
      inputs = []
      if let exit = try wait(program, &inputs) { return exit }
    }
  }

  private func enter() throws(TerminalError) {
    // Before anything could end the program: what was not kept would be brought back as off.
    if screen.hasAltModes { send(ControlSequence.keepAlt) }
    guard cn_guard_enter() else { throw .system(call: "tcsetattr", errorNumber: errno) }
    if screen.hasSystemCommands { screen.queue(ControlSequence.pushTitle + (title.map(ControlSequence.title) ?? "")) }
    screen.queue(ControlSequence.enterModes(mouse: reportsMouse))
    if screen.hasAltModes { screen.queue(ControlSequence.enterAlt) }
    // Within the alternate screen, which has a keyboard mode of its own in kitty's protocol.
    if screen.hasSystemCommands { screen.queueBehind(ControlSequence.enterKeyboard) }
    if screen.hasSystemCommands, !hasAskedBackground { screen.queue(ControlSequence.askBackground) }
    hasAskedBackground = true
    invalidate()
  }

  private func leave() {
    screen.leave()
    cn_guard_leave()
  }

  private func invalidate() {
    screen.invalidate()
    isInvalid = true
    due = .input
  }

  // MARK: The program

  private func deliver(_ inputs: [Input], to program: any TerminalProgram) throws(TerminalError) -> TerminalExit? {
    guard !inputs.isEmpty else { return nil }
    due = .input
    program.handle(inputs)
    return try fulfil(program)
  }

  /// Draws a frame if one is due and may be drawn now.
  private func draw(_ program: any TerminalProgram) throws(TerminalError) -> TerminalExit? {
    let now = ContinuousClock.now
    if due == nil, waker.isAwake || nextWake.map({ $0 <= now }) == true { due = .other }
    guard let reason = due, pacer.delay(reason, at: now) == .zero else { return nil }
    if reason == .other || waker.isAwake {
      waker.rest()
      program.handle([])
      if let exit = try fulfil(program) { return exit }
    }
    due = nil
    pacer.spend(at: now)
    let isInvalid = isInvalid
    self.isInvalid = false
    if let frame = program.frame() {
      lastFrame = frame
    } else if !isInvalid {
      return nil
    }
    cn_guard_trim()
    // What could not be written is a terminal that is gone or a signal to end: `wait` finds out.
    _ = screen.show(lastFrame ?? Frame(size), size: size)
    return nil
  }

  private func fulfil(_ program: any TerminalProgram) throws(TerminalError) -> TerminalExit? {
    // Again and again: what the program is told while it waits for one request may lead to others.
    while true {
      let requests = program.takeRequests()
      if requests.isEmpty { return nil }
      for request in requests {
        switch request {
        case .quit: return .quit
        case .suspend: try suspend(program)
        case .edit(let text): try edit(text, for: program)
        case .copy(let text):
          if isWithinScreen {
            send(ControlSequence.withinScreen(ControlSequence.copy(text)))
          } else if screen.hasSystemCommands {
            send(ControlSequence.copy(text))
          }
        case .title(let text):
          title = text
          if screen.hasSystemCommands { screen.queue(ControlSequence.title(text)) }
        case .redraw: invalidate()
        case .mouse(let isReported): report(mouse: isReported)
        case .escapeTime(let time): escapeTime = time ?? TerminalEnvironment.escapeTime
        case .notify(let notice):
          let way = notice.way == .auto ? TerminalEnvironment.noticeWay : notice.way
          send(ControlSequence.notice(notice, by: screen.hasSystemCommands ? way : .bell))
        case .markLinks(let isWanted):
          let marksLinks = isWanted ?? TerminalEnvironment.takesLinks
          if marksLinks != screen.marksLinks { invalidate() }
          screen.marksLinks = marksLinks
        }
      }
    }
  }

  private func report(mouse isReported: Bool) {
    guard isReported != reportsMouse else { return }
    reportsMouse = isReported
    send(isReported ? ControlSequence.enterMouse : ControlSequence.leaveMouse)
  }

  private func send(_ sequence: String) {
    let bytes = Array(sequence.utf8)
    _ = cn_write(STDOUT_FILENO, bytes, bytes.count)
  }

  private func edit(_ text: String, for program: any TerminalProgram) throws(TerminalError) {
    leave()
    let result = EditorSession.edit(text)
    try enter()
    program.edited(result)
    resize(program)
  }

  private func suspend(_ program: any TerminalProgram) throws(TerminalError) {
    leave()
    cn_suspend()
    try enter()
    resize(program)
  }

  /// Tells the program if the window has another size now.
  private func resize(_ program: any TerminalProgram) {
    let current = TerminalEnvironment.windowSize()
    guard current != size else { return }
    size = current
    invalidate()
    program.handle([.resize(size)])
  }

  // MARK: Waiting

  private func wait(_ program: any TerminalProgram, _ inputs: inout [Input]) throws(TerminalError) -> TerminalExit? {
    var isReadable = false
    var isSignalled = false
    cn_wait(STDIN_FILENO, waker.event, timeout(), &isReadable, &isSignalled)
    if isSignalled {
      waker.drain()
      if let exit = try handleSignals(program) { return exit }
    }
    if isReadable {
      guard read(&inputs) else { return .signal(SIGHUP) }
    } else if let deadline = parserDeadline, deadline <= .now {
      inputs += parser.timeOut()
      awaitPause()
    }
    return nil
  }

  /// How long nothing can happen by itself, in nanoseconds; -1: for ever.
  private func timeout() -> Int64 {
    let now = ContinuousClock.now
    var times: [Duration] = []
    if let due { times.append(pacer.delay(due, at: now)) }
    if due == nil, waker.isAwake { times.append(pacer.delay(.other, at: now)) }
    if let parserDeadline { times.append(parserDeadline - now) }
    if let next = nextWake { times.append(max(next - now, pacer.delay(.other, at: now))) }
    guard let shortest = times.min() else { return -1 }
    let parts = max(.zero, min(shortest, .seconds(86400))).components
    return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
  }

  /// Reads what there is. `false` if the terminal is gone.
  private func read(_ inputs: inout [Input]) -> Bool {
    let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
    guard count > 0 else { return count < 0 && (errno == EINTR || errno == EAGAIN) }
    inputs += buffer.withUnsafeBufferPointer { parser.feed(UnsafeBufferPointer(rebasing: $0[..<count])) }
    for case .background(let color) in inputs where color != screen.ground {
      screen.ground = color
      if colorDepth == .palette8 || colorDepth == .palette16 { invalidate() }
    }
    if let column = parser.cursorColumn {
      parser.cursorColumn = nil
      if screen.takeWidth(ofNewEmoji: column - 1) { invalidate() }
    }
    awaitPause()
    return true
  }

  private func awaitPause() {
    parserDeadline = parser.pause.map { .now + time(of: $0) }
  }

  /// How much silence decides. A line that loses a packet brings the next after one to two seconds.
  private func time(of pause: InputParser.Pause) -> Duration {
    switch pause {
    case .escape: escapeTime
    case .sequence: max(.seconds(2), escapeTime)
    case .paste: .milliseconds(1500)
    case .tail: .seconds(5)
    }
  }

  private func handleSignals(_ program: any TerminalProgram) throws(TerminalError) -> TerminalExit? {
    let signals = cn_signals_take()
    func came(_ number: Int32) -> Bool { signals >> UInt64(number) & 1 == 1 }
    let ending = cn_signals_ending(signals)
    if ending != 0 { return .signal(Int32(ending.trailingZeroBitCount)) }
    if came(SIGTSTP) { try suspend(program) }
    if came(SIGCONT) {
      // Someone else stopped us; whoever had the terminal meanwhile may have changed all of it.
      leave()
      try enter()
    }
    if came(SIGWINCH) || came(SIGCONT) { resize(program) }
    return nil
  }
}

/// Wakes the loop from any thread. Once it is awake further calls cost nothing until it rests.
final class Waker: Sendable {
  let event: Int32
  private let awake = Atomic<Bool>(false)

  init() throws(TerminalError) {
    event = cn_event_open()
    guard event >= 0 else { throw .system(call: "eventfd", errorNumber: errno) }
  }

  deinit { close(event) }

  var isAwake: Bool { awake.load(ordering: .acquiring) }

  func wake() {
    if !awake.exchange(true, ordering: .acquiringAndReleasing) { cn_event_signal(event) }
  }

  /// What comes from now on wakes the loop again.
  func rest() { awake.store(false, ordering: .releasing) }

  func drain() { cn_event_drain(event) }
}
