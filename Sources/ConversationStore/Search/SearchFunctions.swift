import FoundationEssentials
import GRDB
import GRDBSQLite

/// What the index tells about a row that matches, as functions of SQL.
///
/// SQLite's own `snippet` and `highlight` cut a text at U+0000, read it twice, and do not say which column it was.
///
/// - `excerpt(search, conversation_id)`: where the row matches, as ``SearchExcerpt`` reads it; NULL if an earlier row
///   of the query was of the same conversation.
/// - `places(search)`: every match, as ``SearchPlaces`` reads it.
/// - `weights(search)`: how much each phrase of the query weighs in the row, as ``SearchWeights`` reads it.
enum SearchFunctions {
  static func register(in db: Database) throws {
    let api = UnsafeMutablePointer(mutating: FTS5.api(db))
    func add(_ name: String, _ function: @escaping fts5_extension_function) throws {
      let code = name.withCString { api.pointee.xCreateFunction(api, $0, nil, function, nil) }
      guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
    try add("excerpt") { api, row, result, _, values in
      guard let row = MatchingRow(api, row), let conversation = values?[0] else { return }
      row.isFirst(of: sqlite3_value_int64(conversation)) ? answer(row.excerpt(), result) : sqlite3_result_null(result)
    }
    try add("places") { api, row, result, _, _ in
      guard let row = MatchingRow(api, row) else { return }
      answer(row.places(), result)
    }
    try add("weights") { api, row, result, _, _ in
      guard let row = MatchingRow(api, row) else { return }
      answer(row.weights(), result)
    }
  }
}

/// Tells SQLite to keep a copy: `SQLITE_TRANSIENT`, a macro that Swift does not see.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

private func answer(_ bytes: [UInt8], _ result: OpaquePointer?) {
  bytes.withUnsafeBytes { sqlite3_result_blob(result, $0.baseAddress, CInt($0.count), transient) }
}

/// The columns of the index, in their order.
enum SearchColumn: Int, CaseIterable {
  /// The first column's places need no mark of their column, so that is the one with the most words.
  case text, title, tags, reasoning, files, facets

  /// What one match in it is worth.
  var weight: Int {
    switch self {
    case .title: 20
    case .tags: 10
    case .files: 6
    case .text: 2
    case .reasoning: 1
    case .facets: 0
    }
  }

  /// Which one an excerpt is taken from, if several match.
  static let byWeight: [SearchColumn] = [.title, .text, .files, .reasoning, .tags]
}

/// Where a row matches, as it is handed through SQL.
struct SearchExcerpt {
  static let words = 16
  /// Bytes, where words are longer than words are.
  static let longest = 400

  var column: SearchColumn
  /// Bytes of `text`.
  var ranges: [Range<Int>]
  var isCutBefore: Bool
  var isCutAfter: Bool
  var text: [UInt8]

  init(column: SearchColumn, ranges: [Range<Int>], isCutBefore: Bool, isCutAfter: Bool, text: [UInt8]) {
    self.column = column
    self.ranges = ranges
    self.isCutBefore = isCutBefore
    self.isCutAfter = isCutAfter
    self.text = text
  }

  /// `nil` where only filters matched.
  init?(stored: Data) {
    let bytes = [UInt8](stored)
    guard bytes.count >= 16, let column = SearchColumn(rawValue: Int32s.read(bytes, 0)) else { return nil }
    let count = Int32s.read(bytes, 3)
    ranges = (0..<count).map { Int32s.read(bytes, 4 + 2 * $0)..<Int32s.read(bytes, 5 + 2 * $0) }
    isCutBefore = Int32s.read(bytes, 1) != 0
    isCutAfter = Int32s.read(bytes, 2) != 0
    text = Array(bytes[(4 * (4 + 2 * count))...])
    self.column = column
  }

  var stored: [UInt8] {
    var bytes: [UInt8] = []
    for number in [column.rawValue, isCutBefore ? 1 : 0, isCutAfter ? 1 : 0, ranges.count] {
      Int32s.append(number, to: &bytes)
    }
    for range in ranges {
      Int32s.append(range.lowerBound, to: &bytes)
      Int32s.append(range.upperBound, to: &bytes)
    }
    return bytes + text
  }
}

/// Every match in a row, as it is handed through SQL: column, start and end of each, in order, never overlapping.
enum SearchPlaces {
  static func read(_ stored: Data) -> [SearchColumn: [Range<Int>]] {
    let bytes = [UInt8](stored)
    var places: [SearchColumn: [Range<Int>]] = [:]
    for index in stride(from: 0, to: bytes.count / 4, by: 3) {
      guard let column = SearchColumn(rawValue: Int32s.read(bytes, index)) else { continue }
      places[column, default: []].append(Int32s.read(bytes, index + 1)..<Int32s.read(bytes, index + 2))
    }
    return places
  }
}

/// How much phrases weigh in a row: the weights of the columns for each match.
enum SearchWeights {
  static func read(_ stored: Data) -> [(phrase: Int, weight: Int)] {
    let bytes = [UInt8](stored)
    return stride(from: 0, to: bytes.count / 4, by: 2).map {
      (Int32s.read(bytes, $0), Int32s.read(bytes, $0 + 1))
    }
  }
}

/// Numbers of four bytes, the least significant first.
enum Int32s {
  static func append(_ number: Int, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  static func read(_ bytes: [UInt8], _ index: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[4 * index + $1]) << (8 * $1) }
  }
}
