import Basics
import Glibc
import Synchronization

/// Carries the messages of a ``ToolSession`` over two descriptors, a line each (MCP's stdio transport).
public enum StandardStreams {
  /// Reads until the other side ends, and hands over each line. Blocks its thread.
  ///
  /// A line longer than ``ToolSession/mostBytes`` is handed over cut, which makes it a message that is refused.
  public static func readLines(from descriptor: CInt, _ take: ([UInt8]) -> Void) {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      var rest = buffer[..<count]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        append(rest[..<end], to: &line)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if line.contains(where: { $0 != UInt8(ascii: " ") }) { take(line) }
        line.removeAll(keepingCapacity: line.count < 1 << 20)
        rest = rest[(end + 1)...]
      }
      append(rest, to: &line)
    }
    if !line.isEmpty { take(line) }
  }

  private static func append(_ bytes: ArraySlice<UInt8>, to line: inout [UInt8]) {
    line += bytes.prefix(max(0, ToolSession.mostBytes + 1 - line.count))
  }

  /// Writes whole lines, from any thread.
  public final class Lines: Sendable {
    private let descriptor: CInt
    private let isBroken = Mutex(false)
    private let onFailure: @Sendable () -> Void

    /// - `onFailure`: called once, when nobody reads any more or nothing can be written.
    public init(to descriptor: CInt, onFailure: @escaping @Sendable () -> Void) {
      self.descriptor = descriptor
      self.onFailure = onFailure
    }

    public func write(_ message: [UInt8]) {
      let line = message + [UInt8(ascii: "\n")]
      let breaks = isBroken.withLock { isBroken in
        guard !isBroken else { return false }
        isBroken = !writeAll(line)
        return isBroken
      }
      if breaks { onFailure() }
    }

    private func writeAll(_ bytes: [UInt8]) -> Bool {
      var written = 0
      while written < bytes.count {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN {
          var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&wanted, 1, -1)
          continue
        }
        guard count > 0 else { return false }
        written += count
      }
      return true
    }
  }
}
