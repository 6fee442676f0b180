import Conversations
import GodotWire
import JSON
import Testing

@Suite("The words of the log wire") struct GodotWireTests {
  @Test("A tool is known by either name, and called by the one that the server has", arguments: LogTool.allCases)
  func tools(tool: LogTool) {
    #expect(LogTool(name: tool.rawValue) == tool && LogTool(name: "godot_" + tool.rawValue) == tool)
    #expect(LogTool(name: "Godot_" + tool.rawValue) == nil && LogTool(name: "godot_godot_" + tool.rawValue) == nil)
    #expect(tool.name(in: ["other", tool.rawValue]) == tool.rawValue)
    #expect(tool.name(in: [tool.rawValue, "godot_" + tool.rawValue]) == "godot_" + tool.rawValue)
    #expect(tool.name(in: ["other"]) == nil)
  }

  @Test("What one end says of itself the other end reads")
  func capabilities() {
    for promise in [ServerPromise(), ServerPromise(isDurable: true, maximumFrame: WireLimits.frame)] {
      #expect(ServerPromise(capabilities: ["experimental": .object(promise.experimental)]) == promise)
    }
    for wish in [ClientWish(plainAnswers: true), ClientWish(plainAnswers: false)] {
      #expect(ClientWish(capabilities: wish.capabilities) == wish)
    }
  }

  @Test(
    "Other servers and clients say nothing of all this",
    arguments: [[:], ["experimental": [:]], nil, ["tools": [:]]] as [JSON])
  func foreign(capabilities: JSON) {
    #expect(ServerPromise(capabilities: capabilities) == ServerPromise())
    #expect(ClientWish(capabilities: capabilities) == ClientWish(plainAnswers: false))
    #expect(ServerPromise(capabilities: ["experimental": ["fiedler.godot": ["maximumFrame": -1]]]).maximumFrame == nil)
  }

  @Test("An error's code is read as it was written, and one of others is none")
  func codes() {
    for code in LogErrorCode.allCases { #expect(LogErrorCode(data: code.data) == code) }
    for data in [nil, "storage_away", ["code": 5], ["code": "other"], [:]] as [JSON?] {
      #expect(LogErrorCode(data: data) == nil)
    }
  }

  @Test("What clients in use send and read keeps its name")
  func names() {
    #expect(
      LogTool.allCases.map(\.rawValue) == [
        "logger_log", "logger_query", "logger_clear", "logger_set_level", "conversation_begin",
        "conversation_store_message", "conversation_store_messages_bulk", "conversation_get", "conversation_list",
        "conversation_search",
      ])
    #expect(LogComponent.conversations == "fiedler-conversations" && WireLimits.port == 9060)
    #expect(LogLevel(ofTurnThat: nil) == .info && LogLevel(ofTurnThat: .failed) == .error)
    #expect(LogLevel(ofTurnThat: .partial) == .warn && LogLevel(ofTurnThat: .success) == .info)
  }
}
