import Basics
import JSON

/// A JSON value as text: what comes and is stored as text needs not be a value in between, which takes many times its
/// memory.
public struct JSONText: Hashable, Sendable {
  /// `nil` for `null`. JSON, unless something else is stored there.
  public let text: String?

  public init(_ value: JSON) { text = value.isNull ? nil : value.text }

  /// - `text`: JSON, or what is stored in its place.
  public init(stored text: String?) { self.text = text }

  /// - `bytes`: one JSON value that holds no U+0000 and no half of a surrogate pair.
  init(sound bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    self.text = text == "null" ? nil : text
  }

  /// What is no JSON is a string.
  public var value: JSON { JSON(stored: text) }

  /// Without U+0000, which no storage can hold.
  var withoutNUL: JSONText {
    guard var text, text.withUTF8({ JSON.mayHoldNUL(UnsafeRawBufferPointer($0)) }) else { return self }
    return JSONText(value.repaired)
  }

  /// The same values, however they are written.
  public static func == (one: JSONText, other: JSONText) -> Bool { one.text == other.text || one.value == other.value }

  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
