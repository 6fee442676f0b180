import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Failures in plain words")
struct FailureWordsTests {
  private let key = APIKey("sk-verysecretkey-12345")

  private func failure(_ status: Int, _ body: String, variable: String? = "ACME_API_KEY") -> SendFailure {
    FailureWords(model: .scripted(apiKeyVariable: variable), key: key)
      .http(status, body: Array(body.utf8), location: nil, retryAfter: nil)
  }

  @Test(
    "The error bodies of all providers are understood",
    arguments: [
      #"{"error":{"message":"Bad thing","type":"invalid_request_error","param":null,"code":null}}"#,
      #"{"type":"error","error":{"type":"invalid_request_error","message":"Bad thing"}}"#,
      #"{"error":{"code":400,"message":"Bad thing","status":"INVALID_ARGUMENT"}}"#,
      #"[{"error":{"code":400,"message":"Bad thing","status":"INVALID_ARGUMENT"}}]"#,
      #"{"error":"Bad thing"}"#, #"{"code":"400","error":"Bad thing"}"#, #"{"object":"error","message":"Bad thing"}"#,
      #"{"detail":"Bad thing"}"#, #"{"detail":[{"loc":["body"],"msg":"Bad thing"}]}"#, "Bad thing",
      "\r\n Bad\tthing \n",
    ])
  func shapes(_ body: String) {
    #expect(failure(400, body).message == "acme/scripted-1 answered 400 Bad Request: Bad thing")
  }

  @Test("A field that a provider refuses is named")
  func refusedField() {
    let body =
      #"{"message":{"detail":[{"loc":["body","stream_options","x"],"msg":"Not permitted"}]},"code":null}"#
    #expect(failure(422, body).message.hasSuffix(": stream_options.x: Not permitted"))
  }

  @Test(
    "An HTML page is told as one and none of it is shown",
    arguments: [
      "<!DOCTYPE html><html><head><title>Oops</title></head></html>", "\n  <html>", "<h1>502</h1>",
    ])
  func html(_ page: String) {
    let failure = failure(502, page)
    #expect(
      failure.message
        == "the server of acme/scripted-1 answered with an HTML page (502 Bad Gateway) instead of the API; it or a proxy before it is in trouble"
    )
    #expect(failure.kind == .http)
    #expect(RetryPolicy.mayHelpToRepeat(failure))
  }

  @Test("An HTML page with a 200 is malformed and points at base_url")
  func htmlSuccess() throws {
    let failure = try understand(.openai, [.bytes(" <html><body>hi</body>")]).failure
    #expect(failure?.kind == .malformed)
    #expect(
      failure?.message
        == "the server of acme/scripted-1 answered with an HTML page (200 OK) instead of the API; check base_url in models.yaml"
    )
  }

  @Test("JSON with a 200 that is an error is told as that")
  func jsonErrorSuccess() throws {
    let failure = try understand(
      .openai, [.bytes(#"{"error":{"message":"no credit","code":402}}"#)]
    ).failure
    #expect(failure?.kind == .provider)
    #expect(
      failure?.message
        == "acme/scripted-1 reported an error (402 Payment Required): no credit; check the account’s plan and credit")
  }

  @Test("JSON with a 200 that is neither answer nor error is malformed")
  func jsonNonsense() throws {
    #expect(try understand(.openai, [.bytes(#"{"hello":1}"#)]).failure?.kind == .malformed)
    #expect(try understand(.gemini, [.bytes("[1,2")]).failure?.kind == .malformed)
  }

  @Test("A refused key names the variable to set")
  func unauthorized() {
    #expect(
      failure(401, #"{"error":{"message":"Incorrect API key."}}"#).message
        == "acme refused the key (401 Unauthorized): Incorrect API key; check the key from $ACME_API_KEY "
        + "(`fiedler doctor` tells every place)")
    #expect(failure(403, "").kind == .unauthorized)
    #expect(failure(403, "No.").message.hasSuffix("): No; check what the account of the key from $ACME_API_KEY may do"))
  }

  @Test(
    "A refused key names where it was found, whatever models.yaml says of it",
    arguments: [
      (KeySource.environment("LAB_KEY"), "$LAB_KEY"), (.file("/home/a/keys.yaml"), "/home/a/keys.yaml"),
      (.command("pass show lab"), #"api_key_command "pass show lab""#),
    ])
  func keySources(source: KeySource, words: String) {
    for variable in ["ACME_API_KEY", nil] {
      let refusal = FailureWords(
        model: .scripted(apiKeyVariable: variable), key: APIKey("sk-secret-12345", from: source)
      )
      .http(401, body: Array("no".utf8), location: nil, retryAfter: nil).message
      #expect(
        refusal == "acme refused the key (401 Unauthorized): no; check the key from \(words) "
          + "(`fiedler doctor` tells every place)")
      #expect(!refusal.contains("api_key_env"))
    }
  }

  @Test("Without a key, one is wanted: the words tell how to name it")
  func keyless() {
    let refused = FailureWords(model: .scripted(), key: nil).http(401, body: [], location: nil, retryAfter: nil)
    let refusal = refused.message
    #expect(refused.kind == .missingKey)
    #expect(refusal.hasPrefix("acme wants a key (401 Unauthorized), and none was found; `fiedler keys set acme`"))
    #expect(refusal.contains("`fiedler doctor`") && refusal.contains("api_key_env or api_key_command"))
  }

  @Test(
    "Every failure says what to do",
    arguments: [
      (400, "This model's maximum context length is 8192 tokens.", "larger context window"),
      (400, "prompt is too long: 210000 tokens > 200000 maximum", "larger context window"),
      (400, "The input token count (2000000) exceeds the maximum number of tokens allowed", "fewer files"),
      (413, "", "fewer files"), (429, "slow down", "ask again a little later"),
      (429, "You exceeded your current quota", "plan and credit"), (402, "", "plan and credit"),
      (404, "no such model", "check the model's name and base_url"), (500, "", "ask again later"),
      (503, "overloaded", "ask another model"), (529, "", "ask again later"), (302, "", "base_url"),
    ])
  func whatToDo(status: Int, body: String, words: String) {
    let message = failure(status, body).message
    #expect(message.contains(words) && message.contains("\(status) "), "\(message)")
    #expect(!message.contains(".;") && !message.contains(";;"), "\(message)")
  }

  @Test("So does every failure of the connection, the stream and the answer")
  func whatToDoOtherwise() {
    let words = FailureWords(model: .scripted(), key: nil)
    let told: [(SendFailure, String)] = [
      (words.connection(.refused), "start the server"),
      (words.connection(.unresolved("x.example")), "check the network, and base_url"),
      (words.connection(.untrusted), "ca_file"),
      (words.connection(.noTLS), "check base_url"),
      (words.connection(.unreachable), "check the network"),
      (words.connection(.reset), "ask again"),
      (words.timeout(.connectTimeout, limit: .seconds(10)), "base_url"),
      (words.timeout(.firstTokenTimeout, limit: .seconds(10)), "first_token_timeout in models.yaml"),
      (words.timeout(.idleTimeout, limit: .seconds(10)), "ask again"),
      (words.timeout(.totalTimeout, limit: .seconds(10)), "models.yaml"),
      (words.empty(), "ask again"), (words.blocked("SAFETY"), "in other words"), (words.truncated(nil), "ask again"),
      (words.truncated(.reset), "ask again"), (words.tooLarge(4 << 20), "ask again"),
      (words.notAnAnswer(Array("hm".utf8), status: 200), "check base_url"),
      (words.unreadable("oops", hasContent: true), "ask again"),
      (words.unreadable("oops", hasContent: false), "check base_url"), (words.damaged(2, "oops"), "ask again"),
      (words.ollama(), "ends with /v1"), (words.packed("br"), "check the proxy"),
      (words.stopped(Ending(reason: .other("error"), word: "error"), hasContent: true), "ask again"),
      (
        words.inStream(SendFailure(.provider, "Overloaded.", httpStatus: 529)), "Overloaded; the trouble is on its side"
      ),
      (words.missingKey("ACME_API_KEY"), "api_key_command"),
    ]
    for (failure, way) in told {
      #expect(failure.message.contains(way) && failure.message.contains("acme"), "\(failure.message)")
    }
  }

  @Test("Rate limits, missing models and redirects say what to do")
  func others() {
    #expect(failure(429, #"{"error":{"message":"slow"}}"#).kind == .rateLimited)
    #expect(failure(404, "").message.contains("check the model's name and base_url"))
    let moved = FailureWords(model: .scripted(), key: nil)
      .http(301, body: [], location: "https://new.example/v1", retryAfter: nil)
    #expect(
      moved.message
        == "acme redirects to https://new.example/v1 (301 Moved Permanently); put the right address into base_url")
    #expect(FailureWords(model: .scripted(), key: nil).missingKey("ACME_API_KEY").message.contains("set ACME_API_KEY"))
  }

  @Test(
    "The key never shows, nor anything that looks like one",
    arguments: [
      "bad key sk-verysecretkey-12345", "bad key: 'sk-verysecretkey-12345'.", "key=sk-verysecretkey-12345&x",
      "Incorrect API key provided: sk-proj-abc********wxyz.", "no AIzaSyA1234567890abcdefghij here",
    ])
  func secrets(_ message: String) {
    let text = failure(401, message).message
    #expect(text.contains("[REDACTED]"))
    #expect(!text.contains("verysecret") && !text.contains("wxyz") && !text.contains("SyA123"))
  }

  @Test("A key or a header's secret never shows, whatever stands beside it or within")
  func secretsAmongMarks() {
    for said in [
      "no sk-verysecretkey-12345\u{301} here", "no sk-very\u{200B}secretkey-12345 here", "no h3ad\u{200D}er-secret",
      "no h3ader-secret\u{FE0F}", "no h3ader\u{AD}-secret",
    ] {
      var model = ConfiguredModel.scripted(apiKeyVariable: nil)
      model.options.headers = ["x-token": "h3ader-secret"]
      let text = FailureWords(model: model, key: key).invalidRequest(said).message
      #expect(text.contains("[REDACTED") && !text.contains("secret"), "\(text)")
    }
  }

  @Test("A message is one short line without control characters or invisible ones")
  func oneLine() {
    let hostile = "a\u{1B}[31mb\r\nc\u{202E}d\u{200B}e\u{9B}f\u{2028}g" + String(repeating: " long", count: 1000)
    let text = PlainWords.line(hostile)
    #expect(text.hasPrefix("a [31mb cde f g long"))
    #expect(text.count == 300)
    #expect(text.hasSuffix("…"))
    #expect(PlainWords.line(" \n\t ") == "")
    let joined = "👩‍👩‍👧 می‌خواهم"
    #expect(PlainWords.line(joined) == joined)
    #expect(PlainWords.line("Not sk-\u{200D}0123456789\u{200C}abc!") == "Not [REDACTED]!")
  }

  @Test("A body that is no text gives a message all the same")
  func binary() {
    let body: [UInt8] = [0xFF, 0xFE, 0x00, 0x01]
    let failure = FailureWords(model: .scripted(), key: nil).http(500, body: body, location: nil, retryAfter: nil)
    #expect(failure.message.hasPrefix("acme/scripted-1 answered 500 Internal Server Error"))
  }
}
