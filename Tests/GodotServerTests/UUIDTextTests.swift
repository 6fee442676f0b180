import Basics
import FoundationEssentials
import Testing

@testable import GodotServer

@Suite("Ids in calls") struct UUIDTextTests {
  @Test("Ids are read as Python reads them")
  func roundTrip() {
    for _ in 0..<1000 {
      let id = UUID()
      #expect(UUID(lenient: id.uuidString) == id)
      #expect(UUID(lenient: id.lowercased) == id)
      #expect(UUID(lenient: id.lowercased.filter { $0 != "-" }) == id)
      #expect(UUID(lenient: "{\(id.uuidString)}") == id)
      #expect(UUID(lenient: "urn:uuid:\(id.lowercased)") == id)
    }
  }

  @Test(
    "What is no UUID is none",
    arguments: [
      "", "1", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000",
      "00000000-0000-4000-8000-00000000000g", "00000000-000-4000-8000-000000000000",
      "00000000-0000-4000-8000 000000000000", "urn:uuid:", "urn:uuid:1", "{00000000-0000-4000-8000-00000000}",
    ])
  func wrong(text: String) {
    #expect(UUID(lenient: text) == nil)
  }
}
