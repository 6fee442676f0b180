import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Basics

@Suite("File locks") struct FileLockTests {
  private let directory = FileManager.default.temporaryDirectory.path + "/lock-\(UUID().lowercased)"

  init() throws { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }

  private var path: String { directory + "/file.lock" }

  @Test("One at a time has the lock, and it is free again when that one lets go")
  func exclusive() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }  // a folder of its own, for the system to tidy up
    var first = try FileLock.taken(path)
    #expect(first != nil)
    #expect(try FileLock.taken(path) == nil)
    let waiting = try FileLock(opening: path)
    #expect(try !waiting.take())
    first = nil
    #expect(try waiting.take())
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test("The lock is on the file that lies there, also where it is removed while others open it")
  func removed() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let first = try #require(try FileLock.taken(path))
    // Opened in time, but not locked in time.
    let late = try FileLock(opening: path)
    #expect(late.isInPlace)
    first.removeFile()
    #expect(!late.isInPlace)
    // Another file by now, which nobody has locked.
    let second = try #require(try FileLock.taken(path))
    #expect(try FileLock.taken(path) == nil)
    withExtendedLifetime((first, second)) {}
  }

  @Test("Who waits has the lock as soon as it is let go")
  func waits() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var first = try FileLock.taken(path)
    let second = try FileLock(opening: path)
    let waiter = Task.detached { try second.wait() }
    first = nil
    try await waiter.value
    #expect(try FileLock.taken(path) == nil)
    #expect(first == nil)
  }

  @Test("A file that cannot be opened is an error in the system's words")
  func unusable() {
    #expect(throws: SystemError(ENOENT)) { try FileLock.taken("/nonexistent/folder/lock") }
    #expect(throws: SystemError(ENOENT)) { try FileLock(opening: path, creating: false) }
  }
}
