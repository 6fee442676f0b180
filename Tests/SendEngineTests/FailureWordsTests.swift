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

  @Test("An HTML page with a 200 is malformed and points at base_url", arguments: ["text/html", nil])
  func htmlSuccess(_ contentType: String?) throws {
    let failure = try understand(.openai, [.bytes(" <html><body>hi</body>")], contentType: contentType).failure
    #expect(failure?.kind == .malformed)
    #expect(
      failure?.message
        == "the server of acme/scripted-1 answered with an HTML page (200 OK) instead of the API; check base_url in models.yaml"
    )
  }

  @Test("JSON with a 200 that is an error is told as that")
  func jsonErrorSuccess() throws {
    let failure = try understand(
      .openai, [.bytes(#"{"error":{"message":"no credit","code":402}}"#)], contentType: "application/json"
    ).failure
    #expect(failure?.kind == .provider)
    #expect(failure?.message == "acme/scripted-1 reported an error (402 Payment Required): no credit")
  }

  @Test("JSON with a 200 that is neither answer nor error is malformed")
  func jsonNonsense() throws {
    #expect(try understand(.openai, [.bytes(#"{"hello":1}"#)], contentType: nil).failure?.kind == .malformed)
    #expect(try understand(.gemini, [.bytes("[1,2")], contentType: nil).failure?.kind == .malformed)
  }

  @Test("A refused key names the variable to set")
  func unauthorized() {
    #expect(
      failure(401, #"{"error":{"message":"Incorrect API key"}}"#).message
        == "acme refused the key (401 Unauthorized): Incorrect API key; check ACME_API_KEY")
    #expect(failure(403, "").kind == .unauthorized)
    #expect(failure(401, "No.", variable: nil).message.hasSuffix("): No; check the key that models.yaml has for it"))
    let keyless = FailureWords(model: .scripted(apiKeyVariable: nil), key: nil)
    #expect(keyless.http(401, body: [], location: nil, retryAfter: nil).message.contains("api_key_env"))
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

  @Test("A message is one short line without control characters or invisible ones")
  func oneLine() {
    let hostile = "a\u{1B}[31mb\r\nc\u{202E}d\u{200B}e\u{9B}f\u{2028}g" + String(repeating: " long", count: 1000)
    let text = PlainWords.line(hostile)
    #expect(text.hasPrefix("a [31mb cde f g long"))
    #expect(text.count == 300)
    #expect(text.hasSuffix("…"))
    #expect(PlainWords.line(" \n\t ") == "")
  }

  @Test("A body that is no text gives a message all the same")
  func binary() {
    let body: [UInt8] = [0xFF, 0xFE, 0x00, 0x01]
    let failure = FailureWords(model: .scripted(), key: nil).http(500, body: body, location: nil, retryAfter: nil)
    #expect(failure.message.hasPrefix("acme/scripted-1 answered 500 Internal Server Error"))
  }
}
