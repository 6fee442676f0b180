import ArgumentParser
import FiedlerApp
import Foundation
import MCP

struct MCPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp",
    abstract: "Offer Fiedler's tools to coding agents, by the Model Context Protocol.",
    discussion: """
      Speaks on standard input and output until the agent ends it; with --listen, over WebSocket and streamable HTTP on a \
      port of this machine instead, for any number of agents. What they send is kept in the history and logged as \
      everything else. Another address than loopback needs a token, in FIEDLER_MCP_TOKEN.
      """)

  @Option(
    help: "HOST:PORT to listen on for WebSocket and, at /mcp, HTTP, such as 127.0.0.1:9010; port 0 takes any free one.")
  var listen: String?

  func run() async throws {
    let address = try listen.map(Self.address)
    let token = try ServerToken.variable("FIEDLER_MCP_TOKEN").map(BearerToken.init)
    if let address, token == nil, !["127.0.0.1", "::1", "localhost"].contains(address.host) {
      throw UsageError("Anybody could use \(address.host): set FIEDLER_MCP_TOKEN, or listen on 127.0.0.1.")
    }
    let services = try Startup.services()
    for warning in services.warnings { Output.error("warning: \(warning)") }
    await Startup.settle(services)
    let tools = try Startup.usage { try AgentTools(services) }
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let signals = Interruption.watch { end.yield() }
    defer { signals.cancel() }
    let server = MCP.Implementation(name: "fiedler", version: Version.text)
    if let address {
      try await Startup.usage { try await Self.serve(tools, server, at: address, token, until: ends) }
    } else {
      await Self.speak(tools, server, until: ends) { end.yield() }
    }
    if let trouble = await services.close() { Output.error("fiedler: \(trouble)") }
  }

  /// Over standard input and output.
  private static func speak(
    _ tools: AgentTools, _ server: MCP.Implementation, until ends: AsyncStream<Void>,
    end: @escaping @Sendable () -> Void
  ) async {
    let lines = StandardStreams.Lines(to: 1, onFailure: end)
    let session = ToolSession(tools, server: server, instructions: AgentTools.instructions, send: lines.write)
    Thread.detachNewThread {
      StandardStreams.readLines(from: 0, session.receive)
      end()
    }
    for await _ in ends { break }
    await session.end()
  }

  private static func serve(
    _ tools: AgentTools, _ server: MCP.Implementation, at address: (host: String, port: Int), _ token: BearerToken?,
    until ends: AsyncStream<Void>
  ) async throws {
    let service = ToolService(tools, server: server, instructions: AgentTools.instructions)
    let streamable = StreamableSessions(tools, server: server, instructions: AgentTools.instructions)
    let listener = WebSocketListener(host: address.host, port: address.port, token: token)
    let socket = try await WebSocketServer.start(
      listener, service: service, streamable: streamable,
      onIncident: { Output.error("fiedler: a client: \($0.rawValue)") })
    let host = address.host.contains(":") ? "[\(address.host)]" : address.host
    let authority = "\(host):\(socket.port ?? address.port)"
    Output.error("fiedler: streamable HTTP at http://\(authority)/mcp")
    Output.error("fiedler: listening on ws://\(authority)")
    for await _ in ends { break }
    await service.end()
    await streamable.end()
    await socket.shutdown(within: .seconds(5))
  }

  private static func address(_ text: String) throws -> (host: String, port: Int) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port), colon > text.startIndex
    else { throw UsageError("--listen takes HOST:PORT, such as 127.0.0.1:9010.") }
    let host = text[..<colon]
    return (host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host), port)
  }
}
