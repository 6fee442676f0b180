import ConfigurationReading
import Conversations

/// A picture or PDF that a model cannot be shown.
public struct RefusedFile: Hashable, Sendable, CustomStringConvertible {
  public var model: ModelReference
  /// As the models see it.
  public var name: String
  public var media: Media
  /// Whether it went along with an earlier turn.
  public var isEarlier: Bool
  /// Why, and what to do instead.
  public var reason: String

  /// One line that names model, provider and file, and the way out.
  public var description: String {
    let place = isEarlier ? " of an earlier turn" : ""
    return
      "\(model.name.quoted) at \(model.provider) cannot be shown \(name.quoted) (\(media.description))\(place): \(reason)"
  }
}

/// Files that were to go along and that a model cannot be shown. Nothing was sent.
public struct RefusedFiles: Error, Hashable, Sendable, CustomStringConvertible {
  /// In the order of the models.
  public var files: [RefusedFile]

  public init(_ files: [RefusedFile]) { self.files = files }

  /// A line a file.
  public var description: String { files.map(\.description).joined(separator: "\n") }
}

extension ConfiguredModel {
  /// Words of ``capabilities`` that say that it can be shown pictures, and PDFs.
  private static let imageWords: Set = ["image", "images", "vision", "multimodal"]
  private static let documentWords: Set = ["pdf", "pdfs", "document", "documents", "file", "files"]

  /// Whether it can be shown such files; `nil` where nothing is known. A list that says something says all.
  public func canBeShown(_ type: MediaType) -> Bool? {
    guard !knownCapabilities.isEmpty else { return nil }
    let words = type.isImage ? Self.imageWords : Self.documentWords
    return knownCapabilities.contains { words.contains($0.lowercased()) }
  }

  /// As models.yaml or the provider's list has them, else as they are known.
  private var knownCapabilities: [String] {
    capabilities.isEmpty ? KnownModels.all.first { $0.reference == reference }?.capabilities ?? [] : capabilities
  }

  /// What it cannot be shown of the files that go along with these messages.
  public func refusedFiles(of messages: [ChatMessage]) -> [RefusedFile] {
    var sent: [Media] = []
    var refused: [RefusedFile] = []
    for (index, message) in messages.enumerated() {
      for file in message.files {
        guard let media = file.media else { continue }
        sent.append(media)
        guard let reason = blindness(to: media.type) ?? mediaRules.refusal(ofLast: sent) else { continue }
        refused.append(
          RefusedFile(
            model: reference, name: file.name, media: media, isEarlier: index < messages.count - 1, reason: reason))
        // What is refused takes no room.
        sent.removeLast()
      }
    }
    return refused
  }

  private func blindness(to type: MediaType) -> String? {
    guard canBeShown(type) == false else { return nil }
    let word = type.isImage ? "image" : "pdf"
    if kind == .demo { return "the demo models read text alone; ask another model" }
    return
      "it has no \(word.quoted) among its capabilities (\(knownCapabilities.joined(separator: ", "))); ask another model, "
      + "or, if it can be shown one, add \(word) to its capabilities in models.yaml"
  }

  private var mediaRules: MediaRules {
    switch kind {
    case .openai: MediaRules(ChatDialect(self))
    case .responses: .openai
    case .anthropic: .anthropic
    case .gemini: .gemini
    case .demo: MediaRules()
    }
  }
}
