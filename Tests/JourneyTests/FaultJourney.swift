import Foundation
import JSON
import TestSupport
import Testing

@Suite("What can befall a log server and the way to it", .serialized, .timeLimit(.minutes(4))) struct FaultJourney {
  private static let models = "defaults: {models: [demo/rate-1000x10, demo/rate-500x10]}\n"

  /// Fiedler, set to log to this URL.
  private func fiedler(_ url: String) throws -> Fiedler {
    try Fiedler(models: Self.models, settings: "godot:\n  url: \(url)\n")
  }

  /// Asks, and waits until all that was asked so far is answered.
  private func ask(_ prompt: String, _ screen: Screen, prompts: Int) async throws {
    try await screen.ask(prompt)
    try await screen.shows("\(prompts) prompt\(prompts == 1 ? "" : "s")")
    try await screen.shows(" done ", times: 2)
  }

  @Test("Frozen, it is seen to be silent within seconds, cut off, and everything is delivered once it thaws")
  func frozen() async throws {
    let server = try LogServer()
    try await server.start()
    let fiedler = try fiedler(server.url)
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ● connected")
    server.signal(SIGSTOP)
    try await ask("Is anybody there?", screen, prompts: 1)
    try await screen.shows("Godot ◐ 3 waiting · no answer for ")
    try await screen.shows("Godot ○ no answer · 3 waiting · retry in ")
    try await ask("And now?", screen, prompts: 2)
    try await screen.shows("6 waiting")
    server.signal(SIGCONT)
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
  }

  @Test("Killed while answers stream and started again, it has everything once") func killed() async throws {
    let server = try LogServer()
    try await server.start()
    let fiedler = try fiedler(server.url)
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ● connected")
    try await ask("First of all?", screen, prompts: 1)
    try await screen.shows("Godot ● connected")
    try await screen.ask("And then?")
    server.kill()
    try await screen.shows("Godot ○ connection refused")
    try await screen.shows(" done ", times: 2)
    try await screen.shows("waiting · retry in ")
    try await server.start()
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
    #expect(try await server.stop() == 0, "\(server.log)")
  }

  @Test("Connections that are reset, old and new ones, are said to be lost; then everything is delivered once")
  func reset() async throws {
    let server = try LogServer()
    try await server.start()
    let proxy = try await FaultyProxy(to: server.port)
    let fiedler = try fiedler("ws://127.0.0.1:\(proxy.port)")
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ● connected")
    proxy.become(.reset)
    try await screen.shows("Godot ○ the connection was lost")
    try await ask("Is it kept?", screen, prompts: 1)
    try await screen.shows("Godot ○ the connection was lost · 3 waiting · retry in ")
    proxy.become(.open)
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
    try await proxy.shutdown()
  }

  @Test("A way that takes connections and passes nothing on is seen to be silent; then everything is delivered once")
  func halfOpen() async throws {
    let server = try LogServer()
    try await server.start()
    let proxy = try await FaultyProxy(to: server.port)
    proxy.become(.halfOpen)
    let fiedler = try fiedler("ws://127.0.0.1:\(proxy.port)")
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ◐ no answer for ")
    try await ask("Is it kept?", screen, prompts: 1)
    try await screen.shows("3 waiting · no answer")
    try await screen.shows("Godot ○ no answer · 3 waiting · retry in ")
    proxy.become(.open)
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
    try await proxy.shutdown()
  }

  @Test("A connection that was open and passes nothing on any more is cut, and what was under way goes out again")
  func fallsSilent() async throws {
    let server = try LogServer()
    try await server.start()
    let proxy = try await FaultyProxy(to: server.port)
    let fiedler = try fiedler("ws://127.0.0.1:\(proxy.port)")
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ● connected")
    proxy.become(.halfOpen)
    try await ask("Is it kept?", screen, prompts: 1)
    try await screen.shows("Godot ◐ 3 waiting · no answer for ")
    proxy.become(.open)
    // The bytes of that connection are gone: only a new one can help.
    try await screen.shows("Godot ● connected")
    #expect(proxy.connections >= 2)
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
    try await proxy.shutdown()
  }

  @Test("One byte at a time, both ways, all goes well") func byteByByte() async throws {
    let server = try LogServer()
    try await server.start()
    let proxy = try await FaultyProxy(to: server.port)
    proxy.become(.byteByByte)
    let fiedler = try fiedler("ws://127.0.0.1:\(proxy.port)")
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ● connected")
    try await ask("Does it fit together?", screen, prompts: 1)
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    #expect(proxy.packets > 1000)
    try await fiedler.isWhollyLogged()
    try await proxy.shutdown()
  }
}
