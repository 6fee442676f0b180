extension Recording {
  /// Why an attempt failed that is tried again, and how long the engine waits before.
  ///
  /// As an entry's value: the cause's code in the lowest five bits (never 0), above it ten bits of HTTP status (0 for
  /// none), above those the delay in whole milliseconds.
  public struct Retry: Hashable, Sendable {
    public var delay: Duration
    public var kind: SendFailure.Kind
    public var httpStatus: Int?

    /// The causes by their codes, from 1. New ones go to the end: a recording is kept for years.
    private static let codes: [SendFailure.Kind] = [
      .missingKey, .unauthorized, .rateLimited, .connection, .connectTimeout, .firstTokenTimeout, .idleTimeout,
      .totalTimeout, .http, .provider, .malformed, .empty, .truncated, .blocked, .interrupted, .invalidRequest,
    ]
    /// In milliseconds: about 24 days.
    private static let longestDelay: UInt64 = 1 << 31

    public init(delay: Duration, _ cause: SendFailure) {
      self.delay = .milliseconds(Int64(min(delay.wholeMilliseconds, Self.longestDelay)))
      kind = cause.kind
      httpStatus = cause.httpStatus.flatMap { (1...1023).contains($0) ? $0 : nil }
    }

    /// Reads an entry's value. A cause this version does not know counts as the provider's.
    public init(packed: Int) {
      let value = UInt64(max(0, packed))
      let code = Int(value & 31)
      kind = (1...Self.codes.count).contains(code) ? Self.codes[code - 1] : .provider
      let status = Int(value >> 5 & 1023)
      httpStatus = status == 0 ? nil : status
      delay = .milliseconds(Int64(min(value >> 15, Self.longestDelay)))
    }

    public var packed: Int {
      let code = Self.codes.firstIndex(of: kind).map { $0 + 1 } ?? 31
      return Int(delay.wholeMilliseconds) << 15 | (httpStatus ?? 0) << 5 | code
    }

    /// The cause again; its message is in general words, because a recording has not kept the provider's.
    public var failure: SendFailure {
      var failure = SendFailure(kind, "", httpStatus: httpStatus)
      failure.message = failure.brief
      return failure
    }
  }
}
