import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

// How values look in the tables. See ``Schema`` for the units.

extension String {
  /// The text as a value for `CAST(? AS TEXT)`. Bound as a string it would end at the first U+0000.
  var utf8Data: Data { Data(utf8) }
}

extension Row {
  /// A text that was selected as `CAST(... AS BLOB)`, for the same reason.
  func text(_ column: String) -> String {
    let data: Data = self[column]
    return String(decoding: data, as: UTF8.self)
  }

  func uuid(_ column: String) throws -> UUID {
    let text: String = self[column]
    guard let uuid = UUID(canonical: text) else { throw Unreadable(what: "\(column) \(text)") }
    return uuid
  }

  func optionalUUID(_ column: String) throws -> UUID? {
    let text: String? = self[column]
    return try text.map { _ in try uuid(column) }
  }

  func date(_ column: String) -> Date { Date(microseconds: self[column]) }

  func duration(_ column: String) -> Duration? {
    let value: Int? = self[column]
    return value.map { .microseconds(Bounds.microseconds.nearest($0)) }
  }
}

/// How titles are sorted: as if they had no upper case; of long ones the beginning decides.
enum TitleKey {
  static func text(_ title: String) -> String { String(title.prefix(100)).lowercased() }
}

/// A value in the database that this version cannot read.
struct Unreadable: Error, CustomStringConvertible {
  var what: String
  var description: String { "cannot read \(what)" }
}

extension ReplyState {
  init(stored: String) throws {
    guard let state = ReplyState(rawValue: stored) else { throw Unreadable(what: "the state \(stored)") }
    self = state
  }
}

enum StoredModels {
  static func text(_ models: [ModelReference]) -> String {
    JSON.array(models.map { ["provider": .string($0.provider), "name": .string($0.name)] }).text
  }

  static func models(_ text: String) throws -> [ModelReference] {
    guard let elements = try JSON(text).array else { throw Unreadable(what: "a prompt's models") }
    return try elements.map { element in
      guard let provider = element["provider"]?.string, let name = element["name"]?.string else {
        throw Unreadable(what: "a prompt's models")
      }
      return ModelReference(provider: provider, name: name)
    }
  }
}

enum StoredSynthesis {
  static func text(_ synthesis: Synthesis) -> String { synthesis.json.text }

  static func synthesis(_ text: String) throws -> Synthesis {
    guard let synthesis = Synthesis(try JSON(text)) else { throw Unreadable(what: "a prompt's synthesis") }
    return synthesis
  }
}

enum StoredSuccessions {
  /// `nil` for none, which is what most prompts have.
  static func text(_ successions: [Succession]) -> String? {
    successions.isEmpty ? nil : JSON.array(successions.map(\.json)).text
  }

  static func successions(_ text: String?) throws -> [Succession] {
    guard let text else { return [] }
    let found = try JSON(text).array?.map(Succession.init)
    guard let found, found.allSatisfy({ $0 != nil }) else { throw Unreadable(what: "which models took others' places") }
    return found.compactMap(\.self)
  }
}

enum StoredFailure {
  static func text(_ failure: SendFailure) -> String {
    var members: [String: JSON] = ["kind": .string(failure.kind.rawValue), "message": .string(failure.message)]
    if let status = failure.httpStatus { members["http_status"] = .int(status) }
    if let seconds = failure.retryAfterSeconds { members["retry_after"] = .double(seconds) }
    return JSON.object(members).text
  }

  static func failure(_ text: String) throws -> SendFailure {
    let json = try JSON(text)
    guard let kind = json["kind"]?.string.flatMap(SendFailure.Kind.init(rawValue:)),
      let message = json["message"]?.string
    else { throw Unreadable(what: "a reply's failure") }
    return SendFailure(
      kind, message, httpStatus: json["http_status"]?.int, retryAfterSeconds: json["retry_after"]?.double)
  }
}
