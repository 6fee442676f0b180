import Conversations
import Foundation
import JSON
import Testing

@testable import GodotLog

/// What is read of records without building values is what reading them as JSON finds.
@Suite struct RecordScanningTests {
  private func record(_ change: (inout [String: JSON]) -> Void = { _ in }) -> [UInt8] {
    let record = LogRecord(
      component: "c", level: .warn, message: "größe \"quoted\"", traceID: UUID(),
      data: ["a": [1, 2.5, nil, ["b": true]]])
    var members = record.arguments(logID: UUID(), at: Date(timeIntervalSince1970: 1)).object ?? [:]
    change(&members)
    return JSON.object(members).bytes
  }

  @Test("A record as this program writes it is taken as it is")
  func sound() throws {
    let payload = record()
    let log = try #require(QueuedLog(sound: payload))
    #expect(try log == QueuedLog(stored: JSON(bytes: payload), rowID: UUID(), payload))
    #expect(log.arguments == payload)
  }

  @Test("A record that is anything else is left to be read and mended as JSON")
  func others() {
    #expect(QueuedLog(sound: record { $0["level"] = "loud" }) == nil)
    #expect(QueuedLog(sound: record { $0["trace_id"] = "1234abcd" }) == nil)
    #expect(QueuedLog(sound: record { $0["message"] = 7 }) == nil)
    #expect(QueuedLog(sound: record { $0["message"] = "a\0b" }) == nil)
    #expect(QueuedLog(sound: record { $0["data"] = "text" }) == nil)
    #expect(QueuedLog(sound: record { $0["data"] = ["a": 1] }) == nil)
    #expect(QueuedLog(sound: record { $0["component"] = nil }) == nil)
    #expect(QueuedLog(sound: record { $0["more"] = 1 }) == nil)
    #expect(QueuedLog(sound: record() + [0x20, 0x31]) == nil)
    #expect(QueuedLog(sound: Array(record().dropLast())) == nil)
    #expect(QueuedLog(sound: []) == nil)
    var bytes = record()
    bytes[bytes.firstIndex(of: UInt8(ascii: "q")) ?? 0] = 0xFF
    #expect(QueuedLog(sound: bytes) == nil)
  }

  @Test("The keys of a query's rows are found in every form in which servers answer")
  func keys() throws {
    let (one, two) = (UUID(), UUID())
    let data: [JSON] = [
      ["log_id": .string(one.uuidString.lowercased()), "text": "a \"quoted\" \\ 漢字"],
      ["metadata": ["log_id": .string(two.uuidString), "part": 2, "parts": 3, "files": ["a", "b"]]],
      ["another": "client's"], .null, "prose", ["log_id": "no id"],
    ]
    let expected = [RecordKey(logID: one), RecordKey(logID: two, part: 2, parts: 3)]
    for isText in [false, true] {
      let rows = JSON.array(
        data.map { ["id": 1, "data": isText && $0.object != nil ? .string($0.text) : $0, "age": 1.5] })
      #expect(RecordKey.all(inRows: rows.text) == expected)
      let wrapped: JSON = ["content": [["type": "text", "text": .string(rows.text)]]]
      #expect(RecordKey.all(inRows: wrapped.text) == expected)
    }
    #expect(RecordKey.all(inRows: #"{"logs": []}"#) == nil)
    #expect(RecordKey.all(inRows: "[{") == nil)
    #expect(RecordKey.all(inRows: " []") == [])
  }
}
