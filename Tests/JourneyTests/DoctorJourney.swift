import Foundation
import TestSupport
import Testing

@Suite("fiedler doctor", .timeLimit(.minutes(3))) struct DoctorJourney {
  private static let lab = "providers: {lab: {base_url: 'http://127.0.0.1:1/v1', MORE models: {m: {}}}}\n"

  @Test(
    "Exits with 1 whenever something that a command needs is broken, and says what",
    arguments: [
      ("", "", [:], ""),
      ("providers: {openai: {models: {gpt-5: {}}}}\n", "", [:], "openai: no key in"),
      ("MORE", "api_key_env: LAB_KEY,", [:], "$LAB_KEY"),
      ("MORE", "ca_file: /nowhere.pem,", [:], "/nowhere.pem"),
      ("MORE", "proxy: 'https://proxy.example',", [:], "https://"),
      ("MORE", "", ["HTTP_PROXY": "ftp://proxy.example"], "$HTTP_PROXY"),
      (
        "providers: {openai: {models: {gpt-5: {}}}}\n", "", ["OPENAI_API_KEY": "k", "SSL_CERT_FILE": "/nowhere.pem"],
        "$SSL_CERT_FILE"
      ),
      (
        "providers: {openai: {base_url: 'https://a.example/v1', models: {gpt-5: {}}}}\n", "",
        ["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://b.example/v1"], "$OPENAI_BASE_URL"
      ),
      ("providers: {openai: {models: {gpt-5: {}}}}\n", "", ["OPENAI_BASE_URL": "nonsense"], "OPENAI_BASE_URL"),
    ] as [(String, String, [String: String], String)])
  func models(text: String, more: String, environment: [String: String], words: String) async throws {
    let models = text == "MORE" || text.isEmpty ? Self.lab.replacingOccurrences(of: "MORE", with: more) : text
    let fiedler = try Fiedler(models: models, settings: "godot: {url: off}\n", environment: environment)
    let doctor = try await fiedler.run("doctor")
    let isFine = text.isEmpty
    #expect(doctor.status == (isFine ? 0 : 1), "\(doctor.output)")
    #expect(words.isEmpty || doctor.output.contains(words), "\(doctor.output)")
  }

  @Test("In GNU screen it says that the mouse is off, unless the settings have it", arguments: [true, false])
  func mouse(isSet: Bool) async throws {
    let fiedler = try Fiedler(
      settings: "godot: {url: off}\n" + (isSet ? "mouse: on\n" : ""), environment: ["TERM": "screen", "STY": "1.pts"])
    let doctor = try await fiedler.run("doctor")
    #expect(doctor.output.contains("mouse: off, for GNU screen") == !isSet, "\(doctor.output)")
  }

  @Test(
    "So for a theme, keys, a template",
    arguments: [
      ("theme: nosuch", "", "nosuch"), ("keys: {send: nonsense-key}", "", "nonsense-key"),
      ("", "---\na: [\n---\n", "broken.md"),
    ]) func settings(text: String, template: String, words: String) async throws
  {
    let fiedler = try Fiedler(settings: "godot: {url: off}\n\(text)\n")
    if !template.isEmpty { try fiedler.home.write("config/fiedler/templates/broken.md", template) }
    let doctor = try await fiedler.run("doctor")
    #expect(doctor.status == 1 && doctor.output.contains(words), "\(doctor.output)")
    let shown = try await fiedler.run("config", "show")
    #expect(shown.output.contains("theme:"), "the settings are shown all the same")
    #expect(shown.status == (text.isEmpty ? 0 : 2) && (text.isEmpty || shown.errors.contains(words)), "\(shown.errors)")
  }

  @Test("So for a history that lost a table; --database finds what only a whole reading does") func history()
    async throws
  {
    let fiedler = try Fiedler(settings: "godot: {url: off}\n")
    _ = try await fiedler.run("send", "-q", "-m", "demo/rate-1000x5", "hi")
    let fine = try await fiedler.run("doctor", "--database")
    #expect(fine.status == 0 && fine.output.contains("1 conversations, every one read"), "\(fine.output)")
    _ = try await fiedler.shell(
      "sqlite3 $T/data/fiedler/fiedler.db \"insert into attachments values (99, 0, 99, 'x')\"")
    let hurt = try await fiedler.run("doctor", "--database")
    #expect(hurt.status == 1, "\(hurt.output)")
    _ = try await fiedler.shell("sqlite3 $T/data/fiedler/fiedler.db 'drop table tags'")
    let doctor = try await fiedler.run("doctor")
    #expect(doctor.status == 1 && doctor.output.contains("the table tags is missing"), "\(doctor.output)")
  }
}
