import Basics
import Conversations
import FoundationEssentials
import Glibc
import Settings

/// What a Fiedler that crashed has left in the state folder.
public struct PastCrash: Sendable {
  /// The report's file.
  public let path: String
  /// For example `11 SIGSEGV`.
  public let signal: String
  public let version: String
  public let time: Date?
  /// The frames of the program, the innermost first, as the C library names them.
  public let frames: [String]

  /// The newest crash; `nil` if there was none, or its report cannot be read.
  public init?(_ paths: Paths) {
    path = paths.crashReportFile
    guard let data = FileManager.default.contents(atPath: path), data.count < 1 << 20 else { return nil }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    func value(_ name: String) -> String? {
      lines.first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }
    signal = value("signal") ?? "unknown"
    version = value("version") ?? "unknown"
    time = value("time").flatMap { Double($0) }.map {
      Date(timeIntervalSince1970: Bounds.secondsSince1970.nearest($0))
    }
    let all = lines.drop { $0 != "where" }.dropFirst()
    // The first ones are the handler's own, up to the C library's that called it.
    let handler = all.prefix(4).firstIndex { $0.contains("libc.so") }
    frames = Array(handler.map { all[($0 + 1)...] } ?? all)
  }

  /// One line for a person.
  public var line: String {
    let when = time.map { Timestamp.text($0, .none) } ?? "at an unknown time"
    return "Fiedler \(version) crashed \(when) by signal \(signal); the report, without any content: \(path)"
  }

  /// The conversation that was on the screen when a Fiedler crashed, until it has been looked at as usual.
  static func shown(_ paths: Paths) -> UUID? {
    FileManager.default.contents(atPath: paths.crashMarkerFile)
      .flatMap { UUID(canonical: String(decoding: $0.prefix(64), as: UTF8.self)) }
  }

  /// Lets that conversation be shown as usual from now on.
  static func forgetShown(_ paths: Paths) { unlink(paths.crashMarkerFile) }
}
