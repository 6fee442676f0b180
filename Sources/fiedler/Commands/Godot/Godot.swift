import ArgumentParser

/// What has to do with the log server. Each subcommand has a file of its own.
struct Godot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "godot", abstract: "Run a log server, or see, check and mend what has been logged.",
    subcommands: [GodotServe.self, GodotStatusCommand.self, GodotFlush.self, GodotVerify.self, GodotResend.self])
}
