import Testing

@testable import TerminalDriver

@Suite struct FramePacerTests {
  private let start = ContinuousClock.now

  /// Draws whenever allowed: a stream all the time, keys at the given times. Returns when what was drawn.
  private func simulate(keys: [Duration], until end: Duration) -> [(time: Duration, isKey: Bool)] {
    var pacer = FramePacer()
    var drawn: [(time: Duration, isKey: Bool)] = []
    var waiting = keys[...]
    var now = Duration.zero
    while now < end {
      let isKey = waiting.first.map { $0 <= now } == true
      if pacer.delay(isKey ? .input : .other, at: start + now) == .zero {
        pacer.spend(at: start + now)
        drawn.append((now, isKey))
        if isKey { waiting = waiting.drop { $0 <= now } }
      }
      now += .microseconds(250)
    }
    return drawn
  }

  private func most(in window: Duration, _ times: [Duration]) -> Int {
    times.map { first in times.count { $0 >= first && $0 < first + window } }.max() ?? 0
  }

  @Test("A stream is drawn at most 60 times in any second, and nearly that often") func stream() {
    let drawn = simulate(keys: [], until: .seconds(5)).map(\.time)
    #expect(most(in: .seconds(1), drawn) <= 60)
    #expect(drawn.count > 275)
    let gaps = zip(drawn, drawn.dropFirst()).map { $1 - $0 }
    #expect(gaps.max() ?? .zero < .milliseconds(19))
  }

  @Test("A key in the midst of a stream is drawn at once, and the total stays") func keysInStream() {
    let keys = (1..<150).map { Duration.milliseconds(31 * $0 + $0 % 7) }
    let drawn = simulate(keys: keys, until: .seconds(5))
    let shown = drawn.filter(\.isKey).map(\.time)
    #expect(shown.count == keys.count)
    #expect(zip(keys, shown).allSatisfy { $1 - $0 <= .microseconds(250) })
    #expect(most(in: .seconds(1), drawn.map(\.time)) <= 60)
    #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $1.time - $0.time < .milliseconds(36) })
  }

  @Test("Keys faster than frames are drawn 60 times a second, evenly", arguments: [2, 5, 10, 13])
  func fastKeys(apart: Int) {
    let keys = (1..<(5000 / apart)).map { Duration.milliseconds(apart * $0) }
    let drawn = simulate(keys: keys, until: .seconds(5)).map(\.time)
    #expect(most(in: .seconds(1), drawn) <= 60)
    #expect(drawn.count { $0 >= .seconds(2) && $0 < .seconds(4) } >= 118)
    let gaps = zip(drawn, drawn.dropFirst()).map { $1 - $0 }
    #expect(gaps.max() ?? .zero <= .milliseconds(20))
  }

  @Test("After a pause the next frame waits for nothing") func idle() {
    var pacer = FramePacer()
    #expect(pacer.delay(.other, at: start) == .zero)
    pacer.spend(at: start)
    #expect(pacer.delay(.other, at: start) == .zero, "nor does what a key asked for, nor what follows that")
    pacer.spend(at: start)
    pacer.spend(at: start)
    #expect(pacer.delay(.input, at: start) == .zero)
    #expect(pacer.delay(.other, at: start) > .zero)
    #expect(pacer.delay(.other, at: start + .seconds(1)) == .zero)
    let delay = pacer.delay(.other, at: start)
    #expect(pacer.delay(.other, at: start + delay) == .zero)
  }
}
