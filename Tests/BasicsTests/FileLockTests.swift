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

  @Test("What is done while the lock is held is done by one at a time, and no file is left of it")
  func held() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (path, counter) = (path, directory + "/counter")
    try Data("0".utf8).write(to: URL(filePath: counter))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...50 {
        group.addTask {
          try FileLock.held(at: path) {
            let number = try #require(
              Int(String(decoding: try Data(contentsOf: URL(filePath: counter)), as: UTF8.self)))
            try Data("\(number + 1)".utf8).write(to: URL(filePath: counter))
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try Data(contentsOf: URL(filePath: counter)) == Data("50".utf8))
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("A file that cannot be opened is an error in the system's words")
  func unusable() {
    #expect(throws: SystemError(ENOENT)) { try FileLock.taken("/nonexistent/folder/lock") }
    #expect(throws: SystemError(ENOENT)) { try FileLock(opening: path, creating: false) }
  }
}
