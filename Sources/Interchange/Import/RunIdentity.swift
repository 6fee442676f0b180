import Basics
import Conversations
import FoundationEssentials
import JSON

/// Which conversation, prompt and answers the folder of a send is of.
///
/// ``RunFolder`` writes their own ids into the summary, so that what was written here is known here when it comes back.
/// An earlier Fiedler had no such ids: they are derived, always the same for the same send.
struct RunIdentity {
  let conversation: UUID
  let prompt: UUID
  /// The prompt that it follows, where the summary tells one.
  let parent: UUID?
  /// The prompt's turn.
  let turn: Int
  /// Whether the ids are those of the history that the folder came from.
  let isOwn: Bool
  private let key: String

  /// `folder` is the folder's name, which tells sends apart where the summary does not.
  init(_ summary: JSON, folder: String) {
    let correlation = word(summary["correlation_id"])
    let identity = [correlation, word(summary["timestamp"])].compactMap(\.self).joined(separator: "/")
    key = correlation == nil ? folder : identity
    if let conversation = Self.id(summary["conversation_id"]), let prompt = Self.id(summary["prompt_id"]),
      correlation == RunFolder.correlation(prompt)
    {
      (self.conversation, self.prompt, isOwn) = (conversation, prompt, true)
      parent = Self.id(summary["parent_id"])
      turn = summary["turn"]?.int.flatMap { Bounds.ordinals.contains($0) ? $0 : nil } ?? 1
    } else {
      (conversation, prompt) = (DerivedID.uuid("folder", key), DerivedID.uuid("folder prompt", key))
      (parent, turn, isOwn) = (nil, 1, false)
    }
  }

  /// The id of an answer by its place and its object among the summary's `results`.
  func reply(_ index: Int, _ result: JSON) -> UUID {
    let own = isOwn ? Self.id(result["id"]) : nil
    return own ?? DerivedID.uuid("folder reply \(index)", isOwn ? prompt.lowercased : key)
  }

  private static func id(_ json: JSON?) -> UUID? { json?.string.flatMap { UUID(canonical: $0) } }
}
