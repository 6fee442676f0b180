import DequeModule
import FoundationEssentials

/// The calls under way, with what is asked of them all the time kept ready.
struct CallTable {
  struct Call {
    enum Purpose {
      case begin(UUID)
      case part(item: Int64, index: Int)
      /// A record that only asks whether records are stored.
      case probe(RecordKey)
    }
    var purpose: Purpose
    /// Bytes of its frame.
    var size: Int
    /// Of ``ToolCall/weight``, where the server only queues it.
    var weight = 0
    var sentAt: Duration
  }

  /// By id, without gaps, from `first` on: the oldest that is not answered. `nil`: answered.
  private var table = Deque<Call?>()
  private var first = 0
  private(set) var count = 0
  /// Bytes of all frames.
  private(set) var bytes = 0
  /// Of all that the server only queues: their weight, and how many there are.
  private(set) var weight = 0
  private(set) var queued = 0

  /// The parts under way, in the order of sending.
  var parts: [(item: Int64, index: Int)] {
    table.compactMap { if case .part(let item, let index) = $0?.purpose { (item, index) } else { nil } }
  }

  var isEmpty: Bool { count == 0 }
  var largest: Call? { table.compactMap(\.self).max { $0.size < $1.size } }

  /// When the call that waits longest was sent.
  var oldest: Duration? { table.first??.sentAt }

  /// `id` must be one more than the one before.
  mutating func insert(_ call: Call, id: Int) {
    if table.isEmpty { first = id }
    table.append(call)
    count += 1
    bytes += call.size
    weight += call.weight
    if call.weight > 0 { queued += 1 }
  }

  mutating func remove(_ id: Int) -> Call? {
    guard id >= first, id - first < table.count, let call = table[id - first] else { return nil }
    table[id - first] = nil
    count -= 1
    bytes -= call.size
    weight -= call.weight
    if call.weight > 0 { queued -= 1 }
    while let oldest = table.first, oldest == nil {
      table.removeFirst()
      first += 1
    }
    return call
  }

  mutating func removeAll() { self = CallTable() }
}
