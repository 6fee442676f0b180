import FiedlerApp
import Foundation
@preconcurrency import Glibc
import SendEngine
import Settings

/// What every command begins with.
enum Startup {
  /// The process's environment: what reads it anew makes a dictionary of it each time. Not Foundation's, which takes
  /// 0.3 of a start's 7 ms for its own types of names and values. Of a name that is there twice the first counts, as
  /// for getenv(3).
  static let variables: [String: String] = {
    // Most environments are no larger.
    var variables = [String: String](minimumCapacity: 64)
    var entry = environ
    while let variable = entry.pointee {
      let text = String(cString: variable)
      if let sign = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
        let name = String(text[..<sign])
        if variables[name] == nil { variables[name] = String(text[text.utf8.index(after: sign)...]) }
      }
      entry += 1
    }
    return variables
  }()

  /// Empty where it has been removed. Not Foundation's, whose file manager alone takes a fiftieth of a start.
  private static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }

  /// Settings, models, database and logger, opened as this process's environment says.
  static func services(delivers: Bool = true) throws -> Services {
    var progress = ProgressLine()
    return try usage {
      try Services.open(
        environment(), delivers: delivers,
        onIndexing: { done, total in
          if done == total { return ProgressLine.clear() }
          progress.show("The search index is brought up to date: \(done) of \(total) conversations")
        })
    }
  }

  /// The same for commands that only show what is kept: answers that a killed Fiedler left unfinished are ended first.
  static func settledServices() async throws -> Services {
    let services = try services(delivers: false)
    await settle(services)
    return services
  }

  /// Ends the answers that a killed Fiedler left unfinished. What is kept can be used even where that fails.
  static func settle(_ services: Services) async {
    do { try await services.recover() } catch { Output.error("warning: \(error)") }
  }

  /// Without a models.yaml, has the models that the providers list today. Nobody waits long for that: those known
  /// before are asked otherwise.
  static func takeCurrentModels(_ services: Services) async {
    do { try await services.takeCurrentModels(within: .seconds(3)) } catch {
      Output.error("warning: what the providers list cannot be kept: \(error)")
    }
  }

  static func environment() -> LaunchEnvironment {
    LaunchEnvironment(
      variables: variables, workingDirectory: workingDirectory, mostRequests: Descriptors.requests)
  }

  /// Runs something whose errors are the user's to mend, so that they exit with 2.
  static func usage<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw UsageError(ErrorWords.text(for: error)) }
  }

  static func usage<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async throws -> Result {
    do { return try await body() } catch { throw UsageError(ErrorWords.text(for: error)) }
  }
}
