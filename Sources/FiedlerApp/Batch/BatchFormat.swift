import Basics
import Conversations
import FoundationEssentials
import JSON

/// The forms that a batch's results are written in.
public enum BatchFormat: String, Sendable, CaseIterable {
  case jsonl, csv, markdown, junit

  /// By a file's ending; `nil` for one that says nothing.
  public init?(path: String) {
    switch path.split(separator: ".").last?.lowercased() {
    case "jsonl", "ndjson": self = .jsonl
    case "csv": self = .csv
    case "md", "markdown": self = .markdown
    case "xml": self = .junit
    default: return nil
    }
  }

  /// What stands before the first result.
  public func head(of batch: Batch, _ summary: BatchSummary) -> String {
    switch self {
    case .jsonl: ""
    case .csv: CSVText.line(Self.columns)
    case .markdown:
      "# \(Self.cell(batch.name))\n\n| row | model | status | answer | cost | checks |\n|---|---|---|---|---|---|\n"
    case .junit:
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="\(Self.xml(batch.name))" tests="\(summary.cellCount)">

      """
    }
  }

  /// A result; those of a row come one after the other.
  public func text(_ result: BatchResult, of batch: Batch) -> String {
    switch self {
    case .jsonl: result.json.text + "\n"
    case .csv: CSVText.line(Self.fields(result))
    case .markdown: Self.markdown(result)
    case .junit: Self.junit(result, of: batch)
    }
  }

  /// What stands behind the last one.
  public func tail(_ sums: BatchSums) -> String {
    switch self {
    case .jsonl, .csv: ""
    case .markdown: "\n" + BatchText.table(sums)
    case .junit: "</testsuites>\n"
    }
  }

  // MARK: CSV

  private static let columns = [
    "row", "place", "provider", "model", "status", "passed", "failed_checks", "text", "error", "cost", "duration",
    "prompt_tokens", "completion_tokens", "conversation_id",
  ]

  private static func fields(_ result: BatchResult) -> [String] {
    let reply = result.reply
    let passed =
      switch result.verdict {
      case .passed: "true"
      case .failed: "false"
      case .error: ""
      }
    let error = if case .error(let words) = result.verdict { words } else { "" }
    let failed = (result.findings ?? []).filter { !$0.passed }.map(\.check)
    return [
      String(result.number), result.row.place, result.model.provider, result.model.name,
      reply?.state.rawValue ?? "not_asked", passed, failed.joined(separator: "; "), reply?.text ?? "", error,
      result.cost.map { JSON.double($0).text } ?? "", reply?.duration.map { JSON.double($0.inSeconds).text } ?? "",
      reply?.usage.promptTokens.map(String.init) ?? "", reply?.usage.completionTokens.map(String.init) ?? "",
      result.row.conversation.lowercased,
    ]
  }

  // MARK: Markdown

  private static func markdown(_ result: BatchResult) -> String {
    let failed = (result.findings ?? []).filter { !$0.passed }
    let status: String
    let answer: String
    switch result.verdict {
    case .passed: (status, answer) = ("passed", result.reply?.text ?? "")
    case .failed: (status, answer) = ("**failed**", result.reply?.text ?? "")
    case .error(let words): (status, answer) = ("*\(result.reply?.state.rawValue ?? "not asked")*", words)
    }
    let checks =
      failed.isEmpty
      ? (result.findings?.isEmpty ?? true) ? "" : "\(result.findings?.count ?? 0) hold"
      : failed.map { "\($0.check): \($0.reason ?? "it does not hold")" }.joined(separator: "; ")
    let cells = [
      result.row.title, result.model.description, status, answer, result.cost.map(BatchText.money) ?? "", checks,
    ]
    return "| " + cells.map(cell).joined(separator: " | ") + " |\n"
  }

  /// Text on one line of a table.
  private static func cell(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ").replacingScalars("|", with: "\\|")
    return line.count <= 200 ? line : line.prefix(199) + "…"
  }

  // MARK: JUnit

  private static func junit(_ result: BatchResult, of batch: Batch) -> String {
    let models = batch.plan.models.map(\.reference)
    let title = "\(xml(result.row.title))"
    var text = result.model == models.first ? "<testsuite name=\"\(title)\" tests=\"\(models.count)\">\n" : ""
    let seconds = result.reply?.duration?.inSeconds ?? 0
    text +=
      "  <testcase classname=\"\(title)\" name=\"\(xml(result.model.description))\" time=\"\(JSON.double(seconds).text)\""
    switch result.verdict {
    case .passed: text += "/>\n"
    case .failed:
      let failed = (result.findings ?? []).filter { !$0.passed }
      let words = failed.map { "\($0.check): \($0.reason ?? "it does not hold")" }
      let answer = result.reply?.text ?? ""
      text += ">\n    <failure message=\"\(xml(words.first ?? ""))\">"
      text += xml((words + ["", answer]).joined(separator: "\n")) + "</failure>\n  </testcase>\n"
    case .error(let words): text += ">\n    <error message=\"\(xml(words))\"/>\n  </testcase>\n"
    }
    return text + (result.model == models.last ? "</testsuite>\n" : "")
  }

  /// Text within XML 1.0, which has no place for most control characters.
  private static func xml(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { out, scalar in
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "\n": out += "&#10;"
      case "\t": out += "&#9;"
      case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
  }
}
