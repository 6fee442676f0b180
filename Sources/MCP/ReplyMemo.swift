import JSON

/// Reads a reply that differs from an earlier one in nothing but its id, as the acknowledgements of log records do,
/// without reading it as JSON again.
struct ReplyMemo {
  private static let head = Array(#"{"id":"#.utf8)

  private var tail: ArraySlice<UInt8> = []
  private var result = JSON.null

  /// The id and the result of such a reply; `nil` if it is another one.
  func read(_ bytes: [UInt8]) -> (id: Int, result: JSON)? {
    guard !tail.isEmpty, let (id, end) = Self.id(of: bytes), bytes[end...].elementsEqual(tail) else { return nil }
    return (id, result)
  }

  /// Takes note of a reply that was read as JSON.
  mutating func note(_ bytes: [UInt8], id: Int, result: JSON) {
    guard bytes.count <= 1024, let (found, end) = Self.id(of: bytes), found == id else { return }
    (tail, self.result) = (bytes[end...], result)
  }

  /// The number of a message that begins with its id, and where what follows it begins.
  private static func id(of bytes: [UInt8]) -> (Int, end: Int)? {
    guard bytes.starts(with: head) else { return nil }
    var id = 0
    var end = head.count
    // So many digits always fit.
    while end < min(bytes.count, head.count + 18), case 0x30...0x39 = bytes[end] {
      id = 10 * id + Int(bytes[end] - 0x30)
      end += 1
    }
    guard end > head.count, end < bytes.count, bytes[end] == UInt8(ascii: ",") else { return nil }
    return (id, end)
  }
}
