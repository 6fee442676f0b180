import NIOCore
import NIOWebSocket

/// A server's end of one WebSocket connection (RFC 6455) as a value: what comes in goes in, and what is to be done
/// comes out as ``Decision``s, in order. It knows no channel, clock or thread; its handler carries out what it decides.
struct ServerWindow {
  enum Decision {
    /// Hands these to the connection's session.
    case deliver([ServerMessage])
    /// Sends a frame; with ``flush`` it leaves.
    case write(WebSocketOpcode, ByteBuffer)
    case flush
    case report(ServerIncident)
    /// Whether the channel is read.
    case read(Bool)
    /// Has ``unreadIsDue()`` be called after ``ServerLimits/unwrittenFor``, or no longer.
    case watchUnread(Bool)
    /// Has ``pongIsDue()`` be called after ``ServerLimits/pongWithin``.
    case watchPong
    /// Has the channel be closed then, whatever else is under way; replaces an earlier one.
    case cut(after: Duration)
    /// Lets go of what is there of a frame that is not complete, and looks at nothing that comes from now on.
    case deafen
    /// Closes the channel now.
    case drop
  }

  private enum Phase {
    case open
    /// Answers what it has taken, then closes with the code.
    case draining(WebSocketErrorCode)
    /// The close frame is sent; what comes is thrown away until the client closes too.
    case closing
    /// The channel is closed or about to be.
    case over
  }

  /// A request that is not answered, or whose answer waits for those before it.
  private struct Slot {
    let size: Int
    var answer: MessageAnswer?
  }

  /// How long a client has to read the close frame: closing at once could make the system take back what it has not
  /// read yet.
  static let farewell = Duration.seconds(1)
  private static let largestHeader = 14

  private let limits: ServerLimits
  private var decisions: [Decision] = []
  private var phase = Phase.open
  /// The client has closed its end: it sends nothing more.
  private var clientHasClosed = false
  /// Nothing is looked at any more.
  private(set) var isDeaf = false

  private var fragments: ByteBuffer?
  private var fragmentsAreText = false
  /// Messages that came in one read with others and wait until the window has room for them.
  private var waiting = CircularBuffer<ByteBuffer>()
  private var waitingBytes = 0
  private var slots = CircularBuffer<Slot>()
  private var firstNumber = 0

  /// Bytes of frames that are not complete, as far as they have come.
  private var partialBytes = 0
  private var requestBytes = 0
  private var unwrittenBytes = 0
  /// What the count for all connections has of this one.
  private var countedBytes = 0

  private var isReading = true
  private var watchesUnread = false
  private var hasHeard = false

  init(limits: ServerLimits) { self.limits = limits }

  var hasDecided: Bool { !decisions.isEmpty }

  /// What has been decided since the last call, in the order in which it is to be done.
  mutating func takeDecisions() -> [Decision] {
    defer { decisions = [] }
    return decisions
  }

  // MARK: - Frames

  /// Bytes came, whether or not they complete a frame.
  mutating func heard(_ count: Int) {
    guard !isDeaf else { return }
    hasHeard = true
    partialBytes = min(partialBytes + count, limits.message + Self.largestHeader)
  }

  mutating func take(_ frame: WebSocketFrame) {
    guard !isDeaf else { return }
    let header = frame.length < 126 ? 6 : frame.length < 65536 ? 8 : 14
    partialBytes = max(0, partialBytes - frame.length - header)
    guard !isClosing else {
      if frame.opcode == .connectionClose { drop() }
      return
    }
    guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return breach() }
    switch frame.opcode {
    case .text, .binary:
      guard fragments == nil else { return breach() }
      guard !frame.fin else { return take(message: frame.unmaskedData, isText: frame.opcode == .text) }
      fragments = frame.unmaskedData
      fragmentsAreText = frame.opcode == .text
    case .continuation:
      guard var whole = fragments.take() else { return breach() }
      guard whole.readableBytes + frame.length <= limits.message else { return isTooBig() }
      whole.writeImmutableBuffer(frame.unmaskedData)
      frame.fin ? take(message: whole, isText: fragmentsAreText) : (fragments = whole)
    case .ping: decisions.append(.write(.pong, frame.unmaskedData))
    case .pong: break
    case .connectionClose:
      guard let isSound = CloseFrame(frame.unmaskedData)?.hasTextReason else { return breach() }
      guard isSound else { return isNotText() }
      clientHasClosed = true
      drain(code: .normalClosure)
    default: breach()
    }
  }

  private mutating func take(message: ByteBuffer, isText: Bool) {
    guard case .open = phase else { return }
    guard !isText || message.withUnsafeReadableBytes(UTF8Check.isValid) else { return isNotText() }
    waiting.append(message)
    waitingBytes += message.readableBytes
  }

  /// A frame breaks the protocol.
  mutating func breach() { close(.protocolError, .protocolError) }

  /// A frame or a message is larger than ``ServerLimits/message``.
  mutating func isTooBig() { close(.messageTooLarge, .messageTooBig) }

  private mutating func isNotText() { close(.dataInconsistentWithMessage, .notText) }

  // MARK: - Answers

  /// Answers, in any order; they leave in the order of their messages.
  mutating func take(_ answers: [MessageAnswer]) {
    for answer in answers {
      let index = answer.number - firstNumber
      guard slots.indices.count > index, index >= 0 else { continue }
      slots[slots.index(slots.startIndex, offsetBy: index)].answer = answer
    }
    while let answer = slots.first?.answer, let slot = slots.popFirst() {
      firstNumber += 1
      requestBytes -= slot.size
      if let text = answer.text, !isClosing { decisions.append(.write(.text, ByteBuffer(bytes: text))) }
    }
    finishDraining()
  }

  /// Messages that answer none.
  mutating func push(_ texts: [[UInt8]]) {
    guard !isClosing else { return }
    for text in texts { decisions.append(.write(.text, ByteBuffer(bytes: text))) }
  }

  /// So many bytes have been given to the channel.
  mutating func began(writing count: Int) { unwrittenBytes += count }

  /// So many bytes are with the system. `isAll`: none wait to be given to the channel.
  mutating func wrote(_ count: Int, isAll: Bool) {
    unwrittenBytes -= count
    // Nothing is unread that could make the system take back what was written; and clients wait for the end.
    if isClosing, clientHasClosed, unwrittenBytes == 0, isAll { drop() }
  }

  // MARK: - Limits

  /// Bytes held for this client.
  private var heldBytes: Int {
    partialBytes + (fragments?.readableBytes ?? 0) + waitingBytes + requestBytes + unwrittenBytes
  }

  /// So many answers are not read that the session is to give no more large ones.
  var isFull: Bool { unwrittenBytes > limits.unwrittenBytes }
  private var hasRoom: Bool { !isFull && slots.count < limits.requests && requestBytes < limits.requestBytes }

  /// Brings reading, the room for answers and the count of held bytes into line with what is under way. `count` adds to
  /// the bytes held for all connections and returns their sum.
  mutating func settle(_ count: (Int) -> Int) {
    if case .over = phase { return }
    deliver(all: false)
    let total = recount(count)
    if total > limits.heldBytes, heldBytes > limits.heldFreely, !isClosing {
      close(.unknown(1013), .overloaded)
      // Answers that are not read would be held until the end, and the close frame would stand behind them.
      if unwrittenBytes > limits.heldFreely { drop() }
      _ = recount(count)
    }
    if case .over = phase { return }
    if isFull != watchesUnread {
      watchesUnread = isFull
      decisions.append(.watchUnread(isFull))
    }
    guard wantsToRead != isReading else { return }
    isReading.toggle()
    hasHeard = true  // Nobody can be heard while nothing is read.
    decisions.append(.read(isReading))
  }

  private mutating func recount(_ count: (Int) -> Int) -> Int {
    let held = heldBytes
    defer { countedBytes = held }
    return count(held - countedBytes)
  }

  private var wantsToRead: Bool {
    switch phase {
    case .open where isReading: hasRoom
    case .open:
      // Half of the window at a time, so that reading does not start and stop with each message.
      waiting.isEmpty && hasRoom && slots.count <= limits.requests / 2 && requestBytes <= limits.requestBytes / 2
    case .draining: false
    case .closing, .over: true
    }
  }

  /// Hands over what the window has room for.
  private mutating func deliver(all: Bool) {
    var messages: [ServerMessage] = []
    while all || hasRoom, let buffer = waiting.popFirst() {
      messages.append(ServerMessage(number: firstNumber + slots.count, buffer: buffer))
      slots.append(Slot(size: buffer.readableBytes))
      waitingBytes -= buffer.readableBytes
      requestBytes += buffer.readableBytes
    }
    if !messages.isEmpty { decisions.append(.deliver(messages)) }
  }

  // MARK: - Times

  /// It is time to see whether the client is there. ``settle(_:)`` has been called just before.
  mutating func tick() {
    guard case .open = phase else { return }
    hasHeard = false
    decisions += [.write(.ping, ByteBuffer()), .flush, .watchPong]
  }

  mutating func pongIsDue() {
    guard !hasHeard, isReading, case .open = phase else { return }
    close(.unexpectedServerError, .silent)
  }

  mutating func unreadIsDue() {
    decisions.append(.report(.unread))
    drop()
  }

  // MARK: - The end

  private var isClosing: Bool {
    switch phase {
    case .open, .draining: false
    case .closing, .over: true
    }
  }

  /// The server goes away: it takes nothing more, answers what it has taken, then closes.
  mutating func leave() { drain(code: .goingAway) }

  private mutating func drain(code: WebSocketErrorCode) {
    guard case .open = phase else { return }
    phase = .draining(code)
    // A storage or a client that does not come back must not keep the connection for ever.
    decisions.append(.cut(after: limits.unwrittenFor))
    finishDraining()
  }

  private mutating func finishDraining() {
    guard case .draining(let code) = phase, slots.isEmpty, waiting.isEmpty else { return }
    sendClose(code)
  }

  private mutating func close(_ code: WebSocketErrorCode, _ incident: ServerIncident) {
    guard !isClosing else { return }
    decisions.append(.report(incident))
    sendClose(code)
  }

  private mutating func sendClose(_ code: WebSocketErrorCode) {
    phase = .closing
    throwAway()
    var payload = ByteBuffer()
    payload.write(webSocketErrorCode: code)
    decisions += [.write(.connectionClose, payload), .flush, .cut(after: Self.farewell)]
  }

  private mutating func drop() {
    guard !isOver else { return }
    phase = .over
    throwAway()
    decisions.append(.drop)
  }

  private var isOver: Bool { if case .over = phase { true } else { false } }

  /// What is there of messages is not held any longer. A frame that is not complete would be kept until it is: the
  /// client may take as long as it likes for that.
  private mutating func throwAway() {
    fragments = nil
    waiting = []
    waitingBytes = 0
    guard partialBytes > 0, !isDeaf else { return }
    partialBytes = 0
    isDeaf = true
    decisions.append(.deafen)
  }

  /// The channel is closed. What arrived is handled, even if nobody is there to hear of it.
  mutating func end(_ count: (Int) -> Int) {
    deliver(all: true)
    phase = .over
    (fragments, slots, waiting) = (nil, [], [])
    (partialBytes, waitingBytes, requestBytes, unwrittenBytes) = (0, 0, 0, 0)
    _ = recount(count)
  }
}
