import Conversations
import FoundationEssentials

/// A turn as the program itself keeps it, to be compared with the log server's or sent there again.
public struct LocalTurn: Hashable, Sendable {
  /// As it is logged, but for what is redacted. ``TurnRecord/logID`` is the one for sending it again.
  public var record: TurnRecord
  /// It was put into the outbox when it was stored.
  public var isLogged: Bool

  public init(record: TurnRecord, isLogged: Bool) {
    self.record = record
    self.isLogged = isLogged
  }
}

/// Where a ``GodotVerifier`` gets the program's own turns from.
public protocol TurnSource: Sendable {
  /// The ids of conversations in some lasting order, those after `last` (the first for `nil`), at most `limit`.
  func conversationIDs(after last: UUID?, limit: Int) async throws -> [UUID]
  /// The conversation's turns by number, as they are now; none if it is gone.
  func localTurns(of conversation: UUID) async throws -> [LocalTurn]
}

extension UUID {
  /// The log id under which a turn is sent again, the same however often: what it had at first is not kept.
  public static func resending(turn number: Int, of conversation: UUID) -> UUID {
    var bytes = conversation.uuid
    let offset = UInt32(truncatingIfNeeded: number)
    bytes.0 ^= 0x72
    bytes.1 ^= 0x65
    // Made by a rule of our own: version 8 of RFC 9562.
    bytes.6 = bytes.6 & 0x0F | 0x80
    bytes.12 ^= UInt8(truncatingIfNeeded: offset >> 24)
    bytes.13 ^= UInt8(truncatingIfNeeded: offset >> 16)
    bytes.14 ^= UInt8(truncatingIfNeeded: offset >> 8)
    bytes.15 ^= UInt8(truncatingIfNeeded: offset)
    return UUID(uuid: bytes)
  }
}
