import JSON
import Testing

@testable import MCP

@Suite struct ReplyMemoTests {
  private func reply(_ id: String, _ tail: String = #","jsonrpc":"2.0","result":{"a":1}}"#) -> [UInt8] {
    Array(#"{"id":\#(id)\#(tail)"#.utf8)
  }

  private func noting(_ bytes: [UInt8], id: Int) -> ReplyMemo {
    var memo = ReplyMemo()
    _ = bytes.withUnsafeBytes { memo.note($0, id: id, result: ["a": 1]) }
    return memo
  }

  /// `nil` as well if something follows.
  private func read(_ memo: ReplyMemo, _ bytes: [UInt8]) -> MCPEvent.Reply? {
    bytes.withUnsafeBytes { memo.read($0) }.flatMap { $0.end == bytes.count ? $0.reply : nil }
  }

  @Test("A reply that differs in its id alone has its own id and the same result")
  func repeated() throws {
    let memo = noting(reply("7"), id: 7)
    let found = try #require(read(memo, reply("1000000000123")))
    #expect(found.id == 1_000_000_000_123)
    #expect(found.result == .success(["a": 1]))
  }

  @Test("So has one from a server that writes its id in another place, with blanks")
  func elsewhere() throws {
    func reply(_ id: Int) -> [UInt8] { Array(#"{"jsonrpc": "2.0", "id": \#(id), "result": {"a": 1}}"#.utf8) }
    #expect(read(noting(reply(7), id: 7), reply(1234))?.id == 1234)
    let last = Array(#"{"result": 1, "id": 7}"#.utf8)
    #expect(read(noting(last, id: 7), Array(#"{"result": 1, "id": 8}"#.utf8))?.id == 8)
  }

  @Test("An id inside of the result is not taken for the reply's")
  func inside() {
    let first = Array(#"{"result":{"id":7},"id":7}"#.utf8)
    #expect(read(noting(first, id: 7), Array(#"{"result":{"id":8},"id":7}"#.utf8)) == nil)
  }

  @Test(
    "A reply that differs in more, or whose id is no plain number, is left to be read as JSON",
    arguments: [
      #"{"id":8,"jsonrpc":"2.0","result":{"a":2}}"#, #"{"id":8,"jsonrpc":"2.0","result":{"a":1}} "#,
      #"{"id":8,"jsonrpc":"2.0","result":{"a":1}"#, #"{"id":"8","jsonrpc":"2.0","result":{"a":1}}"#,
      #"{"id":8.0,"jsonrpc":"2.0","result":{"a":1}}"#, #"{"id":,"jsonrpc":"2.0","result":{"a":1}}"#,
      #"{"id":1234567890123456789,"jsonrpc":"2.0","result":{"a":1}}"#, #"{"id":8"#, #"{"id":"#, "",
    ])
  func others(text: String) {
    #expect(read(noting(reply("7"), id: 7), Array(text.utf8)) == nil)
  }

  @Test("Nothing is noted of a reply whose first id is not the one it was read with")
  func otherID() {
    let memo = noting(reply("7", #","id":8,"result":1}"#), id: 8)
    #expect(read(memo, reply("9", #","id":8,"result":1}"#)) == nil)
  }
}
