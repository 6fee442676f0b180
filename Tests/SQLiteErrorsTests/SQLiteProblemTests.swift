import GRDB
import Glibc
import SQLiteErrors
import TestSupport
import Testing

@Suite("What SQLite's errors mean") struct SQLiteProblemTests {
  @Test(
    "An error is told by what is wrong with the file",
    arguments: [
      (.SQLITE_FULL, .diskFull), (.SQLITE_IOERR_SHMSIZE, .diskFull), (.SQLITE_READONLY, .readOnly),
      (.SQLITE_READONLY_DBMOVED, .moved), (.SQLITE_PERM, .readOnly), (.SQLITE_BUSY, .locked),
      (.SQLITE_BUSY_SNAPSHOT, .locked), (.SQLITE_LOCKED, .locked), (.SQLITE_CORRUPT, .damaged),
      (.SQLITE_NOTADB, .damaged), (.SQLITE_CANTOPEN, .cannotOpen), (.SQLITE_IOERR, .diskFails),
      (.SQLITE_IOERR_WRITE, .diskFails), (.SQLITE_INTERRUPT, .cancelled),
    ] as [(ResultCode, SQLiteProblem)])
  func kinds(code: ResultCode, problem: SQLiteProblem) {
    #expect(SQLiteProblem(DatabaseError(resultCode: code)) == problem)
    #expect(problem.words(of: "the storage")?.isEmpty == false)
  }

  @Test("Any other error keeps SQLite's words, or its number where it has none")
  func others() {
    let error = DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "no such luck")
    #expect(SQLiteProblem(error) == .other("no such luck") && SQLiteProblem(error).words(of: "it") == nil)
    #expect(SQLiteProblem.readOnly.words(of: "the history") == "the history is read-only")
  }

  @Test("A file that is moved, removed or replaced while it is open is noticed; one in memory has no place")
  func place() throws {
    let directory = try TemporaryDirectory()
    let path = directory("a.db")
    let database = try DatabasePool(path: path)
    func problem() -> SQLiteProblem? {
      do { try database.write { try $0.checkPlace() } } catch {
        return (error as? DatabaseError).map(SQLiteProblem.init)
      }
      return nil
    }
    #expect(problem() == nil)
    #expect(rename(path, path + ".moved") == 0)
    #expect(problem() == .moved)
    try directory.write("a.db", "another")
    #expect(problem() == .moved)
    #expect(rename(path + ".moved", path) == 0)
    #expect(problem() == nil)
    try DatabaseQueue().write { try $0.checkPlace() }
  }

  @Test("Words are those of SQLite itself")
  func real() throws {
    let database = try DatabaseQueue()
    #expect {
      try database.write { try $0.execute(sql: "SELECT * FROM missing") }
    } throws: {
      ($0 as? DatabaseError).map { $0.words.contains("no such table: missing") } ?? false
    }
  }
}
