import CAllocator
import FoundationEssentials
import Glibc
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

  /// Whether the page that holds an address is in memory; what is not mapped any more is not.
  private func isResident(_ page: UInt) -> Bool {
    var state: UInt8 = 0
    return mincore(UnsafeMutableRawPointer(bitPattern: page), 1, &state) == 0 && state & 1 == 1
  }

  @Test("What was freed goes back to the system, though something made meanwhile lives on")
  func givenBack() async throws {
    // Small pieces, as answers are: the allocator gives large ones back by itself.
    var pieces = (0..<20_000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 4000) }
    let pages = pieces.map { piece in piece.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) & ~4095 } }
    #expect(pages.allSatisfy(isResident))
    let last = pieces.removeLast()
    pieces = []
    MemoryUpkeep(delay: .zero).workEnded()
    // The pages themselves are looked at, for other tests take memory meanwhile.
    try await eventually("half of the 80 MB are given back") { pages.count(where: isResident) < pages.count / 2 }
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
