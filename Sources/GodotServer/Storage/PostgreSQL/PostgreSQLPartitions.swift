import Basics
import FoundationEssentials

/// Keeps `logs` in partitions of a day each: makes those of the days to come, drops those whose time is over.
///
/// Partitions of another size, made by somebody else, stay as they are; a day that one of them covers gets none. So
/// does a day whose partition cannot be made at once: its records go to the default partition, and into the day's own
/// when it is made later. Nothing here waits long for other work, as everybody who writes would wait behind it.
struct PostgreSQLPartitions {
  let connection: PostgreSQLConnection

  /// The connection's transactions wait at most five seconds for each lock, and count days in UTC.
  private let begin = "SELECT pg_advisory_xact_lock(\(PostgreSQLSchema.AdvisoryLock.partitions.rawValue))"

  func maintain(now: Date, removingBefore limit: Date?) throws {
    let isPartitioned = try connection.run("SELECT FROM pg_partitioned_table WHERE partrelid = 'logs'::regclass").count
    if isPartitioned > 0 {
      for (first, next) in try missingDays(now) { try tolerating { try make(from: first, to: next) } }
      if let limit {
        for partition in try partitions(before: limit) { try tolerating { try drop(partition) } }
      }
    }
    guard let limit else { return }
    // What lies with younger records in one partition; a little at a time.
    let delete = """
      DELETE FROM logs WHERE (id, created_at) IN (
        SELECT id, created_at FROM logs WHERE created_at < \(PostgreSQLTime.parameter(1)) LIMIT 10000)
      """
    let parameters = PostgreSQLParameters(limit.microseconds)
    while try connection.transaction({ try connection.run(delete, parameters).affected }) > 0 {}
  }

  private func query(_ sql: String, _ parameters: PostgreSQLParameters) throws -> PostgreSQLRows {
    try connection.transaction { try connection.run(sql, parameters) }
  }

  /// Passes over what the next time will do: a lock that was not free, and what another server has just done.
  private func tolerating(_ body: () throws -> Void) throws {
    do { try body() } catch let error as PostgreSQLError {
      switch error.state {
      case "55P03", "40P01", "40001", "40000", "42P01", "42P07", "42P17", "23514": break
      default: throw error
      }
    }
  }

  /// The bounds of every partition but the default one. `relpartbound` reads `FOR VALUES FROM ('...') TO ('...')`, or
  /// MINVALUE and MAXVALUE.
  private static let bounds = """
    WITH partitions AS (
      SELECT oid, pg_get_expr(relpartbound, oid) AS bound FROM pg_inherits JOIN pg_class ON oid = inhrelid
      WHERE inhparent = 'logs'::regclass
    ), bounds AS (
      SELECT oid,
        coalesce(substring(bound FROM 'FROM \\(''([^'']+)''\\)')::timestamptz, '-infinity') AS first,
        coalesce(substring(bound FROM 'TO \\(''([^'']+)''\\)')::timestamptz, 'infinity') AS next
      FROM partitions WHERE bound <> 'DEFAULT'
    )
    """

  /// Today and the seven days after it, as far as no partition has them.
  private func missingDays(_ now: Date) throws -> [(first: String, next: String)] {
    let rows = try query(
      """
      \(Self.bounds), days AS (
        SELECT day, day + interval '1 day' AS next
        FROM date_trunc('day', \(PostgreSQLTime.parameter(1))) AS today,
          generate_series(today, today + interval '7 days', interval '1 day') AS day
      )
      SELECT to_char(day, 'YYYY-MM-DD'), to_char(next, 'YYYY-MM-DD') FROM days
      WHERE NOT EXISTS (SELECT FROM bounds WHERE bounds.first < days.next AND bounds.next > days.day)
      ORDER BY day
      """, PostgreSQLParameters(now.microseconds))
    return (0..<rows.count).compactMap { row in
      guard let first = rows.text(row, 0), let next = rows.text(row, 1) else { return nil }
      return (first, next)
    }
  }

  /// Makes the table beside the others and attaches it then, which lets reading and writing go on meanwhile; records of
  /// its day move over from the default partition.
  private func make(from first: String, to next: String) throws {
    let name = "logs_" + first.filter { $0 != "-" }
    let columns = "id, trace_id, component, level, message, data, created_at"
    try connection.transaction(begin: begin) {
      try connection.run("CREATE TABLE \(name) (LIKE logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
      let other = try connection.run(
        "SELECT partdefid::regclass FROM pg_partitioned_table WHERE partrelid = 'logs'::regclass AND partdefid <> 0")
      if other.count > 0, let other = other.text(0, 0) {
        try connection.run(
          """
          WITH moved AS (
            DELETE FROM \(other) WHERE created_at >= '\(first)' AND created_at < '\(next)' RETURNING \(columns)
          )
          INSERT INTO \(name) (\(columns)) SELECT \(columns) FROM moved
          """)
      }
      try connection.run("ALTER TABLE logs ATTACH PARTITION \(name) FOR VALUES FROM ('\(first)') TO ('\(next)')")
    }
  }

  /// Those whose records are all older.
  private func partitions(before limit: Date) throws -> [String] {
    let rows = try query(
      "\(Self.bounds) SELECT oid::regclass FROM bounds WHERE next <= \(PostgreSQLTime.parameter(1))",
      PostgreSQLParameters(limit.microseconds))
    return (0..<rows.count).compactMap { rows.text($0, 0) }
  }

  private func drop(_ partition: String) throws {
    try connection.transaction(begin: begin) { try connection.run("DROP TABLE \(partition)") }
  }
}

/// Points in time on their way to and from PostgreSQL: as microseconds since 1970, which no setting can change.
enum PostgreSQLTime {
  static func of(_ microseconds: String) -> String {
    "(timestamptz '1970-01-01 00:00:00+00' + \(microseconds) * interval '1 microsecond')"
  }

  static func parameter(_ number: Int) -> String { of("$\(number)::bigint") }

  static func column(_ name: String) -> String { "(extract(epoch FROM \(name)) * 1000000)::bigint" }
}
