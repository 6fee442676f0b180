import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Retry policy")
struct RetryPolicyTests {
  private let policy = RetryPolicy(
    maximumAttempts: 5, base: .milliseconds(500), cap: .seconds(20), longestRetryAfter: .seconds(60),
    total: .seconds(300))

  private func decide(
    _ failure: SendFailure, attempt: Int = 1, hasContent: Bool = false, elapsed: Duration = .zero, jitter: Double = 0.5
  ) -> RetryPolicy.Decision {
    policy.decide(failure, attempt: attempt, hasContent: hasContent, elapsed: elapsed, jitter: jitter)
  }

  @Test(
    "What may pass is tried again",
    arguments: [
      SendFailure(.rateLimited, "", httpStatus: 429), SendFailure(.connection, ""), SendFailure(.connectTimeout, ""),
      SendFailure(.empty, ""),
      SendFailure(.http, "", httpStatus: 408), SendFailure(.http, "", httpStatus: 409),
      SendFailure(.http, "", httpStatus: 425), SendFailure(.http, "", httpStatus: 500),
      SendFailure(.http, "", httpStatus: 502), SendFailure(.http, "", httpStatus: 503),
      SendFailure(.http, "", httpStatus: 529), SendFailure(.provider, "", httpStatus: 529),
    ])
  func retried(_ failure: SendFailure) {
    #expect(decide(failure) == .retry(after: .milliseconds(250)))
  }

  @Test(
    "What will not pass is not",
    arguments: [
      SendFailure(.unauthorized, "", httpStatus: 401), SendFailure(.unauthorized, "", httpStatus: 403),
      SendFailure(.missingKey, ""), SendFailure(.firstTokenTimeout, ""), SendFailure(.idleTimeout, ""),
      SendFailure(.totalTimeout, ""),
      SendFailure(.malformed, ""), SendFailure(.blocked, ""), SendFailure(.invalidRequest, ""),
      SendFailure(.http, "", httpStatus: 400), SendFailure(.http, "", httpStatus: 404),
      SendFailure(.http, "", httpStatus: 422), SendFailure(.http, "", httpStatus: 301), SendFailure(.provider, ""),
      SendFailure(.provider, "", httpStatus: 400),
    ])
  func notRetried(_ failure: SendFailure) {
    #expect(decide(failure) == .giveUp(failure))
  }

  @Test("Once some of the answer has come, nothing is tried again", arguments: SendFailure.Kind.allCases)
  func afterFirstToken(_ kind: SendFailure.Kind) {
    let failure = SendFailure(kind, "x", httpStatus: 503)
    #expect(decide(failure, hasContent: true) == .giveUp(failure))
  }

  @Test("The wait doubles up to its cap, and a random part of it is waited")
  func backoff() {
    let failure = SendFailure(.connection, "x")
    func wait(_ attempt: Int, _ jitter: Double) -> RetryPolicy.Decision {
      RetryPolicy(
        maximumAttempts: 1000, base: .milliseconds(500), cap: .seconds(20), longestRetryAfter: .seconds(60),
        total: .seconds(300)
      ).decide(failure, attempt: attempt, hasContent: false, elapsed: .zero, jitter: jitter)
    }
    #expect([1, 2, 3, 4].map { wait($0, 0.5) } == [250, 500, 1000, 2000].map { .retry(after: .milliseconds($0)) })
    #expect(wait(6, 0.5) == .retry(after: .seconds(8)))
    #expect(wait(7, 0.5) == .retry(after: .seconds(10)))
    #expect(wait(900, 0.5) == .retry(after: .seconds(10)))
    #expect(wait(3, 0) == .retry(after: .zero))
  }

  @Test("Retry-After is honoured to the second, up to the limit")
  func retryAfter() {
    let failure = SendFailure(.rateLimited, "slow down", httpStatus: 429, retryAfterSeconds: 60)
    #expect(decide(failure) == .retry(after: .seconds(60)))
  }

  @Test("A longer Retry-After fails at once and says so")
  func retryAfterTooLong() {
    let failure = SendFailure(.rateLimited, "slow down", httpStatus: 429, retryAfterSeconds: 180)
    guard case .giveUp(let shown) = decide(failure) else {
      Issue.record("it waited")
      return
    }
    #expect(shown.message == "slow down; it asks to wait 3 min, longer than the 60 s that are waited by itself")
    #expect(shown.retryAfterSeconds == 180)
  }

  @Test("What is known of asking again counts more than kind and status")
  func repetition() {
    var failure = SendFailure(.rateLimited, "x", httpStatus: 429)
    failure.repetition = .useless
    #expect(decide(failure) == .giveUp(failure))
    failure = SendFailure(.provider, "x")
    failure.repetition = .mayHelp
    #expect(decide(failure) == .retry(after: .milliseconds(250)))
  }

  @Test("A server that loads its model is asked again however often, until the reply's own time is over")
  func loading() {
    var failure = SendFailure(.http, "x", httpStatus: 503)
    failure.repetition = .untilReady
    #expect(decide(failure, attempt: 1) == .retry(after: .seconds(2)))
    #expect(decide(failure, attempt: 90) == .retry(after: .seconds(2)))
    failure.retryAfterSeconds = 20
    #expect(decide(failure, attempt: 90) == .retry(after: .seconds(4)))
    guard case .giveUp(let shown) = decide(failure, attempt: 90, elapsed: .seconds(297)) else {
      Issue.record("it waited beyond its time")
      return
    }
    #expect(shown.message == "x; it was not ready within 5 min, the model's timeout")
  }

  @Test("The last attempt's failure says how many there were")
  func lastAttempt() {
    let failure = SendFailure(.connection, "connection refused")
    #expect(
      decide(failure, attempt: 5)
        == .giveUp(SendFailure(.connection, "connection refused; gave up after 5 attempts")))
    var once = policy
    once.maximumAttempts = 1
    #expect(once.decide(failure, attempt: 1, hasContent: false, elapsed: .zero, jitter: 0.5) == .giveUp(failure))
  }

  @Test("No wait goes beyond the reply's own time")
  func total() {
    let failure = SendFailure(.rateLimited, "x", httpStatus: 429, retryAfterSeconds: 30)
    #expect(decide(failure, elapsed: .seconds(269)) == .retry(after: .seconds(30)))
    #expect(
      decide(failure, elapsed: .seconds(270))
        == .giveUp(failure.adding("no time is left to try again within 5 min")))
  }
}

@Suite("Attempt timer")
struct AttemptTimerTests {
  private let limits = AttemptTimer.Limits(
    connect: .seconds(10), firstToken: .seconds(120), idle: .seconds(60), total: .seconds(300))

  @Test("Each phase has its own limit")
  func phases() {
    var timer = AttemptTimer(limits: limits, startedAt: .seconds(5))
    #expect(timer.expired(at: .seconds(15)) == nil)
    #expect(timer.expired(at: .seconds(15) + AttemptTimer.connectGrace) == .connectTimeout)
    timer.connected(at: .seconds(6))
    #expect(timer.expired(at: .seconds(125)) == nil)
    #expect(timer.expired(at: .seconds(126)) == .firstTokenTimeout)
    timer.received(at: .seconds(100), hasContent: true)
    #expect(timer.expired(at: .seconds(159)) == nil)
    #expect(timer.expired(at: .seconds(160)) == .idleTimeout)
    timer.received(at: .seconds(155), hasContent: true)
    #expect(timer.expired(at: .seconds(214)) == nil)
  }

  @Test("Keep-alives are life: only silence breaks the first-token limit, and only the total bounds them")
  func keepAlives() {
    var timer = AttemptTimer(limits: limits, startedAt: .zero)
    timer.connected(at: .zero)
    for second in stride(from: 10, to: 180, by: 10) { timer.received(at: .seconds(second), hasContent: false) }
    #expect(timer.expired(at: .seconds(289)) == nil)
    #expect(timer.expired(at: .seconds(290)) == .firstTokenTimeout)
    timer.received(at: .seconds(289), hasContent: false)
    #expect(timer.expired(at: .seconds(299)) == nil)
    #expect(timer.expired(at: .seconds(300)) == .totalTimeout)
  }

  @Test("The whole reply's limit goes before every other")
  func total() {
    var timer = AttemptTimer(limits: limits, startedAt: .seconds(295))
    #expect(timer.expired(at: .seconds(300)) == .totalTimeout)
    timer.received(at: .seconds(299), hasContent: true)
    #expect(timer.expired(at: .seconds(300)) == .totalTimeout)
    #expect(timer.nextCheck(at: .seconds(299)) == .seconds(300))
  }

  @Test("Whatever arrives between two looks, no limit is noticed late")
  func neverLate() {
    // A look is due by `nextCheck`; the earliest limit that can be broken after it must lie at or after it.
    var timer = AttemptTimer(limits: limits, startedAt: .zero)
    let first = timer.nextCheck(at: .zero)
    timer.received(at: .seconds(1), hasContent: true)
    #expect(timer.expired(at: first) == nil)
    #expect(timer.nextCheck(at: first) == .seconds(61))
    #expect(timer.expired(at: .seconds(61)) == .idleTimeout)

    var waiting = AttemptTimer(limits: limits, startedAt: .zero)
    waiting.connected(at: .zero)
    #expect(waiting.nextCheck(at: .zero) == .seconds(60))
    waiting.received(at: .milliseconds(1), hasContent: true)
    #expect(waiting.expired(at: .seconds(60)) == nil)
  }
}

@Suite("Retry-After")
struct RetryAfterTests {
  private let now = Date(timeIntervalSince1970: 784_111_777)  // Sun, 06 Nov 1994 08:49:37 GMT

  private func seconds(_ headers: [String: String]) -> Double? {
    RetryAfter.seconds(now: now) { headers[$0] }
  }

  @Test(
    "Seconds, milliseconds and dates are understood",
    arguments: [
      (["retry-after": "7"], 7.0), (["retry-after": " 0.5 "], 0.5), (["retry-after": "0"], 0),
      (["retry-after-ms": "1500", "retry-after": "9"], 1.5), (["retry-after-ms": "soon", "retry-after": "9"], 9),
      (["retry-after": "Sun, 06 Nov 1994 08:50:07 GMT"], 30), (["retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"], 0),
      (["retry-after": "Mon, 07 Nov 1994 08:49:37 GMT"], 86_400),
      (["retry-after": "Sunday, 06-Nov-94 08:49:47 GMT"], 10), (["retry-after": "Sun Nov  6 08:49:57 1994"], 20),
      (["retry-after": "1994-11-06T08:50:07Z"], 30), (["retry-after": "2.5s"], 2.5), (["retry-after": "1m30s"], 90),
      (["retry-after": "784111807"], 784_111_807), (["x-ms-retry-after-ms": "250"], 0.25),
    ] as [([String: String], Double)])
  func understood(_ headers: [String: String], _ expected: Double) {
    #expect(seconds(headers) == expected)
  }

  @Test(
    "What makes no sense is as if it were not there",
    arguments: [
      "", "-1", "soon", "nan", "inf", "Sun, 06 Nov 1994 08:50:07 PST", "Sun, 99 Nov 1994 08:50:07 GMT",
      "Sun, 06 Nov 1994 25:50:07 GMT", "Sun, 06 Zzz 1994 08:50:07 GMT", "Sunday, 06-Nov 08:49:37 GMT", "1x", "s",
    ])
  func nonsense(_ text: String) {
    #expect(seconds(["retry-after": text]) == nil)
    #expect(seconds([:]) == nil)
  }

  @Test(
    "When a rate limit is over: of the one of which nothing remains, in every unit in use",
    arguments: [
      (
        [
          ("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "2.5s"),
          ("x-ratelimit-reset-requests", "1h"),
          ("x-ratelimit-remaining-requests", "9"),
        ], 2.5
      ),
      ([("X-RateLimit-Reset-Requests", "6m0s"), ("x-ratelimit-reset-tokens", "120ms")], 360),
      ([("ratelimit-reset", "17")], 17), ([("x-ratelimit-reset", "12.5")], 12.5),
      (
        [("anthropic-ratelimit-tokens-reset", "1994-11-06T08:49:47Z"), ("anthropic-ratelimit-tokens-remaining", "0")],
        10
      ),
      ([("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-reset-tokens", "7s")], nil), ([], nil),
      ([("x-ratelimit-reset-tokens", "soon")], nil),
    ] as [([(String, String)], Double?)])
  func reset(_ headers: [(String, String)], _ expected: Double?) {
    let found = RetryAfter.reset(now: now, headers: headers.map { (name: $0.0, value: $0.1) })
    #expect(found == expected)
  }

  @Test("A moment in seconds or milliseconds since 1970 is counted from now")
  func epoch() {
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    func wait(_ value: String) -> Double? {
      RetryAfter.reset(now: now, headers: [(name: "X-RateLimit-Reset", value: value)])
    }
    #expect(wait("1800000030") == 30)
    #expect(wait("1800000030500") == 30.5)
    #expect(wait("1700000000") == 0)
  }

  @Test(
    "The wait is found in an error's fields and words",
    arguments: [
      (#"{"error":{"details":[{"@type":"x/google.rpc.RetryInfo","retryDelay":"3.2s"}],"message":"x"}}"#, 3.2),
      (#"[{"error":{"details":[{"@type":"x/google.rpc.RetryInfo","retryDelay":{"seconds":"4"}}]}}]"#, 4),
      (#"{"error":{"message":"Rate limit reached. Please try again in 2.5s. Visit"}}"#, 2.5),
      (#"{"error":{"message":"Please try again in 6m0s."}}"#, 360), (#"{"message":"retry after 20 seconds"}"#, 20),
      (#"{"message":"Please wait 1m30.5s before"}"#, 90.5), (#"{"message":"try again in 120ms"}"#, 0.12),
      (#"{"message":"limit resets in 2 hours"}"#, 7200), (#"{"error":{"retry_after":9}}"#, 9),
      (#"{"error":"Model x is currently loading","estimated_time":20.5}"#, 20.5), (#"{"retry_after_ms":1500}"#, 1.5),
      (#"{"message":"try again later, 5 models are busy"}"#, nil), (#"{"message":"limit 10000, used 9s"}"#, nil),
    ] as [(String, Double?)])
  func inBody(_ body: String, _ expected: Double?) throws {
    let json = try JSON(body)
    #expect(RetryAfter.seconds(in: json, message: ErrorBody(json)?.message ?? "", now: now) == expected)
  }

  @Test("OpenRouter packs the upstream's headers into the body")
  func packedHeaders() throws {
    let headers = #"{"X-RateLimit-Reset":"1800000007000","X-RateLimit-Remaining":"0"}"#
    let json = try JSON("{\"error\":{\"message\":\"slow\",\"metadata\":{\"headers\":\(headers)}}}")
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    #expect(RetryAfter.seconds(in: json, message: "slow", now: now) == 7)
  }

  @Test("A number beyond all reason is still a number")
  func huge() {
    #expect(seconds(["retry-after": "1e300"]) == 1e9)
  }

  @Test(
    "Dates are right across leap days and centuries",
    arguments: [
      ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
      ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800), ("Fri, 31 Dec 2100 23:59:59 GMT", 4_133_980_799),
    ])
  func dates(_ text: String, _ expected: Double) {
    #expect(HTTPDate.parse(text)?.timeIntervalSince1970 == expected)
  }
}
