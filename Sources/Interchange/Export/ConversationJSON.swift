import Basics
import Conversations
import FoundationEssentials
import JSON

/// Conversations as JSON, with everything that is known of them: what is written is read back without loss.
///
/// A file holds one conversation, an array of them, or one a line. Keys that are not named here are passed over.
/// Points in time are ISO 8601 in UTC with microseconds (`"2026-01-31T09:05:00.000001Z"`), lengths of time whole
/// microseconds since the prompt was sent, ids UUIDs in lower case. Where a type is followed by `?` the value may
/// be `null`; a key with a default in brackets may be missing.
///
/// A conversation:
///
/// | key          | type     | meaning |
/// |--------------|----------|---------|
/// | `format`     | string   | `"fiedler-conversation"` |
/// | `version`    | integer  | 1; a reader refuses a larger one |
/// | `id`         | id       | two conversations with the same id are the same one |
/// | `title`      | string   | |
/// | `created_at` | time     | |
/// | `updated_at` | time     | the last change |
/// | `tags`       | strings  | [none] |
/// | `pinned`     | boolean  | [false] |
/// | `exchanges`  | array    | every prompt with its answers, by turn number, those of all branches |
///
/// An element of `exchanges`:
///
/// | key           | type     | meaning |
/// |---------------|----------|---------|
/// | `id`          | id       | of the prompt; the correlation id of its log records |
/// | `parent`      | id?      | the exchange it follows, `null` where it begins the conversation [null] |
/// | `turn_number` | integer  | from 1; unique in the conversation, answers included; larger than its parent's |
/// | `prompt`      | string   | what the user wrote |
/// | `system`      | string?  | the system prompt [null] |
/// | `models`      | array    | whom it was sent to: `{"provider": string, "name": string}` |
/// | `attachments` | array    | files sent with it [none]: `{"name": string, "sha256": string, "content": string}`, the hash that of the content in lower-case hexadecimal; a picture or PDF has `"type"` (`image/png`, `image/jpeg`, `image/gif`, `image/webp`, `application/pdf`) and `"base64"` in place of `content`, and the hash is that of its bytes |
/// | `sent_at`     | time     | |
/// | `synthesis`   | object?  | where models read the answers of others: `Synthesis.json` [null] |
/// | `successions` | [object]? | where models take the places of others: `model`, `after`, each a model [null] |
/// | `replies`     | array    | the answers, in the order of `models`, repeated attempts side by side [none] |
/// | `verdicts`    | array    | what the user thinks of the answers, the first one given first [none] |
///
/// An element of `verdicts`:
///
/// | key       | type    | meaning |
/// |-----------|---------|---------|
/// | `id`      | id      | |
/// | `kind`    | string  | `best` or `bad` of one answer; `better` or `tie` of two |
/// | `reply`   | id      | the answer of this exchange that it is about; of two the better one |
/// | `other`   | id?     | the answer of this exchange that `reply` is compared with [null] |
/// | `note`    | string  | [empty] |
/// | `made_at` | time    | |
/// | `blind`   | boolean | whether the reader did not see whose answers they were [false] |
///
/// An element of `replies`:
///
/// | key             | type     | meaning |
/// |-----------------|----------|---------|
/// | `id`            | id       | |
/// | `model`         | object   | `{"provider": string, "name": string}` |
/// | `attempt`       | integer  | 1, and one more each time the user asked again [1] |
/// | `turn_number`   | integer? | `null` while it has not ended [null] |
/// | `state`         | string   | `success`, `partial`, `failed`, `cancelled`, `interrupted`; `queued`, `connecting`, `streaming`, `retrying` while it has not ended |
/// | `text`          | string   | the answer [empty] |
/// | `reasoning`     | string   | [empty] |
/// | `usage`         | object   | `prompt_tokens`, `completion_tokens` (reasoning included), `reasoning_tokens`, and of the prompt `cached_tokens`, `cache_write_tokens`, each an integer or `null` [all null] |
/// | `finish_reason` | string?  | `stop`, `length`, `tool_call`, `blocked:` and a reason, or the provider's own word [null] |
/// | `failure`       | object?  | `kind` (a word of `SendFailure.Kind`), `message`, `http_status` (integer?), `retry_after_seconds` (number?) [null] |
/// | `started_at`    | time     | |
/// | `ttft_us`       | integer? | time to the first token [null] |
/// | `duration_us`   | integer? | time to the end [null] |
/// | `tries`         | integer  | requests made [0] |
/// | `maximum_tries` | integer  | [1] |
/// | `retry_at_us`   | integer? | while it is `retrying`: when the next request starts [null] |
/// | `options`       | object?  | what the model was asked to heed, by the names of `fiedler send -o` [null] |
/// | `continuation`  | object?  | what goes back to the provider with the next turn, in its own form: `wire`, `items` [null] |
/// | `recording`     | string?  | when each piece of the answer came, the bytes of `Recording` in base64 [null] |
public enum ConversationJSON {
  public static let format = "fiedler-conversation"
  public static let version = 1

  /// One object; its `text` is one line, the same for equal conversations.
  public static func json(_ conversation: Conversation) -> JSON {
    [
      "format": .string(format),
      "version": .int(version),
      "id": .string(conversation.id.lowercased),
      "title": .string(conversation.title),
      "created_at": .string(Timestamp.text(conversation.createdAt)),
      "updated_at": .string(Timestamp.text(conversation.updatedAt)),
      "tags": .array(conversation.tags.map(JSON.string)),
      "pinned": .bool(conversation.isPinned),
      "exchanges": .array(conversation.exchanges.map(json)),
    ]
  }

  private static func json(_ exchange: Exchange) -> JSON {
    let prompt = exchange.prompt
    return [
      "id": .string(prompt.id.lowercased),
      "parent": JSON(prompt.parent?.lowercased),
      "turn_number": .int(prompt.turnNumber),
      "prompt": .string(prompt.text),
      "system": JSON(prompt.system),
      "models": .array(prompt.models.map(json)),
      "attachments": .array(
        prompt.attachments.map { file in
          var members: [String: JSON] = ["name": .string(file.name), "sha256": .string(file.sha256)]
          members["type"] = (file.media?.type.rawValue).map(JSON.string)
          members[file.media == nil ? "content" : "base64"] =
            .string(file.media?.data.base64EncodedString() ?? file.content)
          return .object(members)
        }),
      "sent_at": .string(Timestamp.text(prompt.sentAt)),
      "synthesis": prompt.synthesis?.json ?? .null,
      "successions": prompt.successions.isEmpty ? .null : .array(prompt.successions.map(\.json)),
      "replies": .array(exchange.replies.map(json)),
      "verdicts": .array(exchange.verdicts.map(json)),
    ]
  }

  /// A verdict as it stands in an exchange.
  public static func json(_ verdict: Verdict) -> JSON {
    [
      "id": .string(verdict.id.lowercased),
      "kind": .string(verdict.kind.rawValue),
      "reply": .string(verdict.reply.lowercased),
      "other": JSON(verdict.other?.lowercased),
      "note": .string(verdict.note),
      "made_at": .string(Timestamp.text(verdict.madeAt)),
      "blind": .bool(verdict.isBlind),
    ]
  }

  private static func json(_ reply: Reply) -> JSON {
    [
      "id": .string(reply.id.lowercased),
      "model": json(reply.model),
      "attempt": .int(reply.attempt),
      "turn_number": JSON(reply.turnNumber),
      "state": .string(reply.state.rawValue),
      "text": .string(reply.text),
      "reasoning": .string(reply.reasoning),
      "usage": [
        "prompt_tokens": JSON(reply.usage.promptTokens),
        "completion_tokens": JSON(reply.usage.completionTokens),
        "reasoning_tokens": JSON(reply.usage.reasoningTokens),
        "cached_tokens": JSON(reply.usage.cachedTokens),
        "cache_write_tokens": JSON(reply.usage.cacheWriteTokens),
      ],
      "finish_reason": JSON(reply.finishReason?.name),
      "failure": reply.failure.map(json) ?? .null,
      "started_at": .string(Timestamp.text(reply.startedAt)),
      "ttft_us": json(reply.timeToFirstToken),
      "duration_us": json(reply.duration),
      "tries": .int(reply.tries),
      "maximum_tries": .int(reply.maximumTries),
      "retry_at_us": json(reply.retryAt),
      "continuation": reply.continuation?.json ?? .null,
      "options": reply.options.isEmpty ? .null : reply.options.json,
      "recording": reply.recording.isEmpty ? .null : .string(Data(reply.recording.bytes).base64EncodedString()),
    ]
  }

  private static func json(_ model: ModelReference) -> JSON {
    ["provider": .string(model.provider), "name": .string(model.name)]
  }

  private static func json(_ duration: Duration?) -> JSON { JSON(duration.map { Int($0.wholeMicroseconds) }) }

  private static func json(_ failure: SendFailure) -> JSON {
    [
      "kind": .string(failure.kind.rawValue),
      "message": .string(failure.message),
      "http_status": JSON(failure.httpStatus),
      "retry_after_seconds": JSON(failure.retryAfterSeconds),
    ]
  }
}
