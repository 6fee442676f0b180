import Foundation
import Synchronization
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Opening links") struct LinkOpenerTests {
  private let directory = try! TemporaryDirectory()

  private func opener(_ variables: [String: String] = ["DISPLAY": ":0"]) -> LinkOpener {
    LinkOpener(environment: variables.merging(["PATH": "\(directory.path):/usr/bin:/bin"]) { $1 })
  }

  /// An `xdg-open` that keeps its arguments, a line each, and ends so.
  private func install(ends status: Int = 0) throws {
    let path = directory("xdg-open")
    let script = "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$0.arguments\"\nexit \(status)\n"
    try script.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private func status(of link: String) async throws -> Int32 {
    try await withCheckedThrowingContinuation { continuation in
      do throws(LinkOpener.Refusal) {
        try opener().open(link) { continuation.resume(returning: $0) }
      } catch { continuation.resume(throwing: error) }
    }
  }

  @Test(
    "The link is one argument, whatever a shell would make of it",
    arguments: [
      "https://example.com/?a=1&b=$(touch%20x);`id`'\"", "HTTP://example.org", "mailto:a@example.org",
    ]) func opens(_ link: String) async throws
  {
    try install()
    #expect(try await status(of: link) == 0)
    #expect(try String(contentsOfFile: directory("xdg-open.arguments"), encoding: .utf8) == link + "\n")
  }

  @Test("How xdg-open ended is told") func fails() async throws {
    try install(ends: 3)
    #expect(try await status(of: "https://example.com") == 3)
  }

  @Test(
    "What is no web or mail link is not handed on",
    arguments: [
      "file:///etc/passwd", "javascript:alert(1)", "--help", "example.com", "https://a b", "https://a\n--x", "",
    ]) func refuses(_ link: String) throws
  {
    try install()
    #expect(throws: LinkOpener.Refusal.self) { try opener().open(link) { _ in } }
    #expect(!FileManager.default.fileExists(atPath: directory("xdg-open.arguments")))
  }

  @Test("Without a desktop nothing is started") func noDesktop() throws {
    try install()
    let refusal = #expect(throws: LinkOpener.Refusal.self) {
      try opener(["DISPLAY": ""]).open("https://example.com") { _ in }
    }
    #expect(refusal?.reason == "There is no desktop here to open it on")
  }
}
