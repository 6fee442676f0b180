import FoundationEssentials
import Testing

@testable import GodotServer

@Suite("Times on the wire") struct TimestampTests {
  @Test(
    "Times are read in every usual form",
    arguments: [
      ("1970-01-01", 0), ("2025-01-31T08:09:10Z", 1_738_310_950), ("2025-01-31 08:09:10", 1_738_310_950),
      ("2025-01-31T09:09:10.5+01:00", 1_738_310_950.5), ("2025-01-31T03:39-0430", 1_738_310_940),
      ("2024-02-29T00:00:00,25z", 1_709_164_800.25), ("1969-12-31T23:59:59Z", -1), ("1900-03-01", -2_203_891_200),
      ("2025-01-31T08:09:10.123456+00", 1_738_310_950.123456),
    ])
  func read(text: String, seconds: Double) throws {
    let date = try #require(Timestamp.date(text))
    #expect(abs(date.timeIntervalSince1970 - seconds) < 1e-6)
  }

  @Test(
    "What is no time is none",
    arguments: [
      "", "now", "2025", "2025-13-01", "2025-02-30", "2023-02-29", "2025-01-01T24:00", "2025-01-01T10:60Z",
      "2025-01-01T10", "2025-01-01T10:00:00.Z", "2025-01-01T10:00:00+", "2025-01-01T10:00:00Zjunk", "1735689600",
    ])
  func refuse(text: String) { #expect(Timestamp.date(text) == nil) }

  @Test("A written time is read back to the microsecond")
  func roundTrip() throws {
    for seconds in [0, 0.000001, 951_782_399.999999, 1_738_310_950.123456, 4_102_444_800, -86_400.5] {
      let date = Date(timeIntervalSince1970: seconds)
      let read = try #require(Timestamp.date(Timestamp.text(date)))
      #expect(abs(read.timeIntervalSince(date)) < 1e-6)
    }
    #expect(Timestamp.text(Date(timeIntervalSince1970: 951_782_400)) == "2000-02-29T00:00:00.000000+00:00")
  }

  @Test("The clock never gives the same time twice")
  func clock() {
    let clock = IncreasingClock()
    let times = (0..<1000).map { _ in clock.now() }
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("Derived ids are many, and always the same")
  func derivedIDs() {
    let id = UUID()
    #expect(Set((0..<1000).map(id.derived)).count == 1000)
    #expect(id.derived(3) == id.derived(3))
  }
}
