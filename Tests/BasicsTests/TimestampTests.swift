import Basics
import FoundationEssentials
import Testing

@Suite("Times as text") struct TimestampTests {
  @Test(
    "Times are read in every usual form",
    arguments: [
      ("1970-01-01", 0), ("2025-01-31T08:09:10Z", 1_738_310_950), ("2025-01-31 08:09:10", 1_738_310_950),
      ("2025-01-31T09:09:10.5+01:00", 1_738_310_950.5), ("2025-01-31T03:39-0430", 1_738_310_940),
      ("2024-02-29T00:00:00,25z", 1_709_164_800.25), ("1969-12-31T23:59:59Z", -1), ("1900-03-01", -2_203_891_200),
      ("2025-01-31T08:09:10.123456+00", 1_738_310_950.123456), ("2025-01-31 08:09:10.25+00", 1_738_310_950.25),
      ("2025-01-31T10:09:10.25+02:00", 1_738_310_950.25), ("2025-01-31T02:39:10.25-0530", 1_738_310_950.25),
      ("2026-01-31 10:05:00.0000019+01:00", 1_769_850_300.000001), ("2026-01-31T09:05", 1_769_850_300),
      ("20251002_182924", 1_759_429_764), ("20251002T182924Z", 1_759_429_764), ("20251002-182924", 1_759_429_764),
      ("20251002T182924.5+02", 1_759_422_564.5), ("20251002T1829Z", 1_759_429_740), (" 1970-01-01 ", 0),
      (" 1970-01-01 00:00:01 ", 1), ("2016-12-31T23:59:60Z", 1_483_228_800), ("+01970-01-01T00:00:00Z", 0),
    ])
  func read(text: String, seconds: Double) throws {
    #expect(try #require(Timestamp.date(text)).timeIntervalSince1970 == seconds)
  }

  @Test(
    "What is no time is none",
    arguments: [
      "", " ", "now", "yesterday", "2025", "2025-13-01", "2025-02-30", "2023-02-29", "2025-00-01", "2025-01-00",
      "2025-01-01T24:00", "2025-01-01T10:60Z", "2025-01-01T10", "2025-01-01T10:00:00.Z", "2025-01-01T10:00:00+",
      "2025-01-01T10:00:00Zjunk", "x2025-01-01T10:00:00", "1735689600", "20250101", "2025-01-01T10:00:61",
      "+999999-01-01T00:00:00Z", "2025-01-01-10:00", "2025-01-0١", "1900-02-29",
    ])
  func refuse(text: String) { #expect(Timestamp.date(text) == nil) }

  @Test("Whether a time has an offset is told")
  func offsets() {
    #expect(Timestamp.Reading("2025-01-31T08:09:10Z")?.hasOffset == true)
    #expect(Timestamp.Reading("20250131T080910+02")?.hasOffset == true)
    #expect(Timestamp.Reading("2025-01-31T08:09:10 ")?.hasOffset == false)
    #expect(Timestamp.Reading("2025-01-31")?.hasOffset == false)
  }

  @Test("A written time is read back to the microsecond, before 1970 too")
  func roundTrip() throws {
    for (text, microseconds) in [
      ("1970-01-01T00:00:00.000000Z", 0), ("1969-12-31T23:59:59.999999Z", -1),
      ("2000-02-29T12:00:00.000000Z", 951_825_600_000_000), ("0001-01-01T00:00:00.000000Z", -62_135_596_800_000_000),
      ("9999-12-31T23:59:59.000000Z", 253_402_300_799_000_000), ("2026-01-31T09:05:00.000001Z", 1_769_850_300_000_001),
    ] as [(String, Int64)] {
      let date = Date(microseconds: microseconds)
      #expect(Timestamp.text(date) == text && date.microseconds == microseconds)
      #expect(Timestamp.date(text) == date)
    }
    for seconds in stride(from: -62_135_596_800.0, through: 253_402_300_799, by: 86_400 * 97.37) {
      let date = Date(microseconds: Date(timeIntervalSince1970: seconds).microseconds)
      #expect(Timestamp.date(Timestamp.text(date)) == date)
    }
  }

  @Test("A time is written as its reader wants it")
  func forms() {
    let date = Date(microseconds: 1_738_310_950_250_007)
    #expect(Timestamp.text(date) == "2025-01-31T08:09:10.250007Z")
    #expect(Timestamp.text(date, zone: .number) == "2025-01-31T08:09:10.250007+00:00")
    #expect(Timestamp.text(date, .milliseconds, zone: .number) == "2025-01-31T08:09:10.250+00:00")
    #expect(Timestamp.text(date, .none) == "2025-01-31T08:09:10Z" && Timestamp.day(date) == "2025-01-31")
  }

  @Test(
    "A time outside the years 1 to 9999 counts as the nearest inside",
    arguments: [-Double.infinity, -1e300, -1e12, 1e12, 1e300, .infinity])
  func bounds(seconds: Double) {
    let text = seconds < 0 ? "0001-01-01T00:00:00.000000Z" : "9999-12-31T23:59:59.000000Z"
    #expect(Timestamp.text(Date(timeIntervalSince1970: seconds)) == text)
    #expect(Date(microseconds: seconds < 0 ? .min : .max) == Timestamp.date(text))
    #expect(Timestamp.date(seconds < 0 ? "-0100-01-01T00:00Z" : "+20000-01-01T00:00Z") == Timestamp.date(text))
    #expect(Timestamp.text(Date(timeIntervalSince1970: .nan)).hasPrefix("1970-01-01"))
  }

  @Test("Days and the calendar agree, and months end where they end")
  func calendar() throws {
    var previous = CalendarDay(daysSince1970: -720_000)
    for days in -719_999...(-719_999 + 2 * 146_097) {
      let day = CalendarDay(daysSince1970: days)
      #expect(day.daysSince1970 == days)
      #expect(day.day == previous.day + 1 || day.day == 1)
      previous = day
    }
    let january = try #require(CalendarDay(year: 2024, month: 1, day: 31))
    #expect(january.adding(months: 1) == CalendarDay(year: 2024, month: 2, day: 29))
    #expect(january.adding(months: -11) == CalendarDay(year: 2023, month: 2, day: 28))
    #expect(january.adding(months: -13) == CalendarDay(year: 2022, month: 12, day: 31))
    #expect(january.adding(months: 12) == CalendarDay(year: 2025, month: 1, day: 31))
    #expect(CalendarDay(year: 1900, month: 2, day: 29) == nil && CalendarDay(year: 2024, month: 13, day: 1) == nil)
  }

  @Test("A length of time has whole microseconds, from none to a billion seconds")
  func lengths() {
    #expect(Duration.microseconds(1_500_001).wholeMicroseconds == 1_500_001)
    #expect(Duration.nanoseconds(1499).wholeMicroseconds == 1 && Duration.nanoseconds(1500).wholeMicroseconds == 2)
    for negative in [Duration.microseconds(-1), .seconds(-5), .seconds(Int64.min)] {
      #expect(negative.wholeMicroseconds == 0)
    }
    #expect(Duration.seconds(Int64.max).wholeMicroseconds == 1_000_000_000_000_000)
  }
}
