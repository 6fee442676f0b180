/// How much goes into a message.
public enum WireLimits {
  /// Where a server listens unless it is told otherwise.
  public static let port = 9060
  /// Bytes of a frame that Fiedler's server takes; it says so when it is greeted, see ``ServerPromise``.
  public static let frame = 16 << 20
  /// Parts into which a client may divide one text.
  public static let parts = 99_999
  /// Rows in one answer.
  public static let rows = 1000
}
