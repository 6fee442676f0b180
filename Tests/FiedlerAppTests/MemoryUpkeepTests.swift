import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Memory after work") struct MemoryUpkeepTests {
  /// Of the process itself, without the pages of its files, in KiB.
  private func ownMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
    return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
  }

  @Test("What was freed goes back to the system, though something made meanwhile lives on")
  func givenBack() async throws {
    // Small pieces, as answers are: the allocator gives large ones back by itself.
    var pieces = (0..<20_000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 4000) }
    let full = try ownMemory()
    let last = pieces.removeLast()
    pieces = []
    MemoryUpkeep(delay: .zero).workEnded()
    try await eventually("half of the 80 MB are given back") { try ownMemory() < full - 40 * 1024 }
    #expect(last.count == 4000)
  }
}
