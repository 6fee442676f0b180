import Glibc
import TerminalDriver

if CommandLine.arguments.contains("--capabilities") {
  for line in TerminalLoop.capabilities() { print("\(line.name): \(line.value)") }
  exit(0)
}
do throws(TerminalError) {
  let loop = try TerminalLoop()
  let wake = loop.wake
  let probe = Probe(quitsAtOnce: CommandLine.arguments.contains("--quit-at-once")) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Wakes(wake: wake)).toOpaque()
    pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let wakes = Unmanaged<Wakes>.fromOpaque(context).takeRetainedValue()
        for _ in 0..<200_000 { wakes.wake() }
        return nil
      }, context)
  }
  let outcome = try loop.run(probe)
  print("ended: \(outcome)")
  exit(outcome.status)
} catch {
  fputs("\(error)\n", stderr)
  exit(69)
}

/// What the other thread is given.
final class Wakes {
  let wake: @Sendable () -> Void
  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }
}
