import Dispatch
import Foundation

/// Ctrl+C for commands without a screen.
enum Interruption {
  /// Calls `stop` at the first SIGINT, SIGTERM or SIGHUP; the second one ends the process at once.
  /// Keep what is returned for as long as that shall hold. A process has one watch: another one after it is told
  /// nothing.
  static func watch(_ stop: @escaping @Sendable () -> Void) -> Watch {
    Watch([SIGINT, SIGTERM, SIGHUP], stop)
  }

  final class Watch {
    private var sources: [any DispatchSourceSignal] = []

    init(_ signals: [Int32], _ stop: @escaping @Sendable () -> Void) {
      for number in signals {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
          stop()
          // From now on the signal's own effect holds.
          signal(number, SIG_DFL)
        }
        source.resume()
        sources.append(source)
      }
    }

    func cancel() { sources.forEach { $0.cancel() } }
  }
}
