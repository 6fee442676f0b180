import DequeModule
import FoundationEssentials
import HeapModule

/// What is in memory: items, the order of each conversation, and which may be sent next.
extension Shipper {
  /// A record on its way. A class, because it is changed several times on its way and never copied.
  final class Item {
    let id: Int64
    let entry: OutboxEntry
    let conversation: UUID?
    let size: Int
    var sizeLimits = SizeLimits()
    /// Planned when first sent, again when a limit changes.
    var parts: [Part]?
    /// Refusals, with those before this start.
    var attempts: Int
    /// `successes` when it was first refused.
    var successesBefore: Int?
    var notBefore: Duration = .zero
    /// Connections that died while it was under way in a large frame.
    var losses = 0
    /// Among its lane's `ready`.
    var isReady = false
    /// Parts acknowledged in an earlier run, until it is planned.
    var progress: PartProgress?
    /// Says how it was divided; `nil` while it is one call.
    var plan: String?
    /// The server has queued all of it.
    var isQueued = false

    init(
      id: Int64, entry: OutboxEntry, conversation: UUID?, size: Int, attempts: Int, progress: PartProgress?
    ) {
      (self.id, self.entry, self.conversation, self.size) = (id, entry, conversation, size)
      (self.attempts, self.progress) = (attempts, progress)
    }

    /// `nil` if it was divided anew since.
    func call(of part: Int) -> ToolCall? { parts.flatMap { $0.indices.contains(part) ? $0[part].call : nil } }

    var isDeferred: Bool { successesBefore != nil }
    var lane: Lane { entry.turn == nil ? .logs : .turns }
  }

  struct Part {
    enum State: Equatable {
      case waiting
      case underWay(id: Int)
      /// Acknowledged, and may still be lost.
      case queued
      /// Known to be stored.
      case stored
    }
    let call: ToolCall
    var state = State.waiting
  }

  /// Ready items have their turns one part at a time: whoever comes while a large one has its turn goes next.
  struct Turn: Comparable {
    var round: Int
    var id: Int64

    static func < (one: Self, other: Self) -> Bool { (one.round, one.id) < (other.round, other.id) }
  }

  struct Deferral: Comparable {
    var until: Duration
    var id: Int64

    static func < (one: Self, other: Self) -> Bool { (one.until, one.id) < (other.until, other.id) }
  }

  /// One lane's part of the outbox that is in memory, and how far it has been read.
  struct Buffer {
    var cursor = Int64.min
    var isLoading = false
    var isAtEnd = false
    /// More was queued than the load under way may have seen.
    var grewWhileLoading = false
    /// Where to load from again after the load under way.
    var rewind: Int64?
    /// What the load under way brings is of no use.
    var discardsLoad = false
    var settledWhileLoading: Set<Int64> = []
    var heldWhileLoading: Set<UUID> = []
    /// May name items that have gone.
    var ready = Heap<Turn>()
    /// The round of the last turn.
    var round = 0
    var count = 0
    /// Those that the server has queued.
    var queued = 0
    var bytes = 0
    /// Refused ones among them, which take no room from the others.
    var deferred = 0

    /// Something was queued.
    mutating func grow() {
      isAtEnd = false
      grewWhileLoading = isLoading
    }

    /// Reads again from after `id`.
    mutating func loadAgain(after id: Int64) {
      if isLoading { rewind = min(rewind ?? id, id) }
      cursor = min(cursor, id)
      isAtEnd = false
    }
  }

  subscript(lane: Lane) -> Buffer {
    get { lane == .turns ? turns : logs }
    _modify {
      if lane == .turns { yield &turns } else { yield &logs }
    }
  }

  /// Takes an item in, behind those of its conversation.
  mutating func admit(_ item: Item) {
    self[item.lane].count += 1
    self[item.lane].bytes += item.size
    items[item.id] = item
    guard let conversation = item.conversation, item.lane == .turns else { return makeReady(item.id) }
    lines[conversation, default: Deque()].append(item.id)
    if lines[conversation]?.first == item.id { makeReady(item.id) }
  }

  /// Lets go of an item; the next of its conversation may then be sent.
  @discardableResult
  mutating func discard(_ id: Int64) -> Item? {
    guard let item = items.removeValue(forKey: id) else { return nil }
    self[item.lane].count -= 1
    self[item.lane].bytes -= item.size
    if item.isDeferred { self[item.lane].deferred -= 1 }
    if item.isQueued { self[item.lane].queued -= 1 }
    guard let conversation = item.conversation, item.lane == .turns else { return item }
    if deferredConversations[conversation] == id { deferredConversations[conversation] = nil }
    if lines[conversation]?.first == id {
      lines[conversation]?.removeFirst()
      if let next = lines[conversation]?.first { makeReady(next) } else { lines[conversation] = nil }
    }
    return item
  }

  /// Lets go of all that waits behind this item of its conversation.
  mutating func discardLine(behind id: Int64) {
    guard let item = items[id], item.lane == .turns, let conversation = item.conversation else { return }
    guard let line = lines[conversation], line.first == id else { return }
    for later in line.dropFirst() {
      replan(later)
      guard let item = items.removeValue(forKey: later) else { continue }
      turns.count -= 1
      turns.bytes -= item.size
    }
    lines[conversation] = [id]
  }

  /// To be called where an item is the next of its conversation and has something left to send.
  mutating func makeReady(_ id: Int64) {
    guard let item = items[id], !item.isReady, !item.isQueued else { return }
    items[id]?.isReady = true
    let round = self[item.lane].ready.isEmpty ? self[item.lane].round : self[item.lane].round + 1
    self[item.lane].ready.insert(Turn(round: round, id: id))
  }

  /// Ends an item's turn: the first of `ready`.
  mutating func unready(_ id: Int64, _ lane: Lane) {
    _ = self[lane].ready.popMin()
    items[id]?.isReady = false
  }

  /// After the end of a connection: whatever may be sent at all is ready again.
  mutating func makeAllReady(at now: Duration) {
    turns.ready = Heap()
    logs.ready = Heap()
    for (id, item) in items {
      items[id]?.isReady = false
      if let parts = item.parts {
        items[id]?.parts = parts.map {
          if case .underWay = $0.state { Part(call: $0.call) } else { $0 }
        }
      }
    }
    let heads = lines.values.compactMap(\.first) + items.values.filter { $0.lane == .logs }.map(\.id)
    // The others are among `deferrals`.
    for id in heads.sorted() where items[id].map({ $0.notBefore <= now }) ?? false { makeReady(id) }
  }

  mutating func reread() {
    guard calls.isEmpty else { return }
    _ = unconfirmed.removeAll()
    (items, lines, deferredConversations) = ([:], [:], [:])
    deferrals = Heap()
    for lane in Lane.allCases {
      let old = self[lane]
      self[lane] = Buffer()
      self[lane].isLoading = old.isLoading
      self[lane].discardsLoad = old.isLoading
      // What was settled may yet be in the database when the load under way began, which no longer counts.
    }
  }
}
