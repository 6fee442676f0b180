import Conversations
import Testing

@Suite("Log levels")
struct LogLevelTests {
  @Test("Every usual name of a level is understood")
  func names() {
    #expect(LogLevel(name: "warning") == .warn)
    #expect(LogLevel(name: "Fatal") == .error)
    #expect(LogLevel(name: "loud") == nil)
  }
}
