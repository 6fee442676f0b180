import ConfigurationReading
import Glibc
import TestSupport
import Testing

@Suite struct RegularFileTests {
  private func failure(_ path: String, limit: Int = 100) -> RegularFile.Failure? {
    do throws(RegularFile.Failure) {
      let file = try RegularFile(path: path)
      _ = try file.read(limit: limit)
      return nil
    } catch {
      return error
    }
  }

  @Test("A file is read whole, and where it really is can be told") func reading() throws {
    let directory = try TemporaryDirectory()
    try directory.write("real", "content", mode: 0o640)
    let link = try directory.link("link", to: "real")
    let file = try RegularFile(path: link)
    #expect(try file.read(limit: 7) == Array("content".utf8))
    #expect(file.realPath == directory("real"))
    #expect(file.permissions == 0o640)
  }

  @Test("A FIFO nobody writes to, a directory and a device are refused without waiting")
  func notFiles() throws {
    let directory = try TemporaryDirectory()
    #expect(mkfifo(directory("fifo"), 0o600) == 0)
    #expect(failure(directory("fifo")) == .notAFile("FIFO"))
    #expect(failure(directory.path) == .directory)
    #expect(failure("/dev/zero") == .notAFile("device"))
    #expect(failure(directory("missing")) == .missing)
    try directory.write("file", "")
    #expect(failure(directory("file/below")) == .system("Not a directory"))
    #expect(failure("") == .missing)
  }

  @Test("A file of exactly the limit is read, one byte more is not") func limit() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", "12345")
    #expect(failure(path, limit: 5) == nil)
    #expect(failure(path, limit: 4) == .tooLarge(limit: 4))
  }

  @Test("A file whose size the system does not tell is held to the limit all the same") func unknownSize() {
    #expect(failure("/proc/self/maps", limit: 64) == .tooLarge(limit: 64))
    #expect(failure("/proc/self/comm", limit: 64) == nil)
  }
}
