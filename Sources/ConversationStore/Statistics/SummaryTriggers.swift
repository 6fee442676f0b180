import GRDB

/// The triggers of ``ModelSummary`` as they are now.
///
/// SQLite compiles a trigger, and every trigger that it sets off, into each statement that could fire it, whether or
/// not it does, and reads the text of all of them with each connection. So what is to be done stands in one place, in
/// as few words as it takes: `summed_replies` is a view that nobody reads, and a row that is inserted into it says that
/// the figures of an answer are to be added (`sign` is 1) or taken away (-1). The first triggers each had all of it,
/// which was four fifths of the schema, and most of what a short send took.
extension ModelSummary {
  static let schema3 =
    """
    DROP TRIGGER summary_of_new;
    DROP TRIGGER summary_before_change;
    DROP TRIGGER summary_of_changed;
    DROP TRIGGER summary_of_gone;
    DROP TRIGGER summary_of_gone_prompts;
    DROP TRIGGER summary_of_gone_conversations;
    DROP TRIGGER summary_before_deletion;
    DROP TRIGGER summary_after_deletion;

    CREATE VIEW summed_replies AS SELECT id AS reply, 1 AS sign FROM replies;
    CREATE TRIGGER summary_of_reply INSTEAD OF INSERT ON summed_replies BEGIN
      \(change)
    END;

    CREATE TRIGGER summary_of_new AFTER INSERT ON replies
      WHEN NOT NEW.\(Schema.unfinished)
        AND NOT EXISTS (SELECT 1 FROM summed_together WHERE NEW.id > after_reply) BEGIN
      INSERT INTO summed_replies VALUES (NEW.id, 1);
    END;
    CREATE TRIGGER summary_before_change BEFORE UPDATE ON replies WHEN NOT OLD.\(Schema.unfinished) BEGIN
      INSERT INTO summed_replies VALUES (OLD.id, -1);
    END;
    CREATE TRIGGER summary_of_changed AFTER UPDATE ON replies WHEN NOT NEW.\(Schema.unfinished) BEGIN
      INSERT INTO summed_replies VALUES (NEW.id, 1);
    END;
    CREATE TRIGGER summary_of_gone BEFORE DELETE ON replies WHEN NOT OLD.\(Schema.unfinished) BEGIN
      INSERT INTO summed_replies VALUES (OLD.id, -1);
    END;
    CREATE TRIGGER summary_of_gone_prompts BEFORE DELETE ON prompts BEGIN
      INSERT INTO summed_replies SELECT id, -1 FROM replies WHERE prompt_id = OLD.id;
    END;
    CREATE TRIGGER summary_of_gone_conversations BEFORE DELETE ON conversations BEGIN
      \(conversation("OLD", -1))
    END;
    CREATE TRIGGER summary_before_deletion BEFORE UPDATE OF deleted_at ON conversations
      WHEN (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL) BEGIN
      \(conversation("OLD", -1))
    END;
    CREATE TRIGGER summary_after_deletion AFTER UPDATE OF deleted_at ON conversations
      WHEN (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL) BEGIN
      \(conversation("NEW", 1))
    END;
    """

  private static func conversation(_ row: String, _ sign: Int) -> String {
    """
    INSERT INTO summed_replies
      SELECT replies.id, \(sign) FROM prompts JOIN replies ON prompt_id = prompts.id WHERE conversation_id = \(row).id;
    """
  }

  /// What a row of `summed_replies` does. The limits have the view's expressions evaluated once: SQLite would put them
  /// in the place of every name that stands for them, and the bucket's expression names its value eighty times.
  private static let change = """
    INSERT INTO model_days SELECT provider, model, day, \(sums.map { "NEW.sign * \($0)" }.joined(separator: ", "))
      FROM reply_figures WHERE id = NEW.reply
      ON CONFLICT DO UPDATE SET \(sums.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "));
    INSERT INTO model_failures SELECT provider, model, failure, NEW.sign
      FROM reply_figures WHERE id = NEW.reply AND failure IS NOT NULL
      ON CONFLICT DO UPDATE SET count = count + excluded.count;
    INSERT INTO model_measures SELECT provider, model, measure, \(bucket("value")), NEW.sign
      FROM (
        SELECT provider, model, measure, CASE measure \(values) END AS value
        FROM (SELECT provider, model, \(columns) FROM reply_figures WHERE id = NEW.reply LIMIT 1),
          (\(Measure.allCases.map { "SELECT \($0.rawValue) AS measure" }.joined(separator: " UNION ALL ")))
        LIMIT \(Measure.allCases.count)
      ) WHERE value IS NOT NULL
      ON CONFLICT DO UPDATE SET count = count + excluded.count;
    """

  private static let values = Measure.allCases.map { "WHEN \($0.rawValue) THEN \($0.column)" }.joined(separator: " ")
  private static let columns = Measure.allCases.map(\.column).joined(separator: ", ")
}
