import ArgumentParser
import Canvas
import FiedlerApp
import Foundation
import Settings
import TerminalDriver

struct Themes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "themes", abstract: "List, check and preview themes: base16 and base24 schemes of tinted-theming.",
    subcommands: [List.self, Check.self, Preview.self], defaultSubcommand: List.self)

  fileprivate static var loader: ThemeLoader {
    let environment = Startup.environment()
    return ThemeLoader(
      directories: Paths(environment: environment.variables).themeDirectories)
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the themes that config.yaml can name.")

    func run() throws {
      let entries = Themes.loader.list()
      let width = entries.map(\.slug.count).max() ?? 0
      for entry in entries {
        Output.list(
          entry.slug.padding(toLength: width + 2, withPad: " ", startingAt: 0) + (entry.path ?? "comes with Fiedler")
            + "\n")
      }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Check a theme's file, and tell which of its colours are adjusted so that text can be read.")

    @Argument(help: "The YAML file of a base16 or base24 scheme.")
    var file: String

    func run() throws {
      let (theme, warnings) = try Startup.usage { try ThemeLoader.check(path: file) }
      for warning in warnings { Output.error("warning: \(warning)") }
      Output.write(ThemeReport(theme).text)
    }
  }

  struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "preview", abstract: "Print a sample screen in a theme's colours.")

    @Argument(help: "The theme's name; the one of config.yaml if left out.", completion: Completions.themes)
    var name: String?

    func run() throws {
      let environment = Startup.environment()
      let paths = Paths(environment: environment.variables)
      let theme = try Startup.usage {
        try Themes.loader.load(try name ?? Settings.load(path: paths.settingsFile).settings.theme ?? Settings.darkTheme)
      }
      let variables = environment.variables
      let refuses = variables["NO_COLOR"].map { !$0.isEmpty } ?? false || variables["TERM"] == "dumb"
      let isTerminal = isatty(STDOUT_FILENO) == 1
      guard isTerminal, !refuses else {
        Output.write(ThemePreview(theme).frame.description + "\n")
        return
      }
      let isDirect = ["truecolor", "24bit"].contains(variables["COLORTERM"] ?? "")
      let has256 = variables["TERM"]?.contains("256color") ?? false
      let depth: ColorDepth = isDirect ? .direct : has256 ? .palette256 : .palette16
      let text = ThemePreview(theme).styled { depth.nearest($0) }
      // The text between the control sequences is Fiedler's own.
      Output.styled(text)
    }
  }
}
