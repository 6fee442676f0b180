import Logging

/// What Fiedler says about itself, to the log server where there is one, else to the local log file: what is odd in
/// its settings, and what was interrupted or could not be stored. Prompts and answers, failed ones included, are
/// logged as turns and not told again here.
struct Diagnostics: Sendable {
  let logger: Logger

  func began(models: Int, warnings: [String]) {
    logger.debug("Fiedler began", metadata: ["version": "\(Version.text)", "models": "\(models)"])
    for warning in warnings { logger.warning("\(warning)") }
  }

  func recovered(_ count: Int) {
    logger.warning("Answers were interrupted when Fiedler last ended", metadata: ["count": "\(count)"])
  }

  func notStored(_ reason: String) { logger.error("What came could not be stored", metadata: ["error": "\(reason)"]) }
}
