import ConversationStore
import Conversations
import Foundation
import Glibc
import Testing

@Suite("A disk without room, a file without a place")
struct DiskFullTests {
  @Test(
    "A full disk is called that, harms nothing, and is no trouble once there is room",
    .enabled(if: SmallDisk.isPossible, "mounting a small file system takes the rights of root"))
  func fullDisk() async throws {
    let disk = try SmallDisk()
    let id = UUID()
    let store = try ConversationStore(directory: disk.path + "/history")
    var exchange = try await store.begin(.queued(models: [.fast]), in: id)
    let filler = disk.path + "/filler"
    fill(filler)

    let text = String(repeating: "much text ", count: 20_000)
    let full = StoreError.diskFull(path: store.path)
    let streaming = exchange.replies[0].applying([(1, .text(text))])
    await #expect(throws: full) { try await store.checkpoint([streaming]) }
    await #expect(throws: full) { try await store.finish(streaming.applying([(2, .finished(.stop))])) }
    #expect(try await store.conversation(id)?.exchanges == [exchange])
    #expect("\(full)".contains(store.path) && "\(full)".contains("Free some space"))
    let fresh = #expect(throws: StoreError.self) { try ConversationStore(directory: disk.path + "/other") }
    if case .diskFull = fresh {} else { Issue.record("\(String(describing: fresh))") }

    unlink(filler)
    try await store.checkpoint([streaming])
    exchange.replies[0] = try await store.finish(streaming.applying([(2, .finished(.stop))]))
    #expect(try await store.conversation(id)?.exchanges == [exchange])
    #expect(try await store.integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1)
  }

  @Test("Nothing is kept in a file that was moved or removed meanwhile, as nobody would see it: that is said")
  func moved() async throws {
    let directory = try TemporaryDirectory()
    let id = UUID()
    let store = try ConversationStore(directory: directory.path)
    var exchange = try await store.begin(.queued(models: [.fast]), in: id)
    let moved = StoreError.moved(path: store.path)
    let streaming = exchange.replies[0].applying([(1, .text("text"))])
    let files = ["", "-wal", "-shm"].map { store.path + $0 }
    for file in files { #expect(rename(file, file + ".away") == 0) }
    await #expect(throws: moved) { try await store.begin(.queued(), in: UUID()) }
    await #expect(throws: moved) { try await store.checkpoint([streaming]) }
    await #expect(throws: moved) { try await store.finish(streaming.applying([(2, .finished(.stop))])) }
    #expect("\(moved)".contains(store.path) && "\(moved)".contains("Put it back"))

    for file in files { #expect(rename(file + ".away", file) == 0) }
    exchange.replies[0] = try await store.finish(streaming.applying([(2, .finished(.stop))]))
    #expect(try await store.conversation(id)?.exchanges == [exchange])
  }

  /// Writes until nothing more fits.
  private func fill(_ path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
    for size in [65_536, 4096, 1] {
      let block = [UInt8](repeating: 1, count: size)
      while write(descriptor, block, size) > 0 {}
    }
    close(descriptor)
  }
}

/// A file system of two megabytes in memory, gone when the value is.
private final class SmallDisk: Sendable {
  private let directory: TemporaryDirectory
  var path: String { directory.path }

  init() throws {
    directory = try TemporaryDirectory()
    try #require(Self.run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", directory.path))
  }

  static let isPossible: Bool = {
    guard geteuid() == 0, let directory = try? TemporaryDirectory() else { return false }
    return run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", directory.path) && run("umount", directory.path)
  }()

  private static func run(_ command: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  deinit { _ = Self.run("umount", "-l", directory.path) }
}
