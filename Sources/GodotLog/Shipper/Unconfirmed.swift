import DequeModule
import FoundationEssentials

/// The log records that a server has acknowledged as queued and that nobody has seen in its store yet, in the order of
/// their acknowledgements, which is the order in which the server stores them.
struct Unconfirmed {
  enum Subject: Hashable {
    /// The part of an item with this index.
    case part(item: Int64, index: Int)
    /// An item that an earlier run of the program sent.
    case whole(item: Int64)
    case probe
  }

  struct Entry {
    var subject: Subject
    var key: RecordKey
    var trace: UUID
    var weight: Int
    /// When it was acknowledged.
    var since: Duration
    /// The connection ended before its acknowledgement: the server may never have got it.
    var isUncertain = false
    /// When it was first missed though what came after it is stored.
    var missedSince: Duration?
  }

  private var entries: [Int: Entry] = [:]
  private var numbers: [RecordKey: Int] = [:]
  /// Numbers in order, those that have gone among them.
  private var order = Deque<Int>()
  private var next = 0
  /// The weight of all there ever were.
  private(set) var wholeWeight = 0
  /// The highest number known to be stored.
  private var stored = -1
  private(set) var weight = 0
  /// Numbers of those that may be lost.
  private var doubtful: Set<Int> = []

  /// How many there ever were.
  var wholeCount: Int { next }
  var hasDoubts: Bool { !doubtful.isEmpty }
  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }
  var oldest: Entry? { order.first.flatMap { entries[$0] } }
  /// Whether something that came after the oldest is stored.
  var isOldestOverdue: Bool { order.first.map { $0 < stored } ?? false }

  mutating func insert(_ entry: Entry) {
    remove(entry.key)
    entries[next] = entry
    numbers[entry.key] = next
    order.append(next)
    weight += entry.weight
    wholeWeight += entry.weight
    if entry.isUncertain { doubtful.insert(next) }
    next += 1
  }

  @discardableResult
  mutating func remove(_ key: RecordKey) -> Entry? {
    guard let number = numbers.removeValue(forKey: key), let entry = entries.removeValue(forKey: number) else {
      return nil
    }
    weight -= entry.weight
    doubtful.remove(number)
    while let first = order.first, entries[first] == nil { order.removeFirst() }
    return entry
  }

  /// The last of these that is unconfirmed.
  func last(of keys: [RecordKey]) -> Int? { keys.lastIndex { numbers[$0] != nil } }

  /// Takes out what was found in the store.
  mutating func found(_ keys: [RecordKey]) -> [Entry] {
    keys.compactMap { key in
      if let number = numbers[key] { stored = max(stored, number) }
      return remove(key)
    }
  }

  /// Notes what should have been among the rows of a query, and takes out what has been missed for `patience`.
  ///
  /// - `trace`: what was asked for; `nil`: the newest rows of all, among which an older one need not be.
  /// - `isWhole`: all rows of the trace were asked for, as against its newest.
  mutating func missed(_ trace: UUID?, isWhole: Bool, at now: Duration, patience: Duration) -> [Entry] {
    var lost: [Entry] = []
    for number in order {
      guard let entry = entries[number], number < stored || entry.isUncertain else { continue }
      guard trace == nil || entry.trace == trace else { continue }
      doubtful.insert(number)
      guard let since = entry.missedSince else {
        entries[number]?.missedSince = now
        continue
      }
      if trace != nil, isWhole, now - since >= patience { lost.append(entry) }
    }
    for entry in lost { remove(entry.key) }
    return lost
  }

  /// The first that is doubted, and from when on it may be given up.
  func firstDoubt(patience: Duration) -> (trace: UUID, due: Duration?)? {
    doubtful.min().flatMap { entries[$0] }.map { ($0.trace, $0.missedSince.map { $0 + patience }) }
  }

  /// The traces of the oldest, `nil` if there are more than `most`.
  func traces(atMost most: Int) -> [UUID]? {
    guard entries.count <= most else { return nil }
    return order.compactMap { entries[$0]?.trace }
  }

  /// Takes out what was acknowledged at or before `time`.
  mutating func settled(by time: Duration) -> [Entry] {
    var settled: [Entry] = []
    while let oldest, oldest.since <= time {
      settled.append(oldest)
      remove(oldest.key)
    }
    return settled
  }

  /// Takes everything out.
  mutating func removeAll() -> [Entry] { settled(by: .seconds(1 << 40)) }
}
