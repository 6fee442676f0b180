import CPostgreSQL
import Glibc
import Synchronization
import Testing

@testable import GodotServer

/// A peer that speaks PostgreSQL's protocol (version 3, "Message Formats") and means harm.
private final class HostilePeer: Sendable {
  let port: UInt16
  private let listener: Int32

  /// Answers every statement with `answer`, again and again if `isEndless`.
  init(answer: [UInt8], isEndless: Bool = false) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listener, $0, length)
        _ = listen(listener, 1)
        _ = getsockname(listener, $0, &length)
      }
    }
    port = address.sin_port.bigEndian
    self.listener = listener
    Thread.run {
      let peer = accept(listener, nil, nil)
      guard peer >= 0 else { return }
      defer { close(peer) }
      func send(_ bytes: [UInt8]) -> Bool { Glibc.send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0 }
      var buffer = [UInt8](repeating: 0, count: 65536)
      // The start-up message, answered with "authenticated" and "ready for a query".
      guard recv(peer, &buffer, buffer.count, 0) > 0, send(Self.message("R", [0, 0, 0, 0]) + Self.message("Z", [0x49]))
      else { return }
      while recv(peer, &buffer, buffer.count, 0) > 0 {
        repeat { guard send(answer) else { return } } while isEndless
      }
    }
  }

  deinit { close(listener) }

  static func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
    let length = UInt32(body.count + 4)
    return [type.asciiValue!] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + body
  }
}

private enum Thread {
  static func run(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body: body))
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      {
        Unmanaged<Box>.fromOpaque($0!).takeRetainedValue().body(); return nil
      }, box.toOpaque())
    pthread_detach(thread)
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

@Suite("A PostgreSQL that means harm", .timeLimit(.minutes(1))) struct HostilePostgreSQLTests {
  private func connect(_ peer: HostilePeer, within milliseconds: Int32 = 20_000) throws -> PostgreSQLConnection {
    #expect(postgresql_load() == nil)
    return try PostgreSQLConnection(
      settings: [
        ("host", "127.0.0.1"), ("port", "\(peer.port)"), ("user", "u"), ("dbname", "d"), ("sslmode", "disable"),
        ("gssencmode", "disable"), ("connect_timeout", "20"),
      ], milliseconds: milliseconds)
  }

  @Test("A statement answered with a copy ends the connection, in words", arguments: ["G", "H", "W"] as [Character])
  func copies(type: Character) throws {
    let peer = try HostilePeer(answer: HostilePeer.message(type, [0, 0, 0]))
    let connection = try connect(peer)
    let error = #expect(throws: PostgreSQLError.self) { try connection.run("SELECT 1") }
    #expect(error?.isLost == true && error?.message.contains("copy") == true, "\(String(describing: error))")
  }

  @Test("The same for a statement with parameters")
  func parameters() throws {
    let peer = try HostilePeer(answer: HostilePeer.message("G", [0, 0, 0]))
    let connection = try connect(peer)
    let error = #expect(throws: PostgreSQLError.self) { try connection.run("SELECT $1", PostgreSQLParameters("1")) }
    #expect(error?.isLost == true)
  }

  @Test("An answer without an end counts as none at the deadline")
  func endless() throws {
    let answer = HostilePeer.message("C", Array("SELECT 0".utf8) + [0])
    let peer = try HostilePeer(answer: answer, isEndless: true)
    let connection = try connect(peer, within: 500)
    let error = #expect(throws: PostgreSQLError.self) { try connection.run("SELECT 1") }
    #expect(error?.isLost == true && error?.message == "timeout expired")
  }
}
