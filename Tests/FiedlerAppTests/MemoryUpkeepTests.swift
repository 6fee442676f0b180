import CAllocator
import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Memory after work") struct MemoryUpkeepTests {
  /// In KiB: `RssAnon` is the process's own, `RssFile` the pages of its files.
  private func memory(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name + ":") })
    return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
  }

  @Test("What was freed goes back to the system, though something made meanwhile lives on")
  func givenBack() async throws {
    // Small pieces, as answers are: the allocator gives large ones back by itself.
    var pieces = (0..<20_000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 4000) }
    let full = try memory("RssAnon")
    let last = pieces.removeLast()
    pieces = []
    MemoryUpkeep(delay: .zero).workEnded()
    try await eventually("half of the 80 MB are given back") { try memory("RssAnon") < full - 40 * 1024 }
    #expect(last.count == 4000)
  }

  @Test("Code that was run takes no memory once it is let go, and can be run again")
  func codeLetGo() throws {
    let full = try memory("RssFile")
    code_release()
    #expect(try memory("RssFile") < full - 1024)
    #expect("three words here".split(separator: " ").map(\.count) == [5, 5, 4])
  }
}
