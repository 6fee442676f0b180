import Glibc

/// What the system said when it refused something.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An error number, `errno`.
  public let code: CInt

  public init(_ code: CInt) { self.code = code }

  /// What the last call of this thread left in `errno`.
  public static var last: SystemError { SystemError(errno) }

  /// The system's words: `Permission denied`.
  public var description: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
