import Foundation
import JSON
import TestSupport
import Testing

@Suite("A Fiedler that crashed", .timeLimit(.minutes(3))) struct CrashJourney {
  static let conversation = """
    {"format":"fiedler-conversation","version":1,"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","title":"A poem",
     "created_at":"2026-01-31T09:05:00Z","updated_at":"2026-01-31T09:05:00Z","exchanges":[
      {"id":"6ba7b811-9dad-11d1-80b4-00c04fd430c8","turn_number":1,"prompt":"Tell me of owls",
       "models":[{"provider":"demo","name":"quick"}],"sent_at":"2026-01-31T09:05:00Z","replies":[
        {"id":"6ba7b812-9dad-11d1-80b4-00c04fd430c8","model":{"provider":"demo","name":"quick"},"turn_number":2,
         "state":"success","text":"The **silent** wing","started_at":"2026-01-31T09:05:00Z"}]}]}
    """

  @Test("What was on the screen is plain text at the next start, says so, and can be shown as usual again")
  func shown() async throws {
    let fiedler = try Fiedler()
    try fiedler.file("owls.json", Self.conversation)
    #expect(try await fiedler.run("import", "owls.json").status == 0)
    var screen = fiedler.open(120, 36)
    try await screen.shows("quick")
    screen.press("C-s")
    try await screen.shows("The silent wing", "newest first")
    screen.press("Enter")
    try await screen.shows("─ done", "The silent wing")
    kill(screen.process, SIGSEGV)
    #expect(try await screen.ended() == 128 + Int(SIGSEGV))

    let report = String(
      decoding: FileManager.default.contents(atPath: fiedler.home("state/fiedler/crash.txt")) ?? Data(), as: UTF8.self)
    #expect(report.hasPrefix("signal 11 SIGSEGV\nversion ") && report.contains("\nwhere\n"), "\(report)")
    #expect(!report.contains("owls") && !report.contains("wing"))
    let doctor = try await fiedler.run("doctor").output
    #expect(doctor.contains("crashed 20") && doctor.contains("by signal 11 SIGSEGV") && doctor.contains("crash.txt"))

    for _ in 0..<2 {
      screen = fiedler.open(120, 36)
      try await screen.shows("quick")
      screen.press("C-s")
      try await screen.shows("The **silent** wing", "newest first")
      screen.press("Enter")
      try await screen.shows("The **silent** wing", "Fiedler crashed while this was on the screen")
      #expect(try await screen.quit() == 0)
    }
    screen = fiedler.open(120, 36)
    try await screen.shows("quick")
    screen.press("C-s")
    try await screen.shows("The **silent** wing", "newest first")
    screen.press("Enter")
    try await screen.shows("Fiedler crashed while this was on the screen")
    screen.press("m")
    try await screen.lacks("**silent**")
    #expect(try await screen.quit() == 0)
    screen = fiedler.open(120, 36)
    try await screen.shows("quick")
    screen.press("C-s")
    try await screen.shows("The silent wing", "newest first")
    #expect(try await screen.quit() == 0)
  }

  @Test("A command that crashes leaves its report too") func command() async throws {
    let fiedler = try Fiedler()
    let sending = try fiedler.start("send", "-m", "demo/rate-50", "Without end.")
    try await sending.says("first token")
    sending.signal(SIGSEGV)
    #expect(try await sending.result().status == 128 + SIGSEGV)
    let report = FileManager.default.contents(atPath: fiedler.home("state/fiedler/crash.txt")) ?? Data()
    #expect(String(decoding: report, as: UTF8.self).hasPrefix("signal 11 SIGSEGV\n"))
    #expect(!FileManager.default.fileExists(atPath: fiedler.home("state/fiedler/crash-shown")))
  }
}
