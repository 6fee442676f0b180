extension ScriptedGodot {
  /// Error texts of the servers in use, as their drivers word them. None of them may reach a user as it is.
  public enum Failures {
    /// The database is away: down, starting, in recovery, full, or out of connections.
    public static let database = [
      "[Errno 111] Connect call failed ('127.0.0.1', 5432)",
      "Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0), [Errno 111] Connect call failed ('127.0.0.1', 5432)",
      "the database system is starting up", "the database system is shutting down",
      "the database system is in recovery mode", "the database system is not yet accepting connections",
      "terminating connection due to administrator command", "connection is closed",
      "connection was closed in the middle of operation", "connection does not exist",
      "unexpected connection_lost() call", "cannot perform operation: another operation is in progress",
      "sorry, too many clients already",
      "remaining connection slots are reserved for non-replication superuser connections",
      "cannot execute INSERT in a read-only transaction",
      "could not extend file \"base/16384/16397\": No space left on device",
      "canceling statement due to statement timeout", "[Errno 113] No route to host",
      "[Errno -2] Name or service not known",
      "pool is closing", "", "TimeoutError",
    ]
    /// The queue is away or full.
    public static let queue = [
      "Error 111 connecting to localhost:6379. Connection refused.", "Connection closed by server.",
      "Redis is loading the dataset in memory", "Timeout reading from socket",
      "OOM command not allowed when used memory > 'maxmemory'.",
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    ]
    /// What stands in an error's `data`, beside any of these.
    public static let traceback = "Traceback (most recent call last):\n  File \"/app/server.py\", line 214, in handle\n"
  }
}
