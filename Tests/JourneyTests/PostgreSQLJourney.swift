import Foundation
import TestSupport
import Testing

@Suite("A log server on PostgreSQL", .serialized, .timeLimit(.minutes(4))) struct PostgreSQLJourney {
  @Test("PostgreSQL killed: the status bar says that the database is away, and everything is stored once it is back")
  func killed() async throws {
    let postgres = try PostgreSQLServer()
    let database = try postgres.createDatabase()
    let server = try LogServer(store: postgres.url(database))
    try await server.start()
    let fiedler = try Fiedler(
      models: "defaults: {models: [demo/rate-1000x10, demo/rate-500x10]}\n", settings: "godot:\n  url: \(server.url)\n")
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ● connected")
    try await screen.ask("First of all?")
    try await screen.shows(" done ", times: 2)
    try await screen.shows("Godot ● connected")
    postgres.kill()
    try await screen.ask("And now?")
    try await screen.shows("2 prompts", "Godot ○ the server's storage: the database ", "3 waiting")
    try await screen.shows(" done ", times: 2)
    try postgres.start()
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
    let roles = try postgres.psql("SELECT role FROM conversation_turns ORDER BY turn_number", in: database)
    #expect(roles == "user\nassistant\nassistant\nuser\nassistant\nassistant")
    #expect(try await server.stop() == 0, "\(server.log)")
  }

  @Test("A log server started while PostgreSQL is away waits for it") func startedBefore() async throws {
    let postgres = try PostgreSQLServer()
    let database = try postgres.createDatabase()
    try postgres.stop()
    let server = try LogServer(store: postgres.url(database))
    try server.launch()
    let fiedler = try Fiedler(
      models: "defaults: {models: [demo/rate-1000x10]}\n", settings: "godot:\n  url: \(server.url)\n")
    let screen = fiedler.open(140, 30)
    try await screen.shows("Godot ○ connection refused")
    try await screen.ask("Is it kept?")
    try await screen.shows("Godot ○ connection refused · 2 waiting")
    try await eventually("the server says what it waits for") { server.log.contains("waiting for the storage") }
    try postgres.start()
    try await screen.shows("Godot ● connected")
    #expect(try await screen.quit() == 0)
    try await fiedler.isWhollyLogged()
  }
}
