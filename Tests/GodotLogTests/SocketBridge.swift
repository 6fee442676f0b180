import Foundation
import Glibc

/// Gives one end of a socket pair whose other end is connected to a port of this machine, as a server within the
/// program would.
enum SocketBridge {
  struct Failed: Error {}

  static func connect(port: Int) throws -> CInt {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failed() }
    let server = socket(AF_INET, kind, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      for end in ends + [server] { close(end) }
      throw Failed()
    }
    copy(from: ends[1], to: server)
    copy(from: server, to: ends[1])
    return ends[0]
  }

  /// Until the end of the stream; the reading side is then closed for the other's writer.
  private static func copy(from source: CInt, to target: CInt) {
    Thread.detachNewThread {
      var bytes = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = read(source, &bytes, bytes.count)
        guard count > 0 else { break }
        var written = 0
        while written < count {
          let done = bytes.withUnsafeBytes {
            send(target, $0.baseAddress! + written, count - written, CInt(MSG_NOSIGNAL))
          }
          guard done > 0 else { return }
          written += done
        }
      }
      shutdown(target, CInt(SHUT_RDWR))
    }
  }
}
