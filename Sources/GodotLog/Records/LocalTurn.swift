import Basics
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
  ///
  /// Mixed of both by SplitMix64's finalizer, so that neighbouring numbers of conversations with neighbouring ids do
  /// not meet.
  public static func resending(turn number: Int, of conversation: UUID) -> UUID {
    let halves = withUnsafeBytes(of: conversation.uuid) { bytes in
      [0, 8].map { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)) }
    }
    let turn = SplitMix64.mixed(UInt64(bitPattern: Int64(number)) &+ SplitMix64.step)
    let high = SplitMix64.mixed(halves[0] ^ turn)
    let low = SplitMix64.mixed(halves[1] &+ SplitMix64.mixed(high ^ turn))
    var uuid = UUID().uuid
    withUnsafeMutableBytes(of: &uuid) { bytes in
      bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
      bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    // Made by a rule of our own: version 8 of RFC 9562.
    uuid.6 = uuid.6 & 0x0F | 0x80
    uuid.8 = uuid.8 & 0x3F | 0x80
    return UUID(uuid: uuid)
  }
}
