import Conversations
import Testing

@testable import GodotLog

@Suite("Waiting for how logging stands", .timeLimit(.minutes(1))) struct HealthBoardTests {
  private let board = HealthBoard(LogHealth(state: .connecting)) { _ in }

  @Test("Who waits for something is told as soon as it is so, and all who wait for it")
  func reached() async {
    async let one = board.health(within: .seconds(3600)) { $0.state == .connected }
    async let other = board.health(within: .seconds(3600)) { $0.pending == 2 }
    board.publish(LogHealth(state: .connected, pending: 1))
    #expect(await one.state == .connected)
    board.publish(LogHealth(state: .connected, pending: 2))
    #expect(await other.pending == 2)
  }

  @Test("What is so already is not waited for")
  func already() async {
    #expect(await board.health(within: .seconds(3600)) { $0.state == .connecting }.state == .connecting)
  }

  @Test("Nobody waits longer than the limit, and without one nobody waits", arguments: [-1, 0, 1])
  func limit(milliseconds: Int) async {
    let health = await board.health(within: .milliseconds(milliseconds)) { _ in false }
    #expect(health.state == .connecting)
    // The waiter has gone: nothing is left to be told twice.
    board.publish(LogHealth(state: .connected))
    #expect(board.health.state == .connected)
  }
}
