import Basics
import Glibc
import TestSupport
import Testing

@Suite("Small shared things", .timeLimit(.minutes(1))) struct SmallThingsTests {
  @Test("U+0000 becomes U+FFFD, and nothing else changes")
  func nul() {
    for (text, expected) in [
      ("", ""), ("plain", "plain"), ("\0", "\u{FFFD}"), ("a\0b\0", "a\u{FFFD}b\u{FFFD}"),
      ("e\u{301}\0\u{301}", "e\u{301}\u{FFFD}\u{301}"),
    ] {
      #expect(text.withoutNUL.unicodeScalars.elementsEqual(expected.unicodeScalars))
      #expect(text.holdsNUL == text.unicodeScalars.contains("\0"))
    }
  }

  @Test("One is one, and all others are many")
  func plural() {
    #expect(Plural.text(1, "turn") == "1 turn" && Plural.text(0, "turn") == "0 turns")
    #expect(
      Plural.text(1200, "answer was", "answers were") == "1200 answers were" && Plural.word(1, "is", "are") == "is")
  }

  @Test("Delays double from the first up to the most, and the jitter takes a part of them")
  func backOff() {
    let backOff = ExponentialBackOff(first: .milliseconds(250), most: .seconds(30))
    #expect((1...4).map { backOff.delay(after: $0, jitter: 1) } == [0.25, 0.5, 1, 2].map { .seconds($0) })
    for failures in [8, 31, 64, .max] { #expect(backOff.delay(after: failures, jitter: 1) == .seconds(30)) }
    #expect(backOff.delay(after: 3, jitter: 0.5) == .milliseconds(500) && backOff.delay(after: 9, jitter: 0) == .zero)
    #expect(backOff.delay(after: .min, jitter: 1) == .milliseconds(250))
  }

  @Test("The generator gives the numbers of its paper's reference")
  func splitMix() {
    var random = SplitMix64(state: 1_234_567)
    let first = (0..<3).map { _ in random.next() }
    #expect(first == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test("The system's words belong to the error number")
  func systemErrors() {
    #expect(SystemError(ENOENT).description == "No such file or directory")
    #expect(open("/nonexistent/file", O_RDONLY) < 0 && SystemError.last.code == ENOENT)
  }

  @Test("A time limit acts once its time is over, and not at all where it is called off")
  func limit() async {
    let (acts, act) = AsyncStream.makeStream(of: Void.self)
    let short = TimeLimit(.milliseconds(1)) { act.yield() }
    for await _ in acts { break }
    #expect(await short.hasPassed)
    let long = TimeLimit(.seconds(3600)) { act.yield() }
    long.cancel()
    #expect(await !long.hasPassed)
  }

  @Test("Work is waited for to its end, or to the limit, where it is cancelled")
  func waiting() async {
    let done = AsyncStream.makeStream(of: Void.self)
    await wait(atMost: .seconds(3600)) { done.continuation.yield() }
    for await _ in done.stream { break }
    let cancelled = AsyncStream.makeStream(of: Void.self)
    await wait(atMost: .milliseconds(1)) {
      await withTaskCancellationHandler {
        for await _ in AsyncStream<Void>.makeStream().stream {}
      } onCancel: {
        cancelled.continuation.yield()
      }
    }
    for await _ in cancelled.stream { break }
  }

  @Test(
    "Hosts of this machine are known in every spelling",
    arguments: ["localhost", "a.LOCALHOST", "127.9.9.9", "[::1]", "::1", "0.0.0.0"])
  func loopback(host: String) { #expect(Loopback.isHost(host)) }

  @Test(
    "Other hosts are not this machine",
    arguments: ["localhost.example", "128.0.0.1", "127.0.0.1.example", "127.0.0.256", "", "::2"])
  func elsewhere(host: String) { #expect(!Loopback.isHost(host)) }

  @Test("Lines end in a line feed or in CRLF, and those that are empty are lines, too")
  func textLines() {
    #expect("a\r\n\r\nb\nc\r\n".textLines() == ["a", "", "b", "c", ""])
    #expect("a\r\nb\r\nc\r\n".textLines(maxSplits: 1) == ["a", "b\r\nc\r\n"])
    #expect("".textLines() == [""])
  }
}
