import Conversations
import GRDB

/// What is known of each model's answers in all, kept up to date with every answer, so that it need not be gathered
/// from a million of them when it is asked for.
///
/// ```
/// reply_figures    a view: the figures of each answer that has ended, in conversations that are not deleted
/// model_days       their sums, by model and by the day in UTC on which the answer was asked for
/// model_failures   how many answers each model has failed with each kind of failure
/// model_measures   how often each value of a measure came: `bucket` is a bucket of ``Histogram``, by its lower bound
/// ```
///
/// **Triggers write the three tables**, so that no way of writing can be forgotten: before an answer changes or goes,
/// what the view says of it is taken away, and afterwards what it says then is added. A conversation that is deleted,
/// or comes back, takes its answers along. What a cascade removes is taken away before it begins: the view shows an
/// answer only while its conversation is there. Rows that have come down to zero stay until a purge. Only a transaction
/// that says so sums up the answers it adds by itself: ``summingUp(_:_:)``.
///
/// The triggers of the first two schemas are no more; those in force are in `SummaryTriggers.swift`.
///
/// Numbers of whatever size are bounded in the view: SQLite refuses a sum beyond 2^63, and with it the write.
enum ModelSummary {
  /// The measures of ``Histogram``: microseconds to the first token, thousandths of a token in a second, tokens.
  enum Measure: Int, CaseIterable {
    case firstToken, rate, length

    var column: String {
      switch self {
      case .firstToken: "ttft"
      case .rate: "rate"
      case .length: "written"
      }
    }
  }

  /// Columns of `model_days` that are sums; those of the view's rows that have the same names.
  static let sums = [
    "sends", "successes", "partial", "failed", "cancelled", "interrupted", "retries", "written", "reasoning", "counted",
    "read", "cached", "cache_written", "completion",
  ]

  static let schema =
    """
    CREATE VIEW reply_figures AS SELECT *,
      1 AS sends, state = 'success' AS successes, state = 'partial' AS partial, state = 'failed' AS failed,
      state = 'cancelled' AS cancelled, state = 'interrupted' AS interrupted,
      iif(state IN ('failed', 'partial', 'interrupted'), kind, NULL) AS failure,
      iif(lasted - ttft >= 50000 AND written > 1, (written - 1) * 1000000000 / (lasted - ttft), NULL) AS rate,
      iif(counted, all_read, 0) AS read, iif(counted, min(all_cached, all_read), 0) AS cached,
      iif(counted, min(all_cache_written, all_read - min(all_cached, all_read)), 0) AS cache_written,
      iif(counted, written, 0) AS completion
    FROM (
      SELECT replies.id, replies.prompt_id, conversation_id, provider, model, state, started_at,
        (\(started) - ((\(started) % 86400000000) + 86400000000) % 86400000000) / 86400000000 AS day,
        max(0, min(tries, 1000000) - 1) AS retries,
        \(bounded("ttft")) AS ttft, \(bounded("duration")) AS lasted,
        iif(json_valid(failure), failure ->> 'kind', NULL) AS kind,
        prompt_tokens IS NOT NULL AND completion_tokens IS NOT NULL AS counted,
        ifnull(\(bounded("prompt_tokens")), 0) AS all_read, ifnull(\(bounded("cached_tokens")), 0) AS all_cached,
        ifnull(\(bounded("cache_write_tokens")), 0) AS all_cache_written,
        ifnull(\(bounded("completion_tokens")),
          (length(CAST(replies.text AS BLOB)) + length(CAST(reasoning AS BLOB)) + 3) / 4) AS written,
        ifnull(\(bounded("reasoning_tokens")), (length(CAST(reasoning AS BLOB)) + 3) / 4) AS reasoning
      FROM replies JOIN prompts ON prompts.id = replies.prompt_id
        JOIN conversations ON conversations.id = prompts.conversation_id
      WHERE deleted_at IS NULL AND NOT \(Schema.unfinished));

    CREATE TABLE model_days (
      provider TEXT NOT NULL, model TEXT NOT NULL, day INTEGER NOT NULL,
      \(sums.map { "\($0) INTEGER NOT NULL" }.joined(separator: ", ")),
      PRIMARY KEY (provider, model, day)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE model_failures (
      provider TEXT NOT NULL, model TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY (provider, model, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE model_measures (
      provider TEXT NOT NULL, model TEXT NOT NULL, measure INTEGER NOT NULL, bucket INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (provider, model, measure, bucket)
    ) STRICT, WITHOUT ROWID;

    \(changes(+1, where: "true"))

    CREATE TRIGGER summary_of_new AFTER INSERT ON replies WHEN NOT NEW.\(Schema.unfinished) BEGIN
      \(changes(+1, where: "id = NEW.id"))
    END;
    CREATE TRIGGER summary_before_change BEFORE UPDATE ON replies WHEN NOT OLD.\(Schema.unfinished) BEGIN
      \(changes(-1, where: "id = OLD.id"))
    END;
    CREATE TRIGGER summary_of_changed AFTER UPDATE ON replies WHEN NOT NEW.\(Schema.unfinished) BEGIN
      \(changes(+1, where: "id = NEW.id"))
    END;
    CREATE TRIGGER summary_of_gone BEFORE DELETE ON replies WHEN NOT OLD.\(Schema.unfinished) BEGIN
      \(changes(-1, where: "id = OLD.id"))
    END;
    CREATE TRIGGER summary_of_gone_prompts BEFORE DELETE ON prompts BEGIN
      \(changes(-1, where: "prompt_id = OLD.id"))
    END;
    CREATE TRIGGER summary_of_gone_conversations BEFORE DELETE ON conversations BEGIN
      \(changes(-1, where: "conversation_id = OLD.id"))
    END;
    CREATE TRIGGER summary_before_deletion BEFORE UPDATE OF deleted_at ON conversations
      WHEN (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL) BEGIN
      \(changes(-1, where: "conversation_id = OLD.id"))
    END;
    CREATE TRIGGER summary_after_deletion AFTER UPDATE OF deleted_at ON conversations
      WHEN (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL) BEGIN
      \(changes(+1, where: "conversation_id = NEW.id"))
    END;
    """

  /// Answers that come in by thousands are summed up together: see ``summingUp(_:_:)``.
  static let schema2 =
    """
    CREATE TABLE summed_together (
      after_reply INTEGER NOT NULL     -- the last reply before those that the transaction sums up itself
    ) STRICT;
    DROP TRIGGER summary_of_new;
    CREATE TRIGGER summary_of_new AFTER INSERT ON replies
      WHEN NOT NEW.\(Schema.unfinished)
        AND NOT EXISTS (SELECT 1 FROM summed_together WHERE NEW.id > after_reply) BEGIN
      \(changes(+1, where: "id = NEW.id"))
    END;
    """

  /// Sums up the answers that `body` adds all at once at its end; a sum of its own for each is a fifth of what storing
  /// it costs. Part of a transaction, which must not be committed if this throws.
  static func summingUp<Value>(_ db: Database, _ body: () throws -> Value) throws -> Value {
    try db.execute(sql: "INSERT INTO summed_together SELECT ifnull(max(id), 0) FROM replies")
    let value = try body()
    try db.execute(
      sql: """
        \(changes(+1, where: "id > (SELECT after_reply FROM summed_together)"))
        DELETE FROM summed_together;
        """)
    return value
  }

  /// Rows that no answer is left of: a purge takes them, for models' names are in them.
  static let tidy = """
    DELETE FROM model_days WHERE sends = 0;
    DELETE FROM model_failures WHERE count = 0;
    DELETE FROM model_measures WHERE count = 0;
    """

  /// When it was asked for, within a range whose days can be reckoned without a float.
  private static let started = "max(-\(1 << 60), min(started_at, \(1 << 60)))"

  private static func bounded(_ column: String) -> String { "max(0, min(\(column), \(Histogram.largest)))" }

  /// Adds the figures of some answers, or takes them away.
  private static func changes(_ sign: Int, where condition: String) -> String {
    let sign = sign < 0 ? "-" : ""
    let adding = sums.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", ")
    return """
      INSERT INTO model_days SELECT provider, model, day, \(sums.map { "\(sign)sum(\($0))" }.joined(separator: ", "))
        \(days(where: condition)) ON CONFLICT DO UPDATE SET \(adding);
      INSERT INTO model_failures SELECT provider, model, failure, \(sign)count(*)
        \(failures(where: condition)) ON CONFLICT DO UPDATE SET count = count + excluded.count;
      INSERT INTO model_measures SELECT provider, model, measure, bucket, \(sign)count(*)
        \(measures(where: condition)) ON CONFLICT DO UPDATE SET count = count + excluded.count;
      """
  }

  // MARK: The groups

  static func days(where condition: String) -> String {
    "FROM reply_figures WHERE \(condition) GROUP BY provider, model, day"
  }

  static func failures(where condition: String) -> String {
    "FROM reply_figures WHERE failure IS NOT NULL AND \(condition) GROUP BY provider, model, failure"
  }

  static func measures(where condition: String) -> String {
    let values = Measure.allCases.map { measure in
      """
      SELECT provider, model, \(measure.rawValue) AS measure, \(bucket(measure.column)) AS bucket
      FROM reply_figures WHERE \(measure.column) IS NOT NULL AND \(condition)
      """
    }
    return "FROM (\(values.joined(separator: " UNION ALL "))) WHERE true GROUP BY provider, model, measure, bucket"
  }

  /// ``Histogram/bucket(_:)`` as SQL: the bits of a number below its five highest are cut off. Looks for the highest
  /// bit by halving.
  static func bucket(_ value: String) -> String {
    func search(_ low: Int, _ high: Int) -> String {
      guard low < high else { return low == 0 ? value : "\(value) & -\(1 << low)" }
      let middle = (low + high) / 2
      return "CASE WHEN \(value) < \(32 << middle) THEN \(search(low, middle)) ELSE \(search(middle + 1, high)) END"
    }
    return search(0, 40)
  }
}
