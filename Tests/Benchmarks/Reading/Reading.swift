import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The floor of a stream: `Reading URL MODEL` asks as Fiedler does, with the same HTTP client on one thread, and counts
/// the bytes of the answer. Nothing is understood, printed or kept.
@main struct Reading {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    var configuration = HTTPClient.Configuration()
    configuration.httpVersion = .http1Only
    let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    let body = #"{"model":"\#(arguments[2])","messages":[{"role":"user","content":"Go"}],"stream":true}"#
    let request = try HTTPClient.Request(
      url: arguments[1] + "/chat/completions", method: .POST, headers: ["Content-Type": "application/json"],
      body: .string(body))
    print(try await client.execute(request: request, delegate: Counter()).get())
    try await client.shutdown()
    try await group.shutdownGracefully()
  }
}

private final class Counter: HTTPClientResponseDelegate {
  private let count = Atomic(0)

  func didReceiveBodyPart(task: HTTPClient.Task<Int>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
    count.add(buffer.readableBytes, ordering: .relaxed)
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didFinishRequest(task: HTTPClient.Task<Int>) throws -> Int { count.load(ordering: .relaxed) }
}
