import Glibc
import TerminalDriver

if CommandLine.arguments.contains("--capabilities") {
  for line in TerminalLoop.capabilities() { print("\(line.name): \(line.value)") }
  exit(0)
}
do throws(TerminalError) {
  let loop = try TerminalLoop()
  let probe = Probe(wake: loop.wake)
  let outcome = try loop.run(probe)
  print("ended: \(outcome)")
  exit(outcome.status)
} catch {
  complain("\(error)")
  exit(69)
}
