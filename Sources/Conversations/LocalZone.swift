import FoundationEssentials

/// A time zone with its summer times: each date has its own offset.
///
/// `Foundation.TimeZone` is not used here, as reading its zones loads a megabyte of calendars at every start.
public struct LocalZone: Sendable {
  /// The offset at a point in time, in seconds east of UTC.
  public let secondsFromUTC: @Sendable (Date) -> Int

  public init(secondsFromUTC: @escaping @Sendable (Date) -> Int) { self.secondsFromUTC = secondsFromUTC }

  /// A zone that is always so many seconds east of UTC.
  public init(fixed seconds: Int) { self.init { _ in seconds } }

  public static let utc = LocalZone(fixed: 0)

  /// When a clock on the wall shows what `wall` shows in UTC. Of a time that comes twice the first is meant; one that
  /// is left out counts from the change on.
  public func date(wall: Date) -> Date {
    let before = secondsFromUTC(wall.addingTimeInterval(-86_400))
    let after = secondsFromUTC(wall.addingTimeInterval(86_400))
    let late = wall.addingTimeInterval(-Double(after))
    let early = wall.addingTimeInterval(-Double(before))
    return before == after || secondsFromUTC(early) == before || secondsFromUTC(late) != after ? early : late
  }

  /// What a clock on the wall shows at a point in time, as if it were UTC.
  public func wall(_ date: Date) -> Date { date.addingTimeInterval(Double(secondsFromUTC(date))) }
}
