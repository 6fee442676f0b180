import FiedlerApp
import Settings
import TestSupport
import Testing

@Suite("The report of a crash") struct PastCrashTests {
  private func crash(_ report: String?) throws -> PastCrash? {
    let directory = try TemporaryDirectory()
    if let report { try directory.write("state/fiedler/crash.txt", report) }
    return PastCrash(Paths(environment: ["HOME": directory.path, "XDG_STATE_HOME": directory("state")]))
  }

  @Test("It is read with its place, the handler's own frames left out")
  func read() throws {
    #expect(try crash(nil)?.line == nil)
    let read = try #require(
      try crash(
        """
        signal 11 SIGSEGV
        version 1.2
        time 1700000000
        where
        fiedler(+0x1)[0x1]
        fiedler(+0x2)[0x2]
        /lib/libc.so.6(+0x3)[0x3]
        fiedler(+0x4)[0x4]
        """))
    #expect(read.signal == "11 SIGSEGV" && read.frames == ["fiedler(+0x4)[0x4]"])
    #expect(read.line.hasPrefix("Fiedler 1.2 crashed 2023-11-14T22:13:20Z by signal 11 SIGSEGV"))
  }

  @Test("Whatever stands in its file, it is told", arguments: HostileNumbers.texts + ["", "x"])
  func hostile(number: String) throws {
    for text in ["time \(number)\nwhere\n", "signal \(number)\nversion \(number)\ntime \(number)", number] {
      #expect(try crash(text)?.line.contains("crashed") == true)
    }
  }
}
