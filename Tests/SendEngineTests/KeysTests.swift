import ConfigurationReading
import Conversations
import Glibc
import SendEngine
import TestSupport
import Testing

@Suite struct KeysTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private static let secret = "sk-a-very-secret-key"

  private func store(
    command: CommandSetting? = nil, file: String? = nil, environment: [String: String] = [:],
    limit: Duration = .seconds(10), requiresKey: Bool = true
  ) -> KeyStore {
    let provider = ConfiguredProvider(
      name: "lab", kind: .openai, baseURL: "https://lab.example/v1", apiKeyCommand: command,
      apiKeyVariables: ["LAB_KEY", "OTHER_KEY"], requiresKey: requiresKey)
    return KeyStore(providers: [provider], file: file, environment: environment, timeLimit: limit)
  }

  private let model = ConfiguredModel(
    reference: ModelReference(provider: "lab", name: "m"), kind: .openai, baseURL: "https://lab.example/v1")

  @Test("A key never prints itself") func redaction() {
    let key = APIKey(Self.secret)
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped, "\([key])", "\(Optional(key) as Any)"] {
      #expect(!text.contains(Self.secret), "\(text)")
    }
  }

  @Test("The command comes before the file, the file before the environment") func order() async throws {
    let file = try directory.write("keys.yaml", "lab: from-file\n", mode: 0o600)
    let environment = ["OTHER_KEY": " from-environment\n", "LAB_KEY": " "]
    let all = store(command: .program(["echo", "from-command"]), file: file, environment: environment)
    #expect(await all.key(for: model)?.value == "from-command")
    #expect(await store(file: file, environment: environment).key(for: model)?.value == "from-file")
    let none = directory("missing.yaml")
    #expect(await store(file: none, environment: environment).key(for: model)?.value == "from-environment")
    #expect(await store(file: none).key(for: model) == nil)
  }

  @Test("Reports say where a key is and never what it is") func reports() async throws {
    let file = try directory.write("keys.yaml", "lab: \(Self.secret)\n", mode: 0o600)
    let found = await store(file: file).report(for: "lab")
    #expect(found.outcome == .found(.file(file)))
    #expect(!"\(found)".contains(Self.secret))
    let environment = await store(environment: ["LAB_KEY": Self.secret]).reports()
    #expect(environment.map(\.description) == ["lab: key found in $LAB_KEY"])
    let missing = await store(file: directory("none")).report(for: "lab")
    #expect(missing.description == "lab: no key in \(directory("none")), $LAB_KEY, $OTHER_KEY")
    #expect(await store(requiresKey: false).report(for: "lab").outcome == .notNeeded)
    #expect(await store().report(for: "demo").outcome == .notNeeded)
  }

  @Test(
    "A key file that others may read is refused with the remedy, even where another key is at hand",
    arguments: [0o640, 0o604, 0o620])
  func publicFile(mode: Int) async throws {
    let file = try directory.write("keys.yaml", "lab: \(Self.secret)\n", mode: mode)
    let report = await store(file: file, environment: ["LAB_KEY": "x"]).report(for: "lab")
    #expect(report.outcome == .failed(.fileNotPrivate(path: file, permissions: UInt32(mode))))
    #expect(report.description.contains("chmod 600 \(file)"))
  }

  @Test("A malformed key file is an error with its line that repeats no secret") func malformedFile() async throws {
    let file = try directory.write("keys.yaml", "other: x\nlab: [\(Self.secret)]\n", mode: 0o600)
    let report = await store(file: file).report(for: "lab")
    #expect(report.description == "lab: \(file):2: lab: found a list, expected a key")
    let broken = try directory.write("broken.yaml", "lab: \"\(Self.secret)\n", mode: 0o600)
    #expect(!"\(await store(file: broken).report(for: "lab"))".contains(Self.secret))
  }

  @Test("A list runs without a shell, a line with one") func shells() async throws {
    #expect(await store(command: .program(["echo", "$HOME"])).key(for: model)?.value == "$HOME")
    let line = CommandSetting.shell("printf '%s-%s' one two | cat; echo; echo notes")
    #expect(await store(command: line).key(for: model)?.value == "one-two")
    let inherits = store(command: .shell("echo $GIVEN"), environment: ["GIVEN": "through"])
    #expect(await inherits.key(for: model)?.value == "through")
  }

  @Test("A failing command is reported with its status and the first line it complained") func failing() async {
    let report = await store(
      command: .shell("echo 'store is \u{1B}[31mlocked' >&2; echo more >&2; exit 4"), environment: ["LAB_KEY": "x"]
    ).report(for: "lab")
    guard case .failed(.commandFailed(_, let status, let message)) = report.outcome else {
      Issue.record("\(report)")
      return
    }
    #expect(status == 4)
    #expect(message == "store is \\u{1B}[31mlocked")
  }

  @Test("A command that cannot be started, that is killed, that prints nothing, each says so") func otherFailures()
    async
  {
    let missing = await store(command: .program(["/nowhere/at/all"])).report(for: "lab")
    #expect(
      missing.outcome
        == .failed(
          .commandNotStarted(command: NamedCommand(line: "/nowhere/at/all"), reason: "No such file or directory")))
    let killed = await store(command: .shell("kill -9 $$")).report(for: "lab")
    #expect(
      killed.outcome == .failed(.commandKilled(command: NamedCommand(line: "kill -9 $$"), signal: 9, message: "")))
    let silent = await store(command: .program(["true"])).report(for: "lab")
    #expect(silent.outcome == .failed(.commandPrintedNothing(command: NamedCommand(line: "true"))))
  }

  @Test("A command that hangs is stopped at the limit, and so is what it started") func hanging() async throws {
    let mark = directory("pid")
    let line = "sleep 600 & echo $! > \(mark); wait"
    let report = await store(command: .shell(line), limit: .milliseconds(500)).report(for: "lab")
    #expect(report.outcome == .failed(.commandTimedOut(command: NamedCommand(line: line), limit: .milliseconds(500))))
    let id = try #require(pid_t(try readLine(mark)))
    #expect(await becomesTrue { !isAlive(id) })
  }

  @Test("A daemon that keeps the command's output open keeps nobody waiting") func daemon() async throws {
    let mark = directory("pid")
    let store = store(command: .shell("sleep 600 & echo $! > \(mark); echo found"), limit: .seconds(60))
    #expect(await store.key(for: model)?.value == "found")
    let id = try #require(pid_t(try readLine(mark)))
    #expect(isAlive(id))
    kill(id, SIGKILL)
  }

  @Test("A command starts with no signal blocked and none ignored") func signals() async throws {
    let command = CommandSetting.shell("sed -n 's/^Sig[BI][lg][kn]:.//p' /proc/self/status | paste -sd-")
    let printed = try #require(await store(command: command).key(for: model)?.value)
    let masks = printed.split(separator: "-").map { UInt64($0, radix: 16) }
    // Signals 32 and 33 are the C library's own; it ignores them in every child it spawns.
    #expect(masks.map { $0.map { $0 & ~0x1_8000_0000 } } == [0, 0], "\(printed)")
  }

  @Test("More output than a pipe holds does not block the command") func muchOutput() async {
    let command = CommandSetting.shell("echo key; yes xxxxxxxxxxxxxxx | head -c 3000000; yes e | head -c 300000 >&2")
    #expect(await store(command: command).key(for: model)?.value == "key")
  }

  @Test("Models of one provider that ask at once run its command once, and again only when it is forgotten")
  func once() async throws {
    let log = directory("log")
    let store = store(command: .shell("echo run >> \(log); sleep 0.05; echo key"))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { #expect(await store.key(for: model)?.value == "key") } }
    }
    #expect(try lines(log) == 1)
    await store.forget("lab")
    #expect(await store.key(for: model)?.value == "key")
    #expect(try lines(log) == 2)
  }

  @Test("A failure is not kept: a key store unlocked later is asked again") func unlockedLater() async throws {
    let store = store(command: .shell("test -f \(directory("unlocked")) && echo key"))
    #expect(await store.key(for: model) == nil)
    try directory.write("unlocked", "")
    #expect(await store.key(for: model)?.value == "key")
  }

  @Test(
    "What stands around a key, wherever it is from, is none of it: blanks, a byte order mark, quotes",
    arguments: ["sk-1", " sk-1\r\n", "\u{FEFF}sk-1", "\"sk-1\"", "'sk-1' ", "\u{FEFF}\"sk-1\"\n"])
  func around(_ text: String) async throws {
    #expect(try KeyKeeping.key(in: text) == "sk-1")
    #expect(await store(environment: ["LAB_KEY": text]).key(for: model)?.value == "sk-1")
  }

  @Test("A key that would break its header is refused without being shown", arguments: ["a b", "a\u{1}b", "clé"])
  func malformedKey(key: String) async {
    let report = await store(environment: ["LAB_KEY": key]).report(for: "lab")
    #expect(report.outcome == .failed(.malformedKey(source: .environment("LAB_KEY"))))
  }

  @Test("Dozens of keys asked for at once all come") func manyAtOnce() async {
    let providers = (0..<40).map {
      ConfiguredProvider(
        name: "p\($0)", kind: .openai, baseURL: "https://x.example",
        apiKeyCommand: .program(["sh", "-c", "sleep 0.05; echo key-\($0)"]))
    }
    let reports = await KeyStore(providers: providers, file: nil, environment: [:]).reports()
    #expect(reports.map(\.provider) == providers.map(\.name))
    #expect(reports.allSatisfy { if case .found = $0.outcome { true } else { false } })
  }
}
