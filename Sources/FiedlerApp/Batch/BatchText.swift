import Basics
import Conversations
import FoundationEssentials
import JSON

/// Batches in words, for the command line.
public enum BatchText {
  /// `$1.24`; below a cent with two figures more, and nothing as `$0`.
  public static func money(_ amount: Double) -> String {
    if amount <= 0 { return "$0" }
    let scale: Double = amount < 0.1 ? 10_000 : 100
    let parts = Bounds.seconds.nearest(amount) * scale
    let whole = Int(parts.rounded())
    let digits = scale == 100 ? 2 : 4
    let cents = String(whole % Int(scale))
    return "$\(whole / Int(scale)).\(String(repeating: "0", count: digits - cents.count))\(cents)"
  }

  /// `12 rows × 3 models = 36 answers`.
  public static func size(_ batch: Batch) -> String {
    let (rows, models) = (batch.rows.count, batch.plan.models.count)
    return "\(Plural.text(rows, "row")) × \(Plural.text(models, "model")) = \(Plural.text(rows * models, "answer"))"
  }

  /// What it will cost, in a line.
  public static func estimate(_ estimate: BatchEstimate, of batch: Batch) -> String {
    let unpriced = estimate.unpriced.map(\.name).joined(separator: ", ")
    if estimate.unpriced.count == batch.plan.models.count {
      return "cost unknown: models.yaml has no prices for \(unpriced)"
    }
    let length = batch.plan.options.maxTokens.map { "\($0)" } ?? "\(BatchEstimate.answerTokens)"
    return "about \(money(estimate.cost)), with \(length) tokens an answer"
      + (unpriced.isEmpty
        ? ""
        : "; \(unpriced) not counted, as models.yaml has no prices for \(estimate.unpriced.count == 1 ? "it" : "them")")
  }

  /// `[####      ]  40 % · 80 of 200 answers · 3.2/s · 38 s left · $0.12 · 2 checks failed`.
  ///
  /// - `elapsed`: since this run began.
  public static func progress(_ progress: BatchProgress, elapsed: Duration) -> String {
    let total = max(1, progress.total)
    let done = min(progress.answered, total)
    let filled = 20 * done / total
    let percent = String(100 * done / total)
    var text = "[" + String(repeating: "#", count: filled) + String(repeating: " ", count: 20 - filled) + "] "
    text +=
      String(repeating: " ", count: 3 - percent.count) + percent
      + " % · \(done) of \(Plural.text(progress.total, "answer"))"
    let seconds = elapsed.inSeconds
    if progress.ended > 0, seconds >= 1 {
      let rate = Double(progress.ended) / seconds
      let tenths = Int((Bounds.seconds.nearest(rate) * 10).rounded())
      text += " · \(tenths / 10).\(tenths % 10)/s"
      let left = Double(max(0, progress.total - progress.answered - progress.failed)) / rate
      if left >= 1 { text += " · \(time(Int(Bounds.seconds.nearest(left)))) left" }
    }
    if progress.cost > 0 { text += " · \(money(progress.cost))" }
    if progress.failed > 0 { text += " · \(progress.failed) failed" }
    if progress.failedChecks > 0 { text += " · \(Plural.text(progress.failedChecks, "check")) failed" }
    return text
  }

  /// `38 s`, `4 min`, `2 h 5 min`.
  private static func time(_ seconds: Int) -> String {
    if seconds < 120 { return "\(seconds) s" }
    let minutes = (seconds + 30) / 60
    return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }

  /// What each model has done, a Markdown table.
  public static func table(_ sums: BatchSums) -> String {
    var text =
      "| model | answered | failed | left | checks held | cells passed | cost | seconds an answer |\n|---|---|---|---|---|---|---|---|\n"
    for model in sums.models {
      let checks = model.passedChecks + model.failedChecks
      let seconds = model.answered > 0 ? Duration.seconds(model.seconds / Double(model.answered)).shown : ""
      text += "| \(model.reference) | \(model.answered) | \(model.failed) | \(model.left) | "
      text += checks == 0 ? "" : "\(model.passedChecks) of \(checks)"
      text += " | \(checks == 0 ? "" : "\(model.passed) of \(model.answered)") | "
      text += "\(model.cost > 0 ? money(model.cost) : "") | \(seconds) |\n"
    }
    return text
  }

  /// An array, newest first as given. Dates are seconds since 1970; counts are of cells and of their checks.
  public static func json(_ batches: [BatchSummary]) -> JSON {
    .array(
      batches.map { batch in
        [
          "id": .string(batch.id.lowercased), "name": .string(batch.name),
          "created_at": .double(batch.createdAt.timeIntervalSince1970),
          "models": .array(batch.models.map { .string($0.description) }), "rows": .int(batch.rowCount),
          "cells": .int(batch.cellCount), "answered": .int(batch.answered), "failed": .int(batch.failed),
          "running": .int(batch.running), "passed_checks": .int(batch.passedChecks),
          "failed_checks": .int(batch.failedChecks), "cost": .double(batch.cost), "is_running": .bool(batch.isRunning),
        ]
      })
  }

  /// A line of the list of batches: id, when, how far, name and models.
  public static func line(_ batch: BatchSummary) -> String {
    var parts = ["\(batch.answered) of \(Plural.text(batch.cellCount, "answer"))"]
    if batch.failed > 0 { parts.append("\(batch.failed) failed") }
    let checks = batch.passedChecks + batch.failedChecks
    if checks > 0 { parts.append("\(batch.passedChecks) of \(Plural.text(checks, "check")) held") }
    if batch.cost > 0 { parts.append(money(batch.cost)) }
    parts.append(batch.isRunning ? "running" : batch.answered == batch.cellCount ? "done" : "can be resumed")
    let models = batch.models.map(\.name).joined(separator: ", ")
    return ListingText.oneLine(
      "\(batch.id.uuidString.lowercased().prefix(8))  \(LocalTime.text(batch.createdAt))  \(batch.name)  "
        + "\(parts.joined(separator: " · "))  [\(models)]")
  }
}
