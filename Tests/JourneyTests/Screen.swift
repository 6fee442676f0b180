import Foundation
import TestSupport
import Testing

/// What a user has before them: a terminal of its own with a program in it.
final class Screen {
  let tmux: Tmux

  init(_ tmux: Tmux) { self.tmux = tmux }

  /// The screen did not come to look as it should.
  struct Unexpected: Error, CustomStringConvertible {
    var description: String
  }

  var text: String { tmux.capture() }
  var process: pid_t { pid_t(tmux.value("#{pane_pid}")) ?? 0 }

  /// Types text as it is.
  func type(_ text: String) { tmux.type(text) }

  /// Presses keys by tmux's names for them: `Enter`, `C-q`, `BTab`, `c`. Wait for what Enter does before a letter: what
  /// comes with it in one reading of a busy program's terminal is lines that were pasted.
  func press(_ keys: String...) {
    for key in keys { tmux.sendKeys(key) }
  }

  /// Types a prompt and sends it.
  func ask(_ prompt: String) async throws {
    type(prompt)
    try await shows(prompt)
    press("Enter")
  }

  func paste(_ text: String) { tmux.paste(text) }

  func resize(_ columns: Int, _ rows: Int) { tmux.resize(columns: columns, rows: rows) }

  /// Waits until all of these are on the screen; returns it.
  @discardableResult
  func shows(_ texts: String..., within limit: Duration = .seconds(40)) async throws -> String {
    try await until("shows \(texts)", within: limit) { screen in texts.allSatisfy(screen.contains) }
  }

  /// Waits until none of these is on the screen; returns it.
  @discardableResult
  func lacks(_ texts: String..., within limit: Duration = .seconds(40)) async throws -> String {
    try await until("lacks \(texts)", within: limit) { screen in !texts.contains(where: screen.contains) }
  }

  /// Waits until the screen holds this so many times; returns it.
  @discardableResult
  func shows(_ text: String, times: Int, within limit: Duration = .seconds(40)) async throws -> String {
    try await until("shows \(text) \(times) times", within: limit) { $0.ranges(of: text).count == times }
  }

  /// Waits until the screen fulfils a condition; returns it.
  @discardableResult
  func until(
    _ what: String, within limit: Duration = .seconds(40), _ condition: (String) -> Bool
  ) async throws -> String {
    let deadline = ContinuousClock.now + limit
    while true {
      let screen = text
      if condition(screen) { return screen }
      guard ContinuousClock.now < deadline else {
        throw Unexpected(description: "not within \(limit): the screen \(what). It is:\n\(screen)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Waits for the program's end: its exit status, or 128 and the signal that ended it.
  func ended(within limit: Duration = .seconds(20)) async throws -> Int {
    let deadline = ContinuousClock.now + limit
    while true {
      let end = tmux.value("#{pane_dead}/#{pane_dead_status}/#{pane_dead_signal}")
      let parts = end.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
      if parts.count == 3, parts[0] == 1, let status = parts[2].map({ 128 + $0 }) ?? parts[1] { return status }
      // A busy tmux now and then misses that its child has ended, and leaves it a zombie: remind it.
      if parts.first == 1, let server = pid_t(tmux.value("#{pid}")), server > 1 { kill(server, SIGCHLD) }
      guard ContinuousClock.now < deadline else {
        throw Unexpected(description: "not within \(limit): the program ends (\(end)). The screen is:\n\(text)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Leaves the program as a user does, whatever streams.
  func quit() async throws -> Int {
    press("C-q")
    return try await ended()
  }
}
