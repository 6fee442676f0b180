import Basics
import CPostgreSQL
import FoundationEssentials

/// What PostgreSQL, or the way to it, says is wrong.
struct PostgreSQLError: Error, Hashable {
  /// SQLSTATE, five characters; empty where the error is not the server's.
  var state: String
  var message: String
  /// Whether the connection is of no more use.
  var isLost: Bool
  /// Whether there was no answer in time: to ask again at once would only wait again.
  var isLate = false
}

/// Values for `$1`, `$2`, ... of a statement, as text, one after another in one block of bytes.
struct PostgreSQLParameters {
  private var bytes: [UInt8] = []
  /// `nil` for null.
  private var offsets: [Int?] = []

  init() {}

  init(_ values: (any PostgreSQLText)?...) {
    for value in values { append(value) }
  }

  mutating func append(_ value: (any PostgreSQLText)?) {
    offsets.append(value == nil ? nil : bytes.count)
    guard let value else { return }
    bytes += value.postgreSQLText.utf8
    bytes.append(0)
  }

  /// An array, for `$1::type[]`.
  mutating func append<Element: PostgreSQLText>(array values: some Sequence<Element>) {
    append(array: values.lazy.map(Optional.some))
  }

  /// An array, for `$1::type[]`.
  mutating func append<Element: PostgreSQLText>(array values: some Sequence<Element?>) {
    offsets.append(bytes.count)
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    for value in values {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      if let value { appendQuoted(value.postgreSQLText) } else { bytes += "NULL".utf8 }
    }
    bytes += [UInt8(ascii: "}"), 0]
  }

  private mutating func appendQuoted(_ text: String) {
    var text = text
    bytes.append(UInt8(ascii: "\""))
    text.withUTF8 { source in
      var start = 0
      for index in source.indices
      where source[index] == UInt8(ascii: "\"") || source[index] == UInt8(ascii: "\\") {
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<index]))
        bytes.append(UInt8(ascii: "\\"))
        start = index
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start...]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  func withPointers<Value>(_ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?) -> Value) -> Value {
    bytes.withUnsafeBytes { buffer in
      let start = buffer.bindMemory(to: CChar.self).baseAddress
      let pointers = offsets.map { offset in offset.flatMap { offset in start.map { $0 + offset } } }
      return pointers.withUnsafeBufferPointer { body(Int32($0.count), $0.baseAddress) }
    }
  }
}

/// What can be a parameter. Must be free of U+0000.
protocol PostgreSQLText {
  var postgreSQLText: String { get }
}
extension String: PostgreSQLText { var postgreSQLText: String { self } }
extension Int: PostgreSQLText { var postgreSQLText: String { String(self) } }
extension Int64: PostgreSQLText { var postgreSQLText: String { String(self) } }
extension Bool: PostgreSQLText { var postgreSQLText: String { self ? "t" : "f" } }
extension UUID: PostgreSQLText { var postgreSQLText: String { lowercased } }

/// The rows of an answer.
final class PostgreSQLRows {
  private let result: OpaquePointer
  let count: Int

  /// Takes over the result.
  fileprivate init(_ result: OpaquePointer) {
    self.result = result
    count = Int(postgresql_rows(result))
  }

  deinit { postgresql_clear(result) }

  /// What was done: `COMMIT`, `DELETE 3`.
  var command: String { String(cString: postgresql_command(result)) }
  /// The number at the end of `command`, 0 if there is none.
  var affected: Int { command.split(separator: " ").last.flatMap { Int($0) } ?? 0 }

  /// `nil` for null.
  func text(_ row: Int, _ column: Int) -> String? {
    var length: Int32 = 0
    guard let value = postgresql_value(result, Int32(row), Int32(column), &length) else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: value, count: Int(length)), as: UTF8.self)
  }

  func int(_ row: Int, _ column: Int) -> Int? { text(row, column).flatMap { Int($0) } }
  func bool(_ row: Int, _ column: Int) -> Bool { text(row, column) == "t" }
}

/// One connection, used by one thread at a time; every call blocks.
final class PostgreSQLConnection {
  private let connection: OpaquePointer
  /// What every transaction begins with. Nothing is ever set for the session: behind a pooler it is other programs'
  /// too.
  var opening = "BEGIN"
  /// How long a statement may take before its connection counts as lost.
  private let milliseconds: Int32

  /// Connects. Of repeated settings the last one counts; the value of `dbname` is the URL.
  init(settings: [(name: String, value: String)], milliseconds: Int32) throws(PostgreSQLError) {
    let names = settings.map { Self.cString($0.name) }
    let values = settings.map { Self.cString($0.value) }
    defer { for pointer in names + values { pointer.deallocate() } }
    let connection = postgresql_connect(
      names.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil])
    guard let connection else { throw PostgreSQLError(state: "", message: "out of memory", isLost: true) }
    guard postgresql_is_connected(connection) else {
      let message = String(cString: postgresql_error(connection))
      postgresql_disconnect(connection)
      throw PostgreSQLError(state: "", message: message, isLost: true, isLate: message.contains("timeout expired"))
    }
    self.connection = connection
    self.milliseconds = milliseconds
  }

  deinit { postgresql_disconnect(connection) }

  private static func cString(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = Array(text.utf8CString)
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    pointer.initialize(from: bytes, count: bytes.count)
    return pointer
  }

  /// Runs one statement.
  @discardableResult
  func run(_ sql: String, _ parameters: PostgreSQLParameters) throws(PostgreSQLError) -> PostgreSQLRows {
    var timedOut = false
    let result = parameters.withPointers { count, values in
      postgresql_execute(connection, sql, count, values, milliseconds, &timedOut)
    }
    return try rows(result, timedOut)
  }

  /// Runs any number of statements, up to the first error; returns the last one's rows.
  @discardableResult
  func run(_ sql: String) throws(PostgreSQLError) -> PostgreSQLRows {
    var timedOut = false
    let result = postgresql_execute(connection, sql, -1, nil, milliseconds, &timedOut)
    return try rows(result, timedOut)
  }

  private func rows(_ result: OpaquePointer?, _ timedOut: Bool) throws(PostgreSQLError) -> PostgreSQLRows {
    guard let result else {
      let words = timedOut ? "timeout expired" : String(cString: postgresql_error(connection))
      let message = words.isEmpty ? "the server answered with a copy that was not asked for" : words
      throw PostgreSQLError(state: "", message: message, isLost: true, isLate: timedOut)
    }
    if postgresql_succeeded(result) { return PostgreSQLRows(result) }
    let error = PostgreSQLError(
      state: postgresql_state(result).map { String(cString: $0) } ?? "",
      message: String(cString: postgresql_message(result)), isLost: !postgresql_is_connected(connection))
    postgresql_clear(result)
    throw error
  }

  /// Runs `body` in a transaction; `begin` are statements to follow its ``opening``.
  @discardableResult
  func transaction<Value>(begin: String = "", _ body: () throws -> Value) throws -> Value {
    do {
      try run(opening + "; " + begin)
      let value = try body()
      let command = try run("COMMIT").command
      guard command == "COMMIT" else {
        throw PostgreSQLError(state: "40000", message: "the transaction was rolled back", isLost: false)
      }
      return value
    } catch {
      if (error as? PostgreSQLError)?.isLost != true { try run("ROLLBACK") }
      throw error
    }
  }
}
