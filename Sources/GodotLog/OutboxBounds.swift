import Conversations

/// A sum that passes what SQLite can count makes a real number, which a strict column refuses: what adds to a number
/// that somebody else has written takes it within bounds, or one such row would keep every acknowledgement that is
/// written with it from being noted, and delivery would stand still.
extension Outbox {
  /// SQL for a number within the bounds of counts.
  static func bounded(_ number: String) -> String { "max(0, min(\(number), \(Bounds.counts.upperBound)))" }

  /// The triggers that keep the counters, in place of the first ones.
  static let boundedTriggers = """
    DROP TRIGGER outbox_record_came;
    DROP TRIGGER outbox_record_went;
    DROP TRIGGER outbox_record_moved;
    DROP TRIGGER outbox_log_came;
    DROP TRIGGER outbox_log_went;
    CREATE TRIGGER outbox_record_came AFTER INSERT ON outbox_record BEGIN
      UPDATE outbox_counter SET value = \(bounded("value")) + 1 WHERE name = new.state;
    END;
    CREATE TRIGGER outbox_record_went AFTER DELETE ON outbox_record BEGIN
      UPDATE outbox_counter SET value = \(bounded("value")) - 1 WHERE name = old.state;
    END;
    CREATE TRIGGER outbox_record_moved AFTER UPDATE OF state ON outbox_record WHEN old.state <> new.state BEGIN
      UPDATE outbox_counter SET value = \(bounded("value")) - 1 WHERE name = old.state;
      UPDATE outbox_counter SET value = \(bounded("value")) + 1 WHERE name = new.state;
    END;
    CREATE TRIGGER outbox_log_came AFTER INSERT ON outbox_record WHEN new.kind = 'log' BEGIN
      UPDATE outbox_counter SET value = \(bounded("value")) + \(bounded("new.size")) WHERE name = 'log_bytes';
    END;
    CREATE TRIGGER outbox_log_went AFTER DELETE ON outbox_record WHEN old.kind = 'log' BEGIN
      UPDATE outbox_counter SET value = max(0, \(bounded("value")) - \(bounded("old.size"))) WHERE name = 'log_bytes';
    END;
    """
}
