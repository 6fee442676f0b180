import Glibc
import Synchronization

/// Ports for servers that come, go and come back on the same port.
///
/// The system hands out port 0 from the range that outgoing connections use too, so a port that was let go there may
/// belong to somebody else a moment later. These come from below that range, each once a process.
public enum LoopbackPort {
  private static let given = Mutex<Set<Int>>([])

  /// A port of 127.0.0.1 that nobody listens on, and that nobody else in this process will be given.
  public static func unused() -> Int {
    while true {
      let port = Int.random(in: 15_000..<30_000)
      guard given.withLock({ $0.insert(port).inserted }) else { continue }
      if canBind(port) { return port }
    }
  }

  /// Whether somebody listens on this port of 127.0.0.1.
  public static func answers(_ port: Int) -> Bool { withSocket(to: port) { connect($0, $1, $2) == 0 } }

  private static func canBind(_ port: Int) -> Bool { withSocket(to: port) { bind($0, $1, $2) == 0 } }

  private static func withSocket(
    to port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
