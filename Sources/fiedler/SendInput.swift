import Basics
import ConfigurationReading
import Conversations
import FiedlerApp
import Foundation
import SendEngine
import Settings

/// What `fiedler send` is given as its argument and on standard input.
struct SendInput {
  /// `nil` where a template can do without.
  var prompt: String?
  /// What goes along as a file.
  var attached: [UInt8]?

  /// How long a command that has its prompt waits for the first byte on standard input. A pipe that is open and silent
  /// is often nobody's: a job's, a daemon's, an editor's.
  private static let patience = Duration.seconds(3)

  /// Reads standard input as far as the prompt, the files and the template leave it to be read. `tell` is for what the
  /// user should know while that takes time. Throws `UsageError`.
  static func read(
    prompt: String?, files: [String], template: String?, tell: (String) -> Void
  ) throws -> SendInput {
    let environment = Startup.environment()
    let limits = try Startup.usage {
      FileLimits(try Settings.load(path: Paths(environment: environment.variables).settingsFile).settings.attachments)
    }
    let isTaken = files.contains(where: PipeInput.isStandardInput)
    let isTerminal = isatty(STDIN_FILENO) == 1
    if let prompt, prompt != "-" {
      let input = isTaken || isTerminal ? nil : try attachable(limits, tell)
      return SendInput(prompt: prompt, attached: input)
    }
    if isTaken {
      if prompt == nil, template != nil { return SendInput() }
      throw UsageError("standard input goes along as a file (-f), so give the prompt as an argument")
    }
    guard prompt != nil || !isTerminal else {
      if template != nil { return SendInput() }
      throw UsageError(
        "no prompt. Give it as an argument (fiedler send \"Why?\"), or pipe it in (fiedler send < file).")
    }
    let canDoWithout = prompt == nil && template != nil
    if isTerminal { tell("Type the prompt, then Ctrl+D at the beginning of a line.") }
    let mayWait = try !canDoWithout || Startup.usage { try Templates(environment).takesInput(template ?? "") }
    guard let bytes = try mayWait ? whole(limits, tell) : attachable(limits, tell) else { return SendInput() }
    let text = try Startup.usage { try AttachmentReader.text(ofInput: bytes, limits: limits) }
    guard text.contains(where: { !$0.isWhitespace }) else {
      if canDoWithout { return SendInput() }
      throw UsageError("standard input holds no prompt; pipe one in, or give it as an argument")
    }
    return SendInput(prompt: text)
  }

  /// Lines for standard error: what goes along that was not named.
  static func summary(of prompt: Prompt) -> [String] {
    prompt.attachments.filter { $0.name == "stdin" || $0.name == "pipe" }.map { file in
      if let media = file.media { return "+ \(file.name): \(media.details), attached" }
      let lines = file.content.textLines()
      let count = lines.count - (lines.last?.isEmpty == true ? 1 : 0)
      return "+ \(file.name): \(Plural.text(count, "line")), \(file.content.utf8.count) bytes, attached"
    }
  }

  /// What has come by the time that patience is over; `nil` for nothing.
  private static func attachable(_ limits: FileLimits, _ tell: (String) -> Void) throws -> [UInt8]? {
    // Whoever closed it, or gave a place to write to, meant that there is nothing to read.
    guard fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE != O_WRONLY else { return nil }
    let bytes = try read(limits, patience, tell)
    if bytes == nil {
      tell(
        "nothing came on standard input within \(patience.components.seconds) s; going on without it "
          + "(-f - waits for it, < /dev/null says that there is none)")
    }
    return bytes
  }

  private static func whole(_ limits: FileLimits, _ tell: (String) -> Void) throws -> [UInt8]? {
    if isatty(STDIN_FILENO) == 1 { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
    return try read(limits, nil, tell)
  }

  private static func read(
    _ limits: FileLimits, _ patience: Duration?, _ tell: (String) -> Void
  ) throws -> [UInt8]? {
    do throws(RegularFile.Failure) {
      return try PipeInput.read(STDIN_FILENO, limit: limits.bytes, patience: patience) {
        tell("waiting for the end of standard input")
      }
    } catch {
      throw UsageError("\(AttachmentError([.init(path: "standard input", reason: .init(error))]))")
    }
  }
}
