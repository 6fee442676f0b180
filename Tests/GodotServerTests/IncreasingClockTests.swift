import FoundationEssentials
import Testing

@testable import GodotServer

@Suite("The server's clock and ids") struct IncreasingClockTests {
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
