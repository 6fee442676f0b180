import Basics
import Conversations
import FoundationEssentials
import JSON

/// What one model has written about the answers of others.
public struct SynthesisReport: Sendable {
  public var synthesis: Synthesis
  /// Of the last send, whose one reply it is.
  public var report: SendReport

  /// The text, with the authors' names where the model had only labels; empty where nothing came.
  public var text: String { synthesis.named(report.replies.first?.text ?? "") }

  /// As `fiedler send --json` and agents have it: the reply's members, `text` with the authors' names, and besides
  /// `template`, `correlation_id`, `sources` (label, model, attempt) and `left_out`; `ranking` too where the text has
  /// one.
  public var json: JSON {
    var members = report.replies.first.map { SendReport.json($0).object ?? [:] } ?? [:]
    members["text"] = .string(text)
    members["template"] = .string(synthesis.template)
    members["correlation_id"] = .string(report.correlationID.lowercased)
    members["sources"] = .array(
      synthesis.sources.map {
        ["label": .string($0.label), "model": .string($0.model.description), "attempt": .int($0.attempt)]
      })
    members["left_out"] = .array(synthesis.leftOut.map { .string($0.description) })
    let ranking = report.replies.first.flatMap { synthesis.ranking(in: $0.text) }
    if synthesis.template == SynthesisWay.rank.rawValue, let ranking {
      let models = Dictionary(synthesis.sources.map { ($0.label, $0.model) }, uniquingKeysWith: { first, _ in first })
      members["ranking"] = .array(
        ranking.map { place in .array(place.compactMap { models[$0].map { .string($0.description) } }) })
    }
    return .object(members)
  }
}

extension SendReport {
  /// The object `--json` prints, with a member `synthesis` where the answers were read.
  public func json(with synthesis: SynthesisReport?) -> JSON {
    guard let synthesis, var members = json.object else { return json }
    members["synthesis"] = synthesis.json
    return .object(members)
  }
}
