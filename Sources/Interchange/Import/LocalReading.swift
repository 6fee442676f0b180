import Basics
import Conversations
import FoundationEssentials

extension LocalZone {
  /// Reads a point in time; one without an offset counts as this zone's own.
  func reading(_ text: String) -> (date: Date, assumesZone: Bool)? {
    Timestamp.Reading(text).map { $0.hasOffset ? ($0.date, false) : (date(wall: $0.date), true) }
  }
}
