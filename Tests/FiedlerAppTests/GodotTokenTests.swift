import GodotLog
import Settings
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Tokens for log servers") struct GodotTokenTests {
  private let home: Home

  init() throws { home = try Home() }

  private func configuration(_ godot: String, _ tokens: GodotTokens = GodotTokens()) throws -> GodotConfiguration {
    let settings = try Settings.parse("godot: {url: 'ws://127.0.0.1:1', \(godot)}").settings
    let environment = home.environment
    return settings.godotConfiguration(
      Paths(environment: environment.variables), environment, embedded: nil, tokens: tokens)
  }

  @Test(
    "What stands around a token in the file that a command prints is none of it, and is not kept from the log",
    arguments: ["sekrit", "  sekrit \\r\\n", "\\357\\273\\277sekrit\\r\\n", "sekrit\\nanother\\n"])
  func around(printed: String) async throws {
    let tokens = GodotTokens()
    let token = try #require(try configuration("token_command: [printf, '\(printed)']", tokens).token)
    #expect(try await token() == "sekrit")
    #expect(tokens.all == ["sekrit"])
  }

  @Test("A command that prints no token is told with the setting that it stands in") func failing() async throws {
    let token = try #require(try configuration("token_command: [true]").token)
    let error = await #expect(throws: (any Error).self) { try await token() }
    #expect("\(try #require(error))".hasPrefix("godot.token_command \"true\" printed nothing"))
  }
}
