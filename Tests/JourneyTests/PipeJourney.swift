import Foundation
import JSON
import TestSupport
import Testing

@Suite("Pipes, files and calls as shells make them", .timeLimit(.minutes(4))) struct PipeJourney {
  private let fiedler: Fiedler

  init() throws { fiedler = try Fiedler(settings: "godot: {url: off}\n") }

  private let quick = "-q -m demo/rate-1000x5"

  @Test(
    "What is piped in reaches the models beside a prompt, and as a file that is named",
    arguments: [
      "echo THE-DIFF | $F send QUICK look", "echo THE-DIFF | $F send QUICK -f - look",
      "echo THE-DIFF | $F send QUICK -f /dev/stdin look", "$F send QUICK look < <(sleep 0.2; echo THE-DIFF)",
      "echo THE-DIFF > $T/diff; $F send QUICK look < $T/diff", "echo THE-DIFF | $F send QUICK --template plain look",
    ])
  func beside(script: String) async throws {
    try fiedler.home.write("config/fiedler/templates/plain.md", "Say: {{input}}")
    let sent = try await fiedler.shell(script.replacingOccurrences(of: "QUICK", with: quick))
    #expect(sent.status == 0, "\(sent.errors)")
    let (prompt, files) = try await fiedler.newestPrompt()
    #expect(prompt?.hasSuffix("look") == true)
    #expect(files == ["stdin": "THE-DIFF\n"])
  }

  @Test("A shell's pipe and a FIFO are files; the summary names what came through a pipe") func pipesAsFiles()
    async throws
  {
    let sent = try await fiedler.shell(
      "$F send -m demo/rate-1000x5 -f <(echo one; echo two) look && mkfifo $T/fifo && (echo three > $T/fifo & "
        + "$F send \(quick) -f $T/fifo look)")
    #expect(sent.status == 0, "\(sent.errors)")
    #expect(sent.errors.contains("+ pipe: 2 lines, 8 bytes"))
    #expect(try await fiedler.newestPrompt().files == ["fifo": "three\n"])
  }

  @Test(
    "Where too few files may be open, a command says so and what mends it, before anything has begun",
    arguments: ["send QUICK look", "", "mcp", "batch --models demo/rate-1000x5 $T/rows.jsonl", "history"])
  func fewFiles(call: String) async throws {
    try fiedler.home.write("rows.jsonl", #"{"prompt": "look"}"# + "\n")
    let call = call.replacingOccurrences(of: "QUICK", with: quick)
    // Both limits, so that it cannot raise its own.
    let result = try await fiedler.shell("ulimit -n 48; $F \(call) </dev/null")
    #expect(result.status == 2 && result.output == "", "\(result.output)")
    #expect(result.errors.hasPrefix("fiedler: only 48 files may be open here"), "\(result.errors)")
    #expect(result.errors.contains("ulimit -n 1024"))
    #expect(!FileManager.default.fileExists(atPath: fiedler.home("data/fiedler")))
  }

  @Test(
    "Where files may not grow, a command says so and what limits them, and is not ended by a signal",
    arguments: ["send QUICK look", "godot serve --port 0 --store $T/log.db"])
  func smallFiles(call: String) async throws {
    let call = call.replacingOccurrences(of: "QUICK", with: quick)
    let result = try await fiedler.shell("ulimit -f 20; $F \(call) </dev/null")
    #expect(result.status == 2 && result.output == "", "\(result.status) \(result.output)")
    #expect(result.errors.contains("files may not grow further here (ulimit -f)"), "\(result.errors)")
  }

  @Test("A limit of open files that a program may raise by itself is no obstacle") func softLimit() async throws {
    let sent = try await fiedler.shell("ulimit -Sn 48; ulimit -Hn 400; $F send \(quick) look")
    #expect(sent.status == 0, "\(sent.errors)")
  }

  @Test("To more models than files may be open for a prompt goes a few at a time: it says so, and all of them answer")
  func fewFilesForModels() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    let names = (1...60).map { "m\($0)" }
    let fiedler = try Fiedler(
      models: """
        providers: {ollama: {base_url: "\(server.baseURL)", models: {\(names.joined(separator: ": {}, ")): {}}}}
        sets: {all: [\(names.joined(separator: ", "))]}
        """, settings: "godot: {url: off}\n")
    let sent = try await fiedler.shell("ulimit -n 80; $F send --json -m @all look </dev/null")
    #expect(sent.status == 0, "\(sent.errors)")
    #expect(sent.errors.contains("of the 60 models are asked at a time, since few files may be open here"))
    #expect(sent.errors.contains("ulimit -n 4096"))
    #expect(server.requests.count == 60)
    try await server.shutdown()
  }

  @Test("A silent pipe, a closed descriptor and nothing at all hang no command that has its prompt")
  func silent() async throws {
    let silent = try await fiedler.shell(
      "mkfifo $T/pipe; (exec sleep 20 >$T/pipe 2>/dev/null) & p=$!; $F send -m demo/rate-1000x5 look <$T/pipe; s=$?; kill $p; exit $s"
    )
    #expect(silent.status == 0)
    #expect(silent.errors.contains("nothing came on standard input within 3 s"))
    for input in ["<&-", "</dev/null"] {
      let sent = try await fiedler.shell("$F send \(quick) look \(input)")
      #expect(sent.status == 0 && sent.errors == "", "\(input): \(sent.errors)")
    }
    #expect(try await fiedler.newestPrompt().files == [:])
  }

  @Test(
    "Standard input that is no text within the limits is one line and status 2",
    arguments: [
      ("$F send -q <&-", "it is closed"), ("$F send -q </tmp", "is a directory"),
      ("$F send -q look </tmp", "is a directory"), ("yes 2>/dev/null | $F send -q", "past the limit of 20000000 bytes"),
      ("yes 2>/dev/null | $F send -q look", "past the limit of 20000000 bytes"),
      ("$F send -q look </dev/zero", "past the limit"),
      ("$F send -q look -f /dev/zero", "past the limit"),
      ("truncate -s 100M $T/big; $F send -q look <$T/big", "past the limit"),
      ("printf '\\211PNG\\0' | $F send -q look", "is an image"), ("printf 'a\\377' | $F send -q", "is not UTF-8"),
      ("yes 2>/dev/null | head -n 100001 | $F send -q", "past the limit of 100000 lines"),
    ])
  func refused(script: String, words: String) async throws {
    // What it may take of memory is less than what it would need to hold all of it several times.
    let sent = try await fiedler.shell("ulimit -v 6000000; set -o pipefail; " + script)
    #expect(sent.status == 2 && sent.errors.contains("standard input: ") || sent.errors.contains("/dev/zero: "))
    #expect(sent.errors.contains(words) && sent.errors.split(separator: "\n").count == 1, "\(sent.errors)")
    #expect(try await fiedler.conversations() == [])
  }

  @Test("What cannot be written to standard output is an error of every command; a reader that left is none")
  func fullDisk() async throws {
    _ = try await fiedler.run("send", "-q", "-m", "demo/rate-1000x5", "one")
    let id = try #require(try await fiedler.conversations().first)
    let commands = [
      "send \(quick) two", "send \(quick) --json three", "history", "history --json", "show \(id)", "show --json \(id)",
      "export \(id)", "export -f json --all", "export -f json -o /dev/stdout \(id)", "replay --cast - \(id)",
      "replay --speed instant \(id)", "config show", "keys", "keys --json", "models", "models --json", "themes",
      "themes preview", "paths", "doctor", "--help", "send --help", "--version", "godot status",
    ]
    for command in commands {
      let full = try await fiedler.shell("$F \(command) >/dev/full")
      #expect(
        full.status != 0 && ["No space left on device", "the disk is full"].contains(where: full.errors.contains),
        "\(command): \(full.errors)")
      let left = try await fiedler.shell("$F \(command) 2>&1 >/dev/null | true; $F \(command) | true")
      #expect(!left.errors.contains("cannot be written"), "\(command): \(left.errors)")
    }
    let closed = try await fiedler.shell("$F history >&-")
    #expect(closed.status == 4 && closed.errors.contains("it is closed"))
    #expect(try await fiedler.run("doctor", "--database").status == 0, "nothing was written into the history")
  }

  @Test("Output goes into a FIFO, a descriptor or what it leads to, and replaces none of them") func outputs()
    async throws
  {
    _ = try await fiedler.run("send", "-q", "-m", "demo/rate-1000x5", "one")
    let id = try #require(try await fiedler.conversations().first)
    let whole = try await fiedler.run("export", "--format", "json", id).output
    for (place, command) in [("export", "export -f json -o PLACE \(id)"), ("cast", "replay --cast PLACE \(id)")] {
      func run(_ script: String, _ to: String) async throws -> Command.Result {
        try await fiedler.shell(
          script.replacingOccurrences(of: "RUN", with: "$F " + command.replacingOccurrences(of: "PLACE", with: to)))
      }
      let direct = try await run("RUN 2>/dev/null", "/dev/stdout")
      #expect(place == "cast" || direct.output == whole)
      #expect(direct.status == 0 && direct.output.hasPrefix("{"), "\(direct.errors)")
      let appended = try await run("echo before > $T/o; RUN >> $T/o 2>/dev/null; cat $T/o", "/proc/self/fd/1")
      #expect(appended.output == "before\n" + direct.output)
      let linked = try await run("ln -sf /dev/fd/1 $T/link; RUN 2>/dev/null | cat; test -L $T/link", "$T/link")
      #expect(linked.status == 0 && linked.output == direct.output)
      let fifo = try await run(
        "mkfifo $T/f-\(place); cat $T/f-\(place) & RUN 2>/dev/null; wait; test -p $T/f-\(place)", "$T/f-\(place)")
      #expect(fifo.status == 0 && fifo.output == direct.output)
      let substituted = try await run("RUN 2>/dev/null; wait", ">(cat)")
      #expect(substituted.output == direct.output)
    }
    #expect(try await fiedler.run("export", "-f", "json", "-o", "-", id).output == whole)
  }

  @Test(
    "Text that begins with a dash is refused with words that name --, never with a page of help",
    arguments: ["-hello", "- list item", "--- a/file.c", "-help me", "-qh"]) func dash(text: String) async throws
  {
    for command in ["send", "history", "show"] {
      let result = try await fiedler.run(command, text)
      #expect(result.status == 2 && result.output == "", "\(command)")
      #expect(
        result.errors.contains("Put -- before") && result.errors.contains("fiedler \(command) -- "), "\(result.errors)")
    }
    let valueless = try await fiedler.run("send", "-q", "-m", "demo/rate-1000x5", "-s", text, "hi")
    #expect(valueless.status == 0 || valueless.errors.contains("\(text)"), "\(valueless.errors)")
    #expect(!text.hasPrefix("---") || valueless.errors.contains("fiedler send -s=\"\(text)\""), "\(valueless.errors)")
    // A value is told from an option by the parser before it knows whose it is, unless it begins with one or two
    // dashes.
    let system = text.hasPrefix("---") ? "--system=-" : "--system=" + text
    #expect(try await fiedler.run("send", "-q", "-m", "demo/rate-1000x5", system, "--", text).status == 0)
    #expect(try await fiedler.newestPrompt().prompt == text)
    for help in ["-h", "--help"] {
      let asked = try await fiedler.run("send", help)
      #expect(asked.status == 0 && asked.output.contains("USAGE"))
    }
  }

  @Test(
    "A mistyped command is suggested",
    arguments: [
      (["hsitory"], "fiedler history"), (["sned", "hello"], "fiedler send"),
      (["godot", "statsu"], "fiedler godot status"),
      (["themes", "chekc", "x"], "fiedler themes check"), (["config", "shwo"], "fiedler config show"),
      (["help", "exprot"], "fiedler export"), (["Why is the sky blue?"], "fiedler send"),
      (["history", "delte", "x"], "fiedler history delete"),
    ]) func mistyped(arguments: [String], suggestion: String) async throws
  {
    let result = try await fiedler.shell("$F " + arguments.map { "'\($0)'" }.joined(separator: " "))
    #expect(result.errors.contains(suggestion), "\(result.errors)")
    #expect(arguments[0] == "history" || result.status == 2)
  }

  @Test("Titles, tags and names stay on their line, and no control character of theirs reaches a pipe")
  func oneLine() async throws {
    let hostile = "one\n00000000  forged\u{1B}]0;t\u{07}\u{1B}[31m\u{9B}2J"
    let conversation: JSON = [
      "format": "fiedler-conversation", "version": 1, "id": "00000000-0000-4000-8000-000000000001",
      "title": .string(hostile), "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
      "pinned": false, "tags": [.string("a\nb")],
      "exchanges": [
        [
          "id": "00000000-0000-4000-8000-000000000002", "parent": .null, "turn_number": 1, "prompt": .string(hostile),
          "system": .null, "attachments": [], "models": [["provider": "m", "name": .string(hostile)]],
          "sent_at": "2026-01-01T00:00:00Z", "replies": [],
        ]
      ],
    ]
    try fiedler.file("x.json", conversation.text)
    #expect(try await fiedler.run("import", "x.json").status == 0)
    #expect(try await fiedler.run("history").output.split(separator: "\n").count == 1)
    let commands = [
      ["history"], ["history", "forged"], ["history", "--json"], ["show", "0000"], ["show", "--json", "0000"],
      ["history", "delete", "0000"], ["history", "restore"], ["history", "restore", "0000"], ["show", "\u{1B}[31m"],
    ]
    for command in commands {
      let result = try await fiedler.shell("$F " + command.map { "'\($0)'" }.joined(separator: " "))
      for scalar in (result.output + result.errors).unicodeScalars where scalar.properties.generalCategory == .control {
        #expect(scalar == "\n", "\(command): \(scalar.value)")
      }
    }
    #expect(
      try JSON(bytes: Array(try await fiedler.run("show", "--json", "0000").output.utf8))["title"]?.string == hostile)
  }

  @Test("In a terminal the progress line begins on a row of its own") func rowOfItsOwn() async throws {
    let shown = try await fiedler.shell(
      "script -qec \"$F send -m demo/rate-1000x30 -m demo/rate-1000x5 hi\" /dev/null </dev/null")
    let rows = shown.output.split(whereSeparator: \.isNewline)
    #expect(rows.filter { $0.contains("done in") }.count == 2, "\(shown.output)")
    #expect(rows.filter { $0.contains("done in") }.allSatisfy { $0.hasPrefix("●") }, "\(shown.output)")
  }

  @Test("A byte order mark before any of our files is skipped") func byteOrderMark() async throws {
    let mark = "\u{FEFF}"
    try fiedler.configure(models: mark + "providers: {lab: {base_url: 'http://127.0.0.1:1/v1', models: {m: {}}}}\n")
    try fiedler.configure(settings: mark + "theme: own\ngodot: {url: off}\n")
    try fiedler.home.write("config/fiedler/keys.yaml", mark + "lab: sk-a\n", mode: 0o600)
    let colors = (0..<16).map {
      "  base0\(String($0, radix: 16, uppercase: true)): \"\($0 < 3 ? "101010" : "e0e0e0")\"\n"
    }
    try fiedler.home.write(
      "config/fiedler/themes/own.yaml", mark + "system: base16\nname: Own\nvariant: dark\npalette:\n" + colors.joined())
    let doctor = try await fiedler.run("doctor")
    #expect(doctor.status == 0 && doctor.output.contains("lab: key found in"), "\(doctor.output)")
  }

  @Test(
    "A link to nowhere in place of a file is an error, never the defaults in silence",
    arguments: ["models.yaml", "config.yaml", "keys.yaml", "themes/own.yaml", ""]) func dangling(name: String)
    async throws
  {
    if name.hasPrefix("themes") { try fiedler.configure(settings: "theme: own\ngodot: {url: off}\n") }
    let path = name.isEmpty ? "config/fiedler" : "config/fiedler/\(name)"
    _ = try await fiedler.shell("mkdir -p $T/config/fiedler/themes; rm -rf $T/\(path); ln -s /nowhere $T/\(path)")
    if name == "keys.yaml" {
      try fiedler.configure(models: "providers: {lab: {base_url: 'http://127.0.0.1:1/v1', models: {m: {}}}}\n")
    }
    #expect(try await fiedler.run("doctor").status == 1)
    if ["models.yaml", ""].contains(name) {
      let models = try await fiedler.run("models")
      #expect(models.status == 2 && models.output == "" && models.errors.contains("/nowhere"), "\(models.errors)")
    }
    if !name.hasPrefix("themes") {
      let sent = try await fiedler.run("send", "-q", "hi")
      #expect(sent.status != 0 && (sent.errors + sent.output).contains("/nowhere"), "\(sent.errors)\(sent.output)")
    }
  }

  @Test("A file whose name is not UTF-8 can be attached; a prompt that is not is refused") func otherNames()
    async throws
  {
    let sent = try await fiedler.shell(
      "n=$T/work/$(printf 'caf\\351'); echo latte > \"$n\"; cd $T/work; $F send \(quick) -f \"$(printf 'caf\\351')\" look && $F send \(quick) -f \"$n\" look"
    )
    #expect(sent.status == 0, "\(sent.errors)")
    #expect(try await fiedler.newestPrompt().files == ["caf\u{FFFD}": "latte\n"])
    let missing = try await fiedler.shell("$F send -q -f \"$(printf 'no\\351')\" look")
    #expect(missing.status == 2 && missing.errors.contains("no\\xe9: no such file"), "\(missing.errors)")
    let prompt = try await fiedler.shell("$F send -q \"$(printf 'caf\\351')\"")
    #expect(prompt.status == 2 && prompt.errors.contains("not UTF-8"))
  }

  @Test("A history in a folder that may not be written is read, searched and exported, and says why it grows no more")
  func readOnlyHistory() async throws {
    _ = try await fiedler.run("send", "-q", "-m", "demo/rate-1000x5", "A heron stands.")
    let id = try #require(try await fiedler.conversations().first)
    // Root may write anywhere, unless it gives up that right.
    let run = geteuid() == 0 ? "setpriv --bounding-set -dac_override,-dac_read_search,-fowner $F" : "$F"
    let lock = "chmod 0444 $T/data/fiedler/*.db*; chmod 0555 $T/data/fiedler; "
    let open = "; s=$?; chmod 0755 $T/data/fiedler; chmod 0644 $T/data/fiedler/*.db*; exit $s"
    for command in ["history", "history heron", "show \(id)", "export \(id)", "export -f json --all"] {
      let result = try await fiedler.shell(lock + "\(run) \(command)" + open)
      #expect(result.status == 0 && result.output.contains("heron"), "\(command): \(result.errors)")
    }
    for command in ["send -q -m demo/quick hi", "history delete \(id)"] {
      let result = try await fiedler.shell(lock + "\(run) \(command)" + open)
      #expect(result.status == 2 && result.errors.contains("read-only"), "\(command): \(result.errors)")
    }
    let doctor = try await fiedler.shell(lock + "\(run) doctor" + open)
    #expect(doctor.status == 1 && doctor.output.contains("nothing is added"))
  }
}
