import JSON
import Testing

@testable import MCP

@Suite struct ReplyMemoTests {
  private func reply(_ id: String, _ tail: String = #","jsonrpc":"2.0","result":{"a":1}}"#) -> [UInt8] {
    Array(#"{"id":\#(id)\#(tail)"#.utf8)
  }

  private func noting(_ bytes: [UInt8], id: Int) -> ReplyMemo {
    var memo = ReplyMemo()
    memo.note(bytes, id: id, result: ["a": 1])
    return memo
  }

  @Test("A reply that differs in its id alone has its own id and the same result")
  func repeated() throws {
    let memo = noting(reply("7"), id: 7)
    let found = try #require(memo.read(reply("1000000000123")))
    #expect(found.id == 1_000_000_000_123)
    #expect(found.result == ["a": 1])
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
    #expect(noting(reply("7"), id: 7).read(Array(text.utf8)) == nil)
  }

  @Test("Nothing is noted of a reply whose first id is not the one it was read with")
  func otherID() {
    #expect(noting(reply("7", #","id":8,"result":1}"#), id: 8).read(reply("9", #","id":8,"result":1}"#)) == nil)
  }
}
