import JSON

/// Reads a reply that differs from an earlier one in nothing but its id, as the acknowledgements of log records do,
/// without reading it as JSON again.
struct ReplyMemo {
  /// What stood before and behind the id.
  private var head: [UInt8] = []
  private var tail: [UInt8] = []
  private var result = JSON.null
  private var form = 0

  /// The reply of this kind that `bytes` begin with, and where it ends; `nil` if it is another one.
  func read(_ bytes: UnsafeRawBufferPointer) -> (reply: MCPEvent.Reply, end: Int)? {
    guard !head.isEmpty, bytes.starts(with: head), let (id, start) = Self.number(bytes, at: head.count),
      start + tail.count <= bytes.count, bytes[start..<(start + tail.count)].elementsEqual(tail)
    else { return nil }
    return (MCPEvent.Reply(id: id, result: .success(result), form: form), start + tail.count)
  }

  /// Takes note of a reply that was read as JSON, and returns its form.
  mutating func note(_ bytes: UnsafeRawBufferPointer, id: Int, result: JSON) -> Int {
    guard bytes.count <= 1024, let start = Self.idStart(bytes), let (found, end) = Self.number(bytes, at: start),
      found == id
    else { return 0 }
    (head, tail) = (Array(bytes[..<start]), Array(bytes[end...]))
    self.result = result
    form += 1
    return form
  }

  /// Where the number of the message's own `id` begins, if nothing with members stands before it.
  private static func idStart(_ bytes: UnsafeRawBufferPointer) -> Int? {
    let key = Array(#""id":"#.utf8)
    var index = 1
    while index + key.count < bytes.count, bytes[index] != UInt8(ascii: "{"), bytes[index] != UInt8(ascii: "[") {
      if bytes[index] == key[0], bytes[index - 1] != UInt8(ascii: "\\"), bytes[index...].starts(with: key) {
        let start = index + key.count
        return bytes[start] == UInt8(ascii: " ") ? start + 1 : start
      }
      index += 1
    }
    return nil
  }

  /// The whole number at `start`, and where what follows it begins.
  private static func number(_ bytes: UnsafeRawBufferPointer, at start: Int) -> (Int, end: Int)? {
    var value = 0
    var end = start
    // So many digits always fit.
    while end < min(bytes.count, start + 18), case 0x30...0x39 = bytes[end] {
      value = 10 * value + Int(bytes[end] - 0x30)
      end += 1
    }
    guard end > start, end < bytes.count, bytes[end] == UInt8(ascii: ",") || bytes[end] == UInt8(ascii: "}") else {
      return nil
    }
    return (value, end)
  }
}
