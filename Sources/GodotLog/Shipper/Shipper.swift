import Conversations
import DequeModule
import FoundationEssentials
import HeapModule
import JSON
import MCP

/// Decides what the sender of an outbox does next. No clock, no socket, no database: every input carries the time,
/// every output is for the shell to carry out.
///
/// ```
///            tick                connected(dialect)
///   idle ───────────▶ connecting ───────────────────▶ connected ── pump: begin, send, ping, load
///    ▲ back-off           │ disconnected                  │ disconnected, or silent for 10 s
///    └────────────────────┴───────────────────────────────┘
/// ```
/// A record leaves only by `delivered` or `park`. What a server has only queued is looked for in its store first, see
/// ``Unconfirmed``. Of one conversation only the oldest record is ever under way, so
/// that its turns arrive in order whatever fails; records of different conversations, and ordinary log records, are
/// pipelined. No input costs more than a logarithm of what is buffered, losses of connection aside.
struct Shipper {
  enum Input {
    case tick
    /// The outbox may hold something new.
    case nudged
    case loaded(Loaded)
    case connected(Dialect)
    case disconnected(ConnectionError)
    case reply(id: Int, Result<JSON, JSONRPCError>)
    /// Replies that were read already: they report success, and nothing else that matters to a record.
    case done([Int])
    case pong
    /// The server's id of this conversation is safe on disk.
    case mapped(UUID)
    /// What a ``Output/readBack(_:)`` found, all of the server's records among it that Fiedler's clients wrote.
    case readBack(number: Int, Result<[RecordKey], ReadBackFailure>)
    /// Read everything anew that is not under way: it is no longer fit to be sent as it was read.
    case reread
    /// Forget all waiting: the user asks for an attempt.
    case retryNow
    /// Send nothing more; read the replies still due, then close.
    case stop
  }

  enum Output: Equatable {
    case connect
    /// Drop the connection: it is silent.
    case abort
    /// Close the connection in the orderly way.
    case close
    case ping
    case send(id: Int, frame: [UInt8])
    case load(Load)
    case keepMapping(conversation: UUID, server: String)
    case forgetMapping(conversation: UUID)
    case delivered(Int64)
    /// The server has queued all of it, and may still lose it.
    case unconfirmed(Int64)
    /// The server has lost what it had queued; it is sent again.
    case unqueued(Int64)
    /// A part of a record is acknowledged: known to be stored, or queued.
    case part(Int64, number: Int, plan: String, isStored: Bool)
    case readBack(ReadBack)
    case refused(Int64, reason: String)
    case park(Int64, reason: String)
  }

  /// A look at the server's log records, newest first.
  struct ReadBack: Hashable {
    /// Tells its answer from those to earlier looks.
    var number: Int
    /// `nil`: of any trace.
    var trace: UUID?
    var limit: Int
  }

  /// Why a look told nothing.
  struct ReadBackFailure: Error, Hashable {
    var words: String
    /// The server answers and will not let itself be read.
    var isRefusal: Bool
  }

  /// A request for pending rows, oldest first.
  struct Load: Hashable {
    var lane = Lane.turns
    /// The least number there is: from the first row on, whatever its id.
    var after: Int64
    /// Conversations whose oldest record is being refused.
    var excluding: Set<UUID>
    var rows: Int
    var bytes: Int

    var isFromStart: Bool { after == .min }
  }

  /// What a load found.
  struct Loaded {
    var lane = Lane.turns
    var rows: [OutboxRow]
    /// There is no more.
    var isEnd: Bool
    /// How often parked records have been put back, as it stood when the rows were read.
    var resends = 0
  }

  struct Limits: Sendable {
    /// Calls under way, and the bytes of their frames. One call may always be under way, however large.
    var calls = 128
    var bytes = 1 << 20
    /// The same for a server that acknowledges every record after its commit.
    var durableCalls = 4096
    var durableBytes = 4 << 20
    /// A log record's frame beyond this is split.
    var logFrame = 512 << 10
    /// The same for what a storing batch makes of it.
    var logWeight = 192 << 10
    /// What a server has only queued, and what is on its way there, weighs no more than this, so that no storing batch
    /// of it can pass 1 MiB, whatever its worker did. Turns leave the last sixth to ordinary records.
    var queuedWeight = 768 << 10
    /// One look at the newest 1,000 records must show them all.
    var queuedCount = 900
    /// From the acknowledgement until the first look, and the longest time between looks.
    var firstLook: Duration = .milliseconds(120)
    var longestLook: Duration = .seconds(2)
    /// A record that is missing while later ones are stored is lost after this.
    var patience: Duration = .milliseconds(500)
    /// Where nothing acknowledged has been stored for so long, a probe tells a worker that stands still from one that
    /// has lost everything.
    var probeAfter: Duration = .seconds(3)
    /// A server that cannot be read is believed so long after its acknowledgement, if the connection lasts.
    var settleTime: Duration = .seconds(1)
    /// Looks refused in a row, until a server counts as one that cannot be read.
    var refusedLooks = 3
    /// A frame cannot be made smaller than this.
    var smallestFrame = 4 << 10
    /// At most so many bytes of log records in `paceTime` to a server whose store cannot be read.
    var paceBytes = 256 << 10
    var paceTime: Duration = .milliseconds(250)
    var amber: Duration = .seconds(2)
    var cut: Duration = .seconds(10)
    /// Beside `cut`, a frame has a second for each so many bytes.
    var bytesPerSecond = 512 << 10
    /// An idle connection is asked for a sign of life after this.
    var pingAfter: Duration = .seconds(15)
    /// Refusals of one record, while others pass, until it is parked.
    var strikes = 5
    /// Of each lane, as payloads in memory and as rows of one load.
    var bufferedRows = 8192
    var bufferedBytes = 8 << 20
    var loadedRows = 1024
  }

  enum Link: Equatable {
    case idle(until: Duration)
    case connecting(since: Duration)
    case connected(Dialect)
    case stopped
  }

  struct Outage {
    var until: Duration
    var count: Int
    var reason: String
  }

  let limits: Limits
  let backOff: BackOff

  var link = Link.idle(until: .zero)
  /// Attempts in a row that brought no success.
  var failures = 0
  /// Why there is no connection.
  var reason: String?
  var lastError: String?
  var isStopping = false

  var items: [Int64: Item] = [:]
  /// Each conversation's items, in order.
  var lines: [UUID: Deque<Int64>] = [:]
  var turns = Buffer()
  var logs = Buffer()
  /// Refused items that wait for their next attempt, and those that no longer do.
  var deferrals = Heap<Deferral>()
  /// Conversations whose oldest item has been refused.
  var deferredConversations: [UUID: Int64] = [:]
  var resends: Int?

  var unconfirmed = Unconfirmed()
  var looks = Looks()

  var calls = CallTable()
  var nextID = MCPSession.firstPostID
  /// Replies so far that were a success.
  var successes = 0
  var lastHeard: Duration = .zero
  var connectedAt: Duration = .zero
  var pingSentAt: Duration?
  var outage: Outage?
  /// Log bytes that still count, and until when.
  var paced: [(until: Duration, bytes: Int)] = []
  var pacedBytes = 0
  var isHeldByPace = false

  /// Server ids that are safe on disk.
  var mappings: [UUID: String] = [:]
  /// Conversations being begun; with the server's id while that is being stored.
  var beginning: [UUID: String?] = [:]

  var outputs: [Output] = []

  init(limits: Limits = Limits(), backOff: BackOff = BackOff()) {
    self.limits = limits
    self.backOff = backOff
  }

  /// Takes one input at `now`, any clock that only goes forward, and returns what to do, in order.
  mutating func handle(_ input: Input, at now: Duration) -> [Output] { handle([input], at: now) }

  /// Takes inputs that came together.
  mutating func handle(_ inputs: [Input], at now: Duration) -> [Output] {
    for input in inputs { take(input, at: now) }
    advance(at: now)
    defer { outputs = [] }
    return outputs
  }

  private mutating func take(_ input: Input, at now: Duration) {
    switch input {
    case .tick: break
    case .nudged:
      turns.grow()
      logs.grow()
    case .loaded(let loaded): self.loaded(loaded, at: now)
    case .connected(let dialect): connected(dialect, at: now)
    case .disconnected(let error): disconnected(error, at: now)
    case .reply(let id, let result): reply(id, result, at: now)
    case .done(let ids): for id in ids { done(id, at: now) }
    case .pong: heard(at: now)
    case .mapped(let conversation):
      guard case .some(.some(let server)) = beginning.removeValue(forKey: conversation) else { break }
      mappings[conversation] = server
      if let head = lines[conversation]?.first { makeReady(head) }
    case .readBack(let number, let result): readBack(number, result, at: now)
    case .reread: reread()
    case .retryNow: retryNow(at: now)
    case .stop: isStopping = true
    }
  }

  private mutating func advance(at now: Duration) {
    if isStopping {
      guard calls.isEmpty, link != .stopped else { return checkSilence(at: now) }
      if case .idle = link {} else { outputs.append(.close) }
      link = .stopped
      return
    }
    switch link {
    case .idle(let until) where now >= until:
      link = .connecting(since: now)
      outputs.append(.connect)
    case .connected:
      checkSilence(at: now)
      guard case .connected(let dialect) = link else { return }
      confirm(dialect, at: now)
      pump(dialect, at: now)
      load(.turns)
      load(.logs)
    default: break
    }
  }

  private mutating func connected(_ dialect: Dialect, at now: Duration) {
    guard case .connecting = link else { return }
    link = .connected(dialect)
    lastHeard = now
    connectedAt = now
    pingSentAt = nil
    looks.restart(at: now)
    for (id, item) in items where item.parts?.contains(where: { !dialect.offers($0.call.tool) }) ?? false {
      replan(id)
    }
  }

  private mutating func retryNow(at now: Duration) {
    if case .idle = link { link = .idle(until: now) }
    outage?.until = now
    while let deferral = deferrals.popMin() {
      items[deferral.id]?.notBefore = now
      makeReady(deferral.id)
    }
  }

  mutating func heard(at now: Duration) {
    lastHeard = now
    pingSentAt = nil
  }
}
