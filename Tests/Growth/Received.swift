@testable import Basics
@testable import ConversationStore
@testable import Conversations
@testable import FiedlerUI
import Foundation
@testable import Interchange
import JSON
@testable import MCP
import NIOCore
import NIOEmbedded
import NIOWebSocket
@testable import SendEngine
@testable import TerminalDriver

/// What comes over the wire, from a terminal and out of files.
extension Inputs {
  static let received = json + streams + connections + terminals + imports + lines

  // MARK: JSON

  private static func json(_ name: String, _ text: @escaping @Sendable (Int) -> String) -> [Input] {
    [
      Input("JSON: \(name), as a tree", .aside) { size in
        let bytes = Array(text(size).utf8)
        // What is no JSON is read to where that is seen.
        return { keep(try? JSON(bytes: bytes)) }
      },
      Input("JSON: \(name), by the scanner", .aside) { size in
        let bytes = Array(text(size).utf8)
        return {
          bytes.withUnsafeBytes {
            var scanner = JSONScanner($0)
            scanner.skipValue()
            keep(scanner.isAtEnd())
          }
        }
      },
    ]
  }

  private static let json: [Input] =
    json("[ without an end") { rep("[", $0) }
    + json("arrays in arrays") { "[" + rep("[[[[1]]]],", $0) + "0]" }
    + json("distinct keys") { size in "{" + (0..<size / 10).map { "\"k\($0)\":1" }.joined(separator: ",") + "}" }
    + json("one key again and again") { "{" + rep("\"k\":1,", $0) + "\"k\":1}" }
    + json("escapes") { "\"" + rep("\\u00e9\\ud83d\\ude00\\\"", $0) + "\"" }
    + json("halves of pairs") { "\"" + rep("\\ud83d", $0) + "\"" }
    + json("a string without an end") { "\"" + rep("a\\\\", $0) }
    + json("strings without an end in an array") { "[" + rep("\"\\\",", $0) }
    + json("digits") { rep("9", $0) }
    + json("digits behind a point") { "0." + rep("9", $0) }
    + json("zeros before an exponent") { "1" + rep("0", $0) + "e-" + rep("9", 5) }

  // MARK: Answers as they come

  private static func answer(
    _ name: String, _ decoder: @escaping @Sendable () -> any StreamDecoder, pieces: Int = 1 << 20,
    _ text: @escaping @Sendable (Int) -> String
  ) -> Input {
    Input("Answer: " + name, .aside) { size in
      let bytes = Array(text(size).utf8)
      let model = ConfiguredModel(
        reference: ModelReference(provider: "p", name: "m"), kind: .openai, baseURL: "http://localhost/v1")
      return {
        var reader = ResponseReader(
          words: FailureWords(model: model, key: APIKey("sk-secretsecret")), decoder: decoder(),
          maximumEventBytes: 8 << 20)
        reader.receive(ResponseReader.Head(status: 200))
        bytes.withUnsafeBytes { bytes in
          for begin in stride(from: 0, to: bytes.count, by: pieces) {
            reader.receive(UnsafeRawBufferPointer(rebasing: bytes[begin..<min(begin + pieces, bytes.count)]))
            keep(reader.drain())
          }
        }
        keep(reader.end())
        keep(reader.drain(isFinished: true))
      }
    }
  }

  private static func delta(_ text: String) -> String {
    "data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
  }

  private static let streams: [Input] = [
    answer("words", { OpenAIDecoder() }) { rep(delta("word "), $0) },
    answer("words, byte by byte", { OpenAIDecoder() }, pieces: 1) { rep(delta("word "), $0) },
    answer("one event without an end, 16 bytes at a time", { OpenAIDecoder() }, pieces: 16) { "data: " + rep("x", $0) },
    answer("one event of very many lines", { OpenAIDecoder() }) { rep("data: x\n", $0) + "\n" },
    answer("lines without a meaning", { OpenAIDecoder() }) { rep("x\n", $0) },
    answer("comments, 3 bytes at a time", { OpenAIDecoder() }, pieces: 3) { rep(":\n\n", $0) },
    answer("beginnings of <think>", { OpenAIDecoder() }) { rep(delta("<thin"), $0) },
    answer("<think> again and again", { OpenAIDecoder() }) { rep(delta("<think>a</think>b"), $0) },
    answer("parts of tools", { AnthropicDecoder() }) {
      rep(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
          + "{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}\n\n", $0)
    },
    answer("signatures of thoughts", { AnthropicDecoder() }) {
      rep(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
          + "{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}}\n\n", $0)
    },
    answer("parts", { GeminiDecoder() }) {
      rep("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}]}\n\n", $0)
    },
    answer("pieces of a summary", { ResponsesDecoder() }) {
      rep(
        "data: {\"type\":\"response.reasoning_summary_text.delta\",\"output_index\":0,\"summary_index\":0,"
          + "\"delta\":\"hi\"}\n\n", $0)
    },
    answer("JSON that may be whole, 7 bytes at a time", { OpenAIDecoder() }, pieces: 7) { "[" + rep("[0,{}],", $0) },
    answer("a page of HTML", { OpenAIDecoder() }) { rep("<p>no</p>", $0) },
  ]

  // MARK: Connections

  private static let connections: [Input] = [
    Input("WebSocket: a message in frames of a byte", .aside) { size in
      {
        let handler = WebSocketHandler(maximumMessageSize: 8 << 20, rests: { false }, pause: { _ in }) { _, _ in }
        let channel = EmbeddedChannel(handler: handler)
        for place in 0..<size {
          let frame = WebSocketFrame(
            fin: place == size - 1, opcode: place == 0 ? .text : .continuation, data: ByteBuffer(bytes: [0x61]))
          do { try channel.writeInbound(frame) } catch { fatalError("\(error)") }
        }
        keep(channel)
      }
    },
    Input("JSON-RPC: a request with many arguments", .aside) { size in
      let arguments = (0..<size / 10).map { "\"k\($0)\":1" }.joined(separator: ",")
      let parameters = "{\"name\":\"a\",\"arguments\":{\(arguments)}}"
      let bytes = Array("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":\(parameters)}".utf8)
      // A message that cannot be read is no message; this one can.
      return { keep(try? JSONRPCMessage(bytes: bytes)) }
    },
  ]

  // MARK: Terminals

  private static func terminal(_ name: String, step: Int = 4_096, _ text: @escaping @Sendable (Int) -> String) -> Input
  {
    Input("Terminal: " + name) { size in
      let bytes = Array(text(size).utf8)
      return {
        var parser = InputParser()
        for begin in stride(from: 0, to: bytes.count, by: step) {
          keep(bytes[begin..<min(bytes.count, begin + step)].withUnsafeBufferPointer { parser.feed($0) })
        }
        for _ in 0..<8 where parser.pause != nil { keep(parser.timeOut()) }
      }
    }
  }

  private static let terminals: [Input] = [
    terminal("a paste") { "\u{1B}[200~" + rep("some words\r", $0) + "\u{1B}[201~" },
    terminal("a paste byte by byte", step: 1) { "\u{1B}[200~" + rep("some words\r", $0) + "\u{1B}[201~" },
    terminal("beginnings of a paste's end") { "\u{1B}[200~" + rep("\u{1B}[201", $0) + "\u{1B}[201~" },
    terminal("a sequence without an end") { "\u{1B}[" + rep("1;", $0) },
    terminal("a sequence without an end, byte by byte", step: 1) { "\u{1B}[" + rep("1;", $0) },
    terminal("a string without an end, byte by byte", step: 1) { "\u{1B}]11;" + rep("rgb", $0) },
    terminal("Escape again and again") { rep("\u{1B}", $0) },
    terminal("lines typed at once") { rep("a line\r", $0) },
    terminal("a character of very many marks") { "a" + rep("\u{301}", $0) },
    terminal("a character of very many marks, byte by byte", step: 1) { "a" + rep("\u{301}", $0) },
  ]

  // MARK: Files

  private static func importing(_ name: String, _ json: @escaping @Sendable (Int) -> String) -> Input {
    Input("Import: " + name, .aside) { size in
      let bytes = Array(json(size).utf8)
      return {
        do {
          let tree = try ForeignConversation.tree(
            try JSON(bytes: bytes), ExportedFiles(beside: "/nowhere/conversations.json"))
          keep(tree?.conversation(models: { ModelReference(provider: "p", name: $0) }))
        } catch {
          fatalError("\(error)")
        }
      }
    }
  }

  /// ChatGPT's, of messages whose parents are as `parent` says.
  private static func mapping(_ size: Int, _ parent: (Int) -> Int) -> String {
    let messages = (0..<size / 200).map { number in
      let role = number % 2 == 0 ? "user" : "assistant"
      let above = number == 0 ? "null" : "\"m\(parent(number))\""
      return "\"m\(number)\":{\"id\":\"m\(number)\",\"parent\":\(above),\"children\":[],\"message\":{\"author\":"
        + "{\"role\":\"\(role)\"},\"content\":{\"content_type\":\"text\",\"parts\":[\"hi\"]}}}"
    }
    return "{\"title\":\"t\",\"conversation_id\":\"c\",\"mapping\":{\(messages.joined(separator: ","))}}"
  }

  private static let imports: [Input] = [
    importing("ChatGPT's, one message below the other") { mapping($0) { $0 - 1 } },
    importing("ChatGPT's, all below the first") { mapping($0) { _ in 0 } },
    importing("ChatGPT's, all below themselves") { mapping($0) { $0 } },
    importing("Claude's, very many messages") { size in
      let messages = (0..<size / 100).map {
        "{\"uuid\":\"a\($0)\",\"sender\":\"\($0 % 2 == 0 ? "human" : "assistant")\",\"text\":\"hi\"}"
      }
      return "{\"uuid\":\"u\",\"name\":\"n\",\"chat_messages\":[\(messages.joined(separator: ","))]}"
    },
    Input("Replay: a text in pieces of a byte, from event to event") { size in
      var bytes: [UInt8] = [1]
      for _ in 0..<size / 2 { bytes += [1, 4] }
      bytes += [0, 3]
      var reply = Reply(
        id: UUID(), model: ModelReference(provider: "p", name: "m"), text: rep("x", size / 2),
        startedAt: Date(timeIntervalSince1970: 0))
      reply.state = .success
      do { reply.recording = try Recording(bytes: bytes) } catch { fatalError("no recording: \(error)") }
      reply.duration = .seconds(10_000)
      let told = reply
      return {
        let timeline = ReplayTimeline([told])
        var moment: Duration?
        while let next = timeline.nextTime(after: moment) {
          keep(timeline.events(after: moment, through: next))
          moment = next
        }
      }
    },
  ]

  // MARK: Lines

  private static let lines: [Input] =
    ["a ", "\"a b\" ", "\"", "-a ", "a OR ", "OR ", "tag:a ", "before:2024-01-01 ", "(", "a-b:c*"].map { part in
      Input("Search: \(part)", .aside) { size in
        let text = rep(part, size)
        // What cannot be searched for is refused when that is seen.
        return { keep(try? SearchQuery(text)) }
      }
    }
    + [
      Input("Tags", .screen) { size in
        let text = (0..<size / 8).map { "#tag\($0)" }.joined(separator: " ")
        return { keep(TagWords.parse(text)) }
      },
      Input("NO_PROXY: ranges", .aside) { size in
        let text = rep("10.0.0.0/8,", size)
        return { keep(NoProxy(text).covers("11.0.0.1", port: 443)) }
      },
      Input("Files by a part of their name: a long path", .aside) { size in
        let path = Array(rep("a/b", size).utf8)
        let pattern = PathPattern("abababab")
        return { keep(path.withUnsafeBufferPointer { pattern.score($0, nameAt: 0) }) }
      },
      Input("A point in time: digits", .aside) { size in
        let text = "2024-02-29T23:59:59." + rep("1", size) + "Z"
        return { keep(Timestamp.date(text)) }
      },
      Input("A wait: digits", .aside) { size in
        let text = rep("1", size)
        return { keep(RetryAfter.seconds(now: Date(timeIntervalSince1970: 0)) { _ in text }) }
      },
      Input("A key's name", .aside) { size in
        let text = rep("ctrl+", size) + "a"
        return { keep(KeySyntax.key(text)) }
      },
    ]
}
