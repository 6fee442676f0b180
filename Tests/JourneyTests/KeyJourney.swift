import Foundation
import JSON
import TestSupport
import Testing

@Suite("API keys", .timeLimit(.minutes(3))) struct KeyJourney {
  @Test("A key is kept from standard input, told by its fingerprint and source, used, and forgotten") func kept()
    async throws
  {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    let fiedler = try Fiedler(
      models: "providers: {lab: {base_url: '\(server.baseURL)', api_key_env: LAB_KEY, models: {m: {}}}}\n",
      settings: "godot: {url: off}\n", environment: ["PATH": "/usr/bin:/bin"])
    let set = try await fiedler.run("keys", "set", "lab", input: "sk-canary-0123456789\n")
    #expect(set.status == 0 && set.errors.contains("keys.yaml") && set.errors.contains("fingerprint"), "\(set.errors)")
    let listed = try await fiedler.run("keys", "list")
    let print = try #require(listed.output.split(separator: " ").first)
    #expect(listed.output.contains("lab: key found in") && set.errors.contains(print), "\(listed.output)")
    #expect(try await fiedler.run("send", "-q", "-m", "m", "?").status == 0)
    #expect(server.requests.last?.header("authorization") == "Bearer sk-canary-0123456789")
    #expect(try await fiedler.run("keys", "delete", "lab").status == 0)
    #expect(try await fiedler.run("keys", "delete", "lab").status == 2)
    #expect(try await fiedler.run("keys", "list").output.contains("lab: no key in"))
    try await server.shutdown()
  }

  @Test("It is kept where nothing of Fiedler's is yet, too") func first() async throws {
    let fiedler = try Fiedler()
    let set = try await fiedler.run("keys", "set", "openai", input: "sk-canary-0123456789\n")
    #expect(set.status == 0, "\(set.errors)")
    #expect(try await fiedler.run("keys", "list").output.contains("openai: key found in"))
  }

  @Test("What is no key, or of no provider, is refused, and nothing is changed") func refused() async throws {
    let fiedler = try Fiedler(settings: "godot: {url: off}\n")
    let typo = try await fiedler.run("keys", "set", "openia", input: "sk-canary-0123456789\n")
    #expect(typo.status == 2 && typo.errors.contains("did you mean openai"), "\(typo.errors)")
    for input in ["", "\n", "two words\n"] {
      #expect(try await fiedler.run("keys", "set", "openai", input: input).status == 2)
    }
    #expect(!FileManager.default.fileExists(atPath: fiedler.home("config/fiedler/keys.yaml")))
    #expect(try await fiedler.run("keys").output.contains("send"), "the keyboard's are listed as ever")
  }

  @Test("Where the desktop has a keyring, the key goes there by standard input alone") func keyring() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    let fiedler = try Fiedler(
      models: "providers: {lab: {base_url: '\(server.baseURL)', api_key_env: LAB_KEY, models: {m: {}}}}\n",
      settings: "godot: {url: off}\n", environment: ["DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"])
    // Keeps what it reads, and notes how it was called.
    let tool = """
      #!/bin/sh
      echo "$@" >> "$HOME/calls"
      case $1 in store) cat > "$HOME/ring" ;; lookup) cat "$HOME/ring" ;; clear) rm "$HOME/ring" ;; esac
      """
    try fiedler.home.write("bin/secret-tool", tool, mode: 0o755)
    fiedler.environment["PATH"] = fiedler.home("bin") + ":/usr/bin:/bin"
    let set = try await fiedler.run("keys", "set", "lab", input: "sk-canary-0123456789\n")
    #expect(set.status == 0 && set.errors.contains("keyring"), "\(set.errors)")
    #expect(try await fiedler.run("send", "-q", "-m", "m", "?").status == 0)
    #expect(server.requests.last?.header("authorization") == "Bearer sk-canary-0123456789")
    #expect(try fiedler.files(holding: "sk-canary").filter { !$0.hasPrefix("run/") } == ["ring"])
    #expect(try await fiedler.run("keys", "delete", "lab").status == 0)
    #expect(try fiedler.files(holding: "sk-canary").allSatisfy { $0.hasPrefix("run/") })
    try await server.shutdown()
  }

  @Test(
    "A key from every source is nowhere afterwards: no database, log, recording, export, folder, output or argument")
  func canary() async throws {
    let echo = #"{"error":{"message":"Incorrect API key provided: KEY. Check it."}}"#
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    let sources = ["environment", "file", "command", "header"]
    func key(_ source: String) -> String { "Zq7canary-\(source)-0123456789" }
    for source in sources {
      server.enqueue([.status(401, body: echo.replacingOccurrences(of: "KEY", with: key(source)))], forModel: source)
      server.enqueue(
        [.sse([OpenAI.text("Half"), OpenAI.error("the key \(key(source)) was revoked")])], forModel: source)
    }
    let provider = "base_url: '\(server.baseURL)'"
    let fiedler = try Fiedler(
      models: """
        providers:
          a: {\(provider), api_key_env: A_KEY, models: {environment: {}}}
          b: {\(provider), api_key_env: B_KEY, models: {file: {}}}
          c: {\(provider), api_key_command: [sh, -c, "cat $HOME/secret"], models: {command: {}}}
          d: {\(provider), headers: {X-Gateway-Key: \(key("header"))}, models: {header: {}}}
        """, environment: ["A_KEY": key("environment")])
    try fiedler.home.write("secret", key("command") + "\n", mode: 0o600)
    try fiedler.home.write("config/fiedler/keys.yaml", "b: \(key("file"))\n", mode: 0o600)
    let models = sources.flatMap { ["-m", $0] }
    for _ in 1...2 {
      let sent = try await fiedler.shell(
        "$F send --json --output $T/out \(models.joined(separator: " ")) 'Why?' -o seed=1")
      #expect(!(sent.output + sent.errors).contains("Zq7canary"), "\(sent.output) \(sent.errors)")
      #expect(sent.output.contains("seed"))
    }
    let later = try await fiedler.shell(
      "$F export -f json -o $T/all.json --all; $F history; $F keys list; $F doctor; $F models --json; $F config show")
    #expect(!(later.output + later.errors).contains("Zq7canary"), "\(later.output) \(later.errors)")
    let planted: Set = ["secret", "config/fiedler/keys.yaml", "config/fiedler/models.yaml"]
    #expect(Set(try fiedler.files(holding: "Zq7canary")) == planted)
    #expect(server.requests.contains { $0.header("x-gateway-key") == key("header") })
    try await server.shutdown()
  }
}
