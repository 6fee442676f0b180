import Basics
import FoundationEssentials
import JSON

/// As it is kept and exported: `{"template": string, "sources": [{"label": string, "reply": id, "model": {"provider":
/// string, "name": string}, "attempt": integer}], "left_out": [model]}`.
extension Synthesis {
  public var json: JSON {
    [
      "template": .string(template),
      "sources": .array(
        sources.map { source in
          [
            "label": .string(source.label), "reply": .string(source.reply.lowercased),
            "model": Self.json(source.model), "attempt": .int(source.attempt),
          ]
        }),
      "left_out": .array(leftOut.map(Self.json)),
    ]
  }

  /// `nil` for what is none.
  public init?(_ json: JSON) {
    guard let template = json["template"]?.string, let elements = json["sources"]?.array else { return nil }
    let sources = elements.compactMap { element -> Source? in
      guard let label = element["label"]?.string, let reply = element["reply"]?.string.flatMap(UUID.init(canonical:)),
        let model = element["model"].flatMap(Self.model), let attempt = element["attempt"]?.int
      else { return nil }
      return Source(label: label, reply: reply, model: model, attempt: Bounds.ordinals.nearest(attempt))
    }
    guard sources.count == elements.count else { return nil }
    self.init(
      template: template, sources: sources, leftOut: (json["left_out"]?.array ?? []).compactMap(Self.model))
  }

  private static func json(_ model: ModelReference) -> JSON {
    ["provider": .string(model.provider), "name": .string(model.name)]
  }

  private static func model(_ json: JSON) -> ModelReference? {
    guard let provider = json["provider"]?.string, let name = json["name"]?.string else { return nil }
    return ModelReference(provider: provider, name: name)
  }
}
