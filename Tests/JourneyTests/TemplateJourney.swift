import JSON
import TestSupport
import Testing

@Suite("Prompt templates", .timeLimit(.minutes(3))) struct TemplateJourney {
  private func fiedler() throws -> Fiedler {
    let fiedler = try Fiedler()
    let folder = "config/fiedler/templates"
    try fiedler.home.write(
      "\(folder)/ask.md",
      "---\ntitle: Ask\nsystem: Be brief.\nmodels: [demo/rate-1000x5]\nvariables: {tone: dry}\n---\n"
        + "In a {{tone}} tone, on {{what}}:\n{{input}}\n")
    try fiedler.home.write("\(folder)/broken.md", "---\nmodels: [nobody-at-all]\n---\nx")
    return fiedler
  }

  @Test("The prompt fills the template; its models are asked, with its system prompt") func sent() async throws {
    let fiedler = try fiedler()
    let sent = try await fiedler.run("send", "--template", "ask", "--var", "what=time", input: "Why?")
    #expect(sent.status == 0, "\(sent.errors)")
    let prompt = try #require(try await fiedler.newest()["exchanges"]?[0])
    #expect("\(prompt)".contains("In a dry tone, on time:"))
    #expect("\(prompt)".contains("Why?") && "\(prompt)".contains("Be brief."))
  }

  @Test("What is missing, unknown or broken is named, and nothing is sent") func refused() async throws {
    let fiedler = try fiedler()
    func refuses(_ refused: Command.Result, _ words: String) {
      #expect(refused.status == 2 && refused.errors.contains(words), "\(refused.errors)")
    }
    refuses(
      try await fiedler.run("send", "--template", "ask", "Why?"),
      "template \"ask\" needs the variable what. Give --var what=…")
    refuses(
      try await fiedler.run("send", "--template", "ask", "--var", "what=x"),
      "needs the variable input. Give a prompt as argument or on stdin")
    refuses(
      try await fiedler.run("send", "--template", "aks", "Why?"),
      "no template is called \"aks\"; did you mean ask?")
    refuses(
      try await fiedler.run("send", "--template", "broken", "Why?"),
      "broken.md:2: models[0]: no model is called \"nobody-at-all\"")
    refuses(try await fiedler.run("send", "--var", "a=b", "Why?"), "--var needs --template.")
    refuses(try await fiedler.run("send", "--template", "ask", "--var", "a", "Why?"), "--var takes NAME=VALUE.")
    #expect(try await fiedler.run("history").output.isEmpty)
  }

  @Test("They are listed, broken ones with what is wrong") func listed() async throws {
    let fiedler = try fiedler()
    let listed = try await fiedler.run("templates")
    #expect(listed.status == 0)
    let lines = listed.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("ask ") == true && lines.first?.contains("tone,what*,input*") == true)
    #expect(listed.errors.contains("broken.md:2: models[0]"))
    let json = try await fiedler.run("templates", "--json").json
    #expect(json[0]?["variables"]?[0]?["default"]?.string == "dry")
    #expect(json[1]?["problem"]?.string?.contains("nobody-at-all") == true)
    #expect(try await fiedler.run("paths").output.contains("/fiedler/templates\n"))
  }
}
