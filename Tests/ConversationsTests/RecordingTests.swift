import Conversations
import Testing

@Suite("Recording")
struct RecordingTests {
  @Test("Entries come back as they were put in, from the stored bytes too")
  func roundTrip() throws {
    var recording = Recording()
    #expect(recording.isEmpty)
    recording.append(.attempt, value: 1, at: .zero)
    recording.append(.reasoning, value: 5, at: .milliseconds(120))
    recording.append(.text, value: 70_000, at: .milliseconds(120))
    recording.append(.end, value: 0, at: .seconds(90_000))
    let expected: [Recording.Entry] = [
      .init(milliseconds: 0, kind: .attempt, value: 1),
      .init(milliseconds: 120, kind: .reasoning, value: 5),
      .init(milliseconds: 120, kind: .text, value: 70_000),
      .init(milliseconds: 90_000_000, kind: .end, value: 0),
    ]
    #expect(recording.entries() == expected)
    #expect(try Recording(bytes: recording.bytes).entries() == expected)
  }

  @Test("A recording read back goes on where it ended")
  func continues() throws {
    var recording = Recording()
    recording.append(.text, value: 1, at: .milliseconds(500))
    var read = try Recording(bytes: recording.bytes)
    read.append(.text, value: 2, at: .milliseconds(700))
    #expect(read.entries().map(\.milliseconds) == [500, 700])
  }

  @Test("Times are rounded from the start and do not drift")
  func noDrift() {
    var recording = Recording()
    for step in 1...1000 { recording.append(.text, value: 1, at: .microseconds(1400 * step)) }
    #expect(recording.entries().last?.milliseconds == 1400)
  }

  @Test("Time never goes back")
  func monotonic() {
    var recording = Recording()
    recording.append(.text, value: 1, at: .milliseconds(50))
    recording.append(.text, value: 1, at: .milliseconds(40))
    recording.append(.text, value: 1, at: .milliseconds(-5))
    #expect(recording.entries().map(\.milliseconds) == [50, 50, 50])
  }

  @Test("An ordinary chunk costs two to four bytes")
  func compact() {
    var recording = Recording()
    for step in 0..<1000 { recording.append(.text, value: 4, at: .milliseconds(20 * step)) }
    #expect(recording.bytes.count <= 1 + 2 * 1000)
  }

  @Test(
    "Bytes of no recording are refused",
    arguments: [
      [], [0], [2], [1, 5], [1, 0x80], [1, 0, 0x80],
      [1] + [UInt8](repeating: 0xFF, count: 12),
    ])
  func malformed(_ bytes: [UInt8]) {
    #expect(throws: Recording.Malformed.self) { try Recording(bytes: bytes) }
  }

  @Test("Times that add up beyond 64 bits are refused, not a crash")
  func overflow() {
    let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
    let bytes: [UInt8] = [1] + huge + [0] + huge + [0] + huge + [0]
    #expect(throws: Recording.Malformed.self) { try Recording(bytes: bytes) }
  }

  @Test("Durations round to the nearest millisecond and have bounds")
  func milliseconds() {
    #expect(Duration.microseconds(1499).wholeMilliseconds == 1)
    #expect(Duration.microseconds(1500).wholeMilliseconds == 2)
    #expect(Duration.seconds(-1).wholeMilliseconds == 0)
    #expect(Duration.seconds(Int64.max).wholeMilliseconds > 1_000_000_000_000)
    #expect(Duration.milliseconds(1250).inSeconds == 1.25)
  }
}
