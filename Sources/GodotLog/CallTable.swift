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

  private var table: [Int: Call] = [:]
  /// Ids in the order of sending, those already answered among them.
  private var order = Fifo<Int>()
  /// Bytes of all frames.
  private(set) var bytes = 0
  /// Of all that the server only queues: their weight, and how many there are.
  private(set) var weight = 0
  private(set) var queued = 0

  /// The parts under way, in the order of sending.
  var parts: [(item: Int64, index: Int)] {
    order.all.compactMap { if case .part(let item, let index) = table[$0]?.purpose { (item, index) } else { nil } }
  }

  var isEmpty: Bool { table.isEmpty }
  var count: Int { table.count }
  var largest: Call? { table.values.max { $0.size < $1.size } }

  /// When the call that waits longest was sent.
  var oldest: Duration? { order.first.flatMap { table[$0]?.sentAt } }

  /// `id` must be higher than any before.
  mutating func insert(_ call: Call, id: Int) {
    table[id] = call
    order.append(id)
    bytes += call.size
    weight += call.weight
    if call.weight > 0 { queued += 1 }
  }

  mutating func remove(_ id: Int) -> Call? {
    guard let call = table.removeValue(forKey: id) else { return nil }
    bytes -= call.size
    weight -= call.weight
    if call.weight > 0 { queued -= 1 }
    while let first = order.first, table[first] == nil { order.removeFirst() }
    return call
  }

  mutating func removeAll() { self = CallTable() }
}

/// A queue whose first element goes in constant time.
struct Fifo<Element> {
  private var elements: [Element] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }
  var count: Int { elements.count - head }
  var first: Element? { isEmpty ? nil : elements[head] }
  var last: Element? { isEmpty ? nil : elements.last }
  var all: ArraySlice<Element> { elements[head...] }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func removeFirst() {
    head += 1
    guard head > 64, head * 2 > elements.count else { return }
    elements.removeFirst(head)
    head = 0
  }
}
