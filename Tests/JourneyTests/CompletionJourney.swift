import TestSupport
import Testing

@Suite("Completion", .timeLimit(.minutes(3))) struct CompletionJourney {
  /// What bash offers for the last of these words.
  private func offers(_ words: String..., by fiedler: Fiedler) async throws -> [String] {
    let script = """
      PATH=$T:$PATH; ln -sf "$F" "$T/fiedler"; cd "$T/work"
      eval "$(fiedler --generate-completion-script bash)"
      COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " "))); COMP_CWORD=\(words.count - 1)
      COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
      _fiedler fiedler "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; printf '%s\\n' "${COMPREPLY[@]}"
      """
    return try await fiedler.shell(script).output.split(separator: "\n").map(String.init)
  }

  @Test("Models, sets, themes, conversations and tags are completed as they are there now")
  func names() async throws {
    let fiedler = try Fiedler(
      models: """
        providers: {lab: {base_url: 'http://127.0.0.1:9/v1', models: {alpha: {aliases: [alf]}, beta: {}}}}
        sets: {both: [alpha, beta]}

        """, settings: "godot: {url: off}\n")
    #expect(try await offers("fiedler", "send", "-m", "al", by: fiedler).sorted() == ["alf", "alpha"])
    #expect(try await offers("fiedler", "send", "-m", "lab/", by: fiedler).sorted() == ["lab/alpha", "lab/beta"])
    #expect(try await offers("fiedler", "send", "-m", "@", by: fiedler) == ["@both"])
    #expect(try await offers("fiedler", "themes", "preview", "gruv", by: fiedler) == ["gruvbox-dark", "gruvbox-light"])
    #expect(try await offers("fiedler", "show", "", by: fiedler).isEmpty, "nothing is asked yet, and nothing is begun")
    #expect(try await fiedler.run("send", "-q", "-m", "demo/quick", "Hello").status == 0)
    let id = try #require(try await fiedler.conversations().first)
    #expect(try await offers("fiedler", "show", String(id.prefix(2)), by: fiedler) == [id])
  }

  @Test("fiedler help leads to a command at any depth") func help() async throws {
    let fiedler = try Fiedler()
    for path in [["send"], ["history", "purge"], ["godot", "serve"], ["models", "refresh"], ["setup"]] {
      let help = try await fiedler.shell("$F help \(path.joined(separator: " "))")
      let own = try await fiedler.shell("$F \(path.joined(separator: " ")) --help")
      #expect(help.status == 0 && help.output == own.output && !own.output.isEmpty, "\(path): \(help.errors)")
    }
    #expect(try await fiedler.run("help", "godot", "serv").status == 2)
  }
}
