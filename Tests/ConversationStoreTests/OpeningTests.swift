import ConversationStore
import Conversations
import Foundation
import GRDB
import Glibc
import Testing

@Suite("Opening the history")
struct OpeningTests {
  let directory = try! TemporaryDirectory()

  @Test("Directories and files are their owner's alone, whatever the umask")
  func permissions() async throws {
    let old = umask(0)
    defer { umask(old) }
    let path = directory.path + "/deep/er"
    let store = try ConversationStore(directory: path)
    try await store.begin(.queued(), in: UUID())
    for folder in ["", "/deep", "/deep/er", "/deep/er/sessions"].dropFirst() {
      #expect(try permissions(directory.path + folder) == 0o700, "\(folder)")
    }
    let files = try #require(FileManager.default.enumerator(atPath: path)).compactMap { $0 as? String }
    #expect(files.contains("fiedler.db") && files.contains("fiedler.db-wal") && files.contains("fiedler.db-shm"))
    #expect(files.contains { $0.hasPrefix("sessions/") })
    for file in files where file != "sessions" { #expect(try permissions(path + "/" + file) == 0o600, "\(file)") }
  }

  @Test("A file that others could read is closed to them; a directory the user made stays as it is")
  func tightening() async throws {
    _ = try ConversationStore(directory: directory.path)
    chmod(directory.path, 0o755)
    chmod(directory.path + "/fiedler.db", 0o644)
    let store = try ConversationStore(directory: directory.path)
    #expect(try permissions(store.path) == 0o600)
    #expect(try permissions(directory.path) == 0o755)
  }

  @Test("A database from a newer version is refused politely and left as it is")
  func newerVersion() async throws {
    let path: String
    do {
      let store = try ConversationStore(directory: directory.path)
      try await store.begin(.queued(), in: UUID())
      try await store.execute("INSERT INTO grdb_migrations VALUES ('conversations 99')")
      path = store.path
      try store.database.close()
    }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let error = try #require(throws: StoreError.self) { try ConversationStore(directory: directory.path) }
    #expect(error == .newerVersion(path: path))
    #expect("\(error)".contains(path) && "\(error)".contains("Update Fiedler"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test("A database of another program in the history's place is named, and keeps its bytes, its rights and its mode")
  func anotherPrograms() async throws {
    let path = directory.path + "/fiedler.db"
    let queue = try DatabaseQueue(path: path)
    try await queue.write { try $0.execute(sql: "CREATE TABLE accounts (id INTEGER)") }
    try queue.close()
    chmod(path, 0o644)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let error = try #require(throws: StoreError.self) { try ConversationStore(directory: directory.path) }
    #expect(error == .otherProgram(path: path))
    #expect("\(error)".contains(path) && "\(error)".contains("choose another folder"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(try permissions(path) == 0o644)
    #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
  }

  @Test("A newer database that was left in the middle of its work is not even tidied up")
  func newerVersionLeftOpen() async throws {
    let copy = try TemporaryDirectory()
    do {
      let store = try ConversationStore(directory: directory.path)
      try await store.begin(.queued(), in: UUID())
      try await store.execute("INSERT INTO grdb_migrations VALUES ('conversations 99')")
      // What lies on the disk at this moment is what a kill would leave.
      for file in ["fiedler.db", "fiedler.db-wal"] {
        try FileManager.default.copyItem(atPath: directory.path + "/" + file, toPath: copy.path + "/" + file)
      }
    }
    func bytes() throws -> [Data] {
      try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: copy.path + "/fiedler.db" + $0)) }
    }
    let before = try bytes()
    #expect(before[1].count > 0)
    #expect(throws: StoreError.newerVersion(path: copy.path + "/fiedler.db")) {
      try ConversationStore(directory: copy.path)
    }
    #expect(try bytes() == before)
  }

  @Test("A file that is no database, or a damaged one, is called that and left as it is")
  func corrupt() async throws {
    let path = directory.path + "/fiedler.db"
    let bytes = Data(String(repeating: "not a database\n", count: 1000).utf8)
    try bytes.write(to: URL(fileURLWithPath: path))
    let error = try #require(throws: StoreError.self) { try ConversationStore(directory: directory.path) }
    guard case .corrupt(path, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect("\(error)".contains(path) && "\(error)".contains(".recover"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
  }

  @Test("A page destroyed later is reported as damage when it is read")
  func damagedPage() async throws {
    let id = UUID()
    let path: String
    do {
      let store = try ConversationStore(directory: directory.path)
      try await store.begin(.queued(String(repeating: "long ", count: 10_000)), in: id)
      path = store.path
      try store.database.close()
    }
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    let size = try file.seekToEnd()
    try file.seek(toOffset: 4096)
    try file.write(contentsOf: Data(repeating: 0xAA, count: Int(size) - 4096))
    try file.close()
    let error = try await #require(throws: StoreError.self) {
      _ = try await ConversationStore(directory: directory.path).conversation(id)
    }
    guard case .corrupt(path, _) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test("Where there can be no directory, the message names the place and the way out")
  func noDirectory() throws {
    let file = directory.path + "/file"
    try Data().write(to: URL(fileURLWithPath: file))
    let error = try #require(throws: StoreError.self) { try ConversationStore(directory: file + "/history") }
    guard case .cannotOpen = error else {
      Issue.record("\(error)")
      return
    }
    #expect("\(error)".contains(file) && "\(error)".contains("choose another folder"))
  }

  @Test("What stands in the place of the history's file is named: a folder, a FIFO, a link to nowhere")
  func obstructed() throws {
    let path = directory.path + "/fiedler.db"
    for (make, words) in [
      ({ mkdir(path, 0o700) }, "it is a directory"), ({ mkfifo(path, 0o600) }, "it is a FIFO, not a file"),
      ({ symlink("/nowhere/x", path) }, "\(path) is a symbolic link to /nowhere/x, which is not there"),
    ] as [(() -> Int32, String)] {
      #expect(make() == 0)
      let error = try #require(throws: StoreError.self) { try ConversationStore(directory: directory.path) }
      #expect(error == .cannotOpen(path: path, reason: words))
      #expect(remove(path) == 0)
    }
  }

  @Test("What is no file keeps its rights, and nothing is put beside it: it may be a device that all programs use")
  func rightsOfOthers() throws {
    let shared = directory.path + "/shared"
    #expect(mkfifo(shared, 0o600) == 0 && chmod(shared, 0o666) == 0)
    #expect(symlink(shared, directory.path + "/fiedler.db") == 0)
    #expect(throws: StoreError.self) { try ConversationStore(directory: directory.path) }
    var status = stat()
    #expect(stat(shared, &status) == 0 && status.st_mode & 0o777 == 0o666)
    #expect(stat(shared + "-journal", &status) != 0)
  }

  @Test("Many that open the same new history at once all succeed")
  func openingAtOnce() async throws {
    let path = directory.path
    let stores = try await withThrowingTaskGroup(of: ConversationStore.self) { group in
      for _ in 0..<8 { group.addTask { try ConversationStore(directory: path) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for store in stores { try await store.begin(.queued(), in: UUID()) }
    #expect(try await stores[0].counts().conversations == 8)
  }

  private func permissions(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }
}
