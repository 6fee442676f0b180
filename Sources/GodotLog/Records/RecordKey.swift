import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON

/// What a log record is known by on a server, whichever of its repeats is there.
struct RecordKey: Hashable, Sendable {
  var logID: UUID
  /// From 1, of a turn that travels in parts. Parts of an ordinary record have a `logID` of their own.
  var part = 1
  var parts = 1

  init(logID: UUID, part: Int = 1, parts: Int = 1) {
    (self.logID, self.part, self.parts) = (logID, part, parts)
  }

  /// From a record's `data`; `nil` if none of Fiedler's clients wrote it.
  init?(_ data: JSON) {
    let metadata = data[WireKey.metadata]
    guard let id = (data[WireKey.logID] ?? metadata?[WireKey.logID])?.string.flatMap(UUID.init(canonical:)) else {
      return nil
    }
    self.init(logID: id, part: metadata?[WireKey.part]?.int ?? 1, parts: metadata?[WireKey.parts]?.int ?? 1)
  }
}

/// How many bytes a text may take in a server's storing batch.
///
/// Servers in use encode a record once more, `data` as JSON within JSON and everything beyond ASCII escaped
/// (`\\u6f22`, two of them beyond the BMP). What a batch weighs decides whether it is stored, so every byte counts as
/// the most that may become of it.
enum StoredWeight {
  /// Of encoded JSON.
  static func of(_ bytes: [UInt8]) -> Int {
    var extra = 0
    for byte in bytes {
      // Seven bytes for each scalar of two or three, fourteen for one of four.
      if byte >= 0xC0 { extra += byte >= 0xF0 ? 14 : 7 }
      if byte >= 0x80 { extra -= 1 }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { extra += 1 }
    }
    return bytes.count + extra
  }

  /// Of a record whose stored payload has so many bytes, when its text is not at hand.
  static func most(ofPayload size: Int) -> Int { min(2 * size, 192 << 10) + 256 }
}

extension ToolCall {
  func fits(_ limits: SizeLimits) -> Bool {
    largestFrame <= limits.frame ?? .max && weight <= limits.weight ?? .max
  }
}
