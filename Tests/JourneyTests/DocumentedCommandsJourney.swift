import Foundation
import JSON
import TestSupport
import Testing

@Suite("Documented commands", .timeLimit(.minutes(4))) struct DocumentedCommandsJourney {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  /// Lines of the README that no test runs as they stand, and who does instead.
  private static let excused: [(beginning: String, why: String)] = [
    ("apt-get install ./fiedler_", "installs into the system; .release/try does it in a fresh one"),
    ("sudo=", "installs into the system and builds; whoever runs the tests has done both"),
    ("Tests/run", "runs this test"),
    (".release/build", "builds for minutes; .release/run does it"),
    ("fiedler godot serve", "serves until it is stopped; GodotJourney talks to it"),
  ]

  private static func pages() throws -> [(name: String, text: String)] {
    let docs = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: ".docs").path)
    return try (["README.md"] + docs.sorted().map { ".docs/\($0)" }).map { name in
      (name, try String(contentsOf: root.appending(path: name), encoding: .utf8))
    }
  }

  /// The lines of its shell blocks, without comments.
  private static func commands(_ text: String) -> [String] {
    var commands: [String] = []
    var isInside = false
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("```") {
        isInside = line == "```sh"
      } else if isInside {
        let command = line.components(separatedBy: "  #")[0].trimmingCharacters(in: .whitespaces)
        if !command.isEmpty { commands.append(command) }
      }
    }
    return commands
  }

  @Test("Every command of the README works as it stands, in a home where nothing is configured")
  func readme() async throws {
    let text = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    let commands = Self.commands(text)
    #expect(commands.count >= 5)
    for (beginning, why) in Self.excused {
      #expect(commands.contains { $0.hasPrefix(beginning) }, "nothing begins with “\(beginning)” (\(why)) any more")
    }
    let fiedler = try Fiedler()
    _ = try await fiedler.shell("ln -s \"$F\" $T/fiedler; git init -q; echo text > note; git add note")
    for command in commands where !Self.excused.contains(where: { command.hasPrefix($0.beginning) }) {
      let result = try await fiedler.shell("PATH=$T:$PATH\n\(command)")
      #expect(result.status == 0, "\(command)\n\(result.output)\n\(result.errors)")
    }
  }

  @Test("Every command that the documentation names is there") func named() async throws {
    let dump = try await Fiedler().run("--experimental-dump-help")
    let root = try #require(try dump.json["command"])
    func names(_ command: JSON) -> [String] {
      (command["subcommands"]?.array ?? []).compactMap { $0["commandName"]?.string }
    }
    var count = 0
    for (page, text) in try Self.pages() {
      for match in text.matches(of: /`fiedler ([a-z][^`\n]*)`/) {
        count += 1
        var command = root
        for word in match.1.split(separator: " ") {
          guard let next = command["subcommands"]?.array?.first(where: { $0["commandName"]?.string == String(word) })
          else {
            // What follows a command that has a default one may be an argument of that.
            let isArgument = command["defaultSubcommand"] != nil || names(command).isEmpty || word.hasPrefix("-")
            #expect(isArgument, "\(page) names `fiedler \(match.1)`; there are \(names(command))")
            break
          }
          command = next
        }
      }
    }
    #expect(count > 20)
  }

  @Test("Every page and picture that the documentation leads to is there") func links() throws {
    for (page, text) in try Self.pages() {
      let folder = Self.root.appending(path: page).deletingLastPathComponent()
      for match in text.matches(of: /\]\(([^)#:]+)(?:#[^)]*)?\)|(?:src|srcset)="([^"]+)"/) {
        let target = String(match.1 ?? match.2 ?? "")
        let path = folder.appending(path: target).standardized.path
        #expect(FileManager.default.fileExists(atPath: path), "\(page) leads to \(target)")
      }
    }
  }
}
