import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON

// How values look in both storages' tables, and what none of them takes.

extension LogLevel {
  /// This one and the graver ones.
  var andGraver: [LogLevel] { Self.allCases.filter { $0 >= self } }
}

extension String {
  /// What `LIKE` must be given to find this text, with `\` as the escape character.
  var likePattern: String { "%" + map { "\\%_".contains($0) ? "\\\($0)" : "\($0)" }.joined() + "%" }

  /// Its words, at most 32 of them.
  var searchWords: [String] { split(whereSeparator: \.isWhitespace).prefix(32).map { String($0).withoutNUL } }
}

extension JSON {
  /// `nil` for `null`.
  var storedText: String? { isNull ? nil : text }

  /// What ``storedText`` has written, or somebody else; what is no JSON comes back as a string.
  init(stored text: String?) {
    guard let text else {
      self = .null
      return
    }
    do { self = try JSON(bytes: Array(text.utf8)) } catch { self = .string(text) }
  }
}

extension StoredMessage {
  /// How many parts its text was sent in: a client whose frames are bounded stores the first part as the message,
  /// and says so in its metadata; the other parts came before it as log records.
  var announcedParts: Int {
    guard metadata[WireKey.part]?.int == 1, let parts = metadata[WireKey.parts]?.int,
      (2...WireLimits.parts).contains(parts)
    else {
      return 1
    }
    return parts
  }

  /// Whether a message that is stored is this one, told again.
  func isRepeat(ofRole role: String, content: String) -> Bool {
    guard self.role == role else { return false }
    // Equal bytes, not equal characters as Swift counts them.
    if announcedParts > 1 { return content.utf8.starts(with: self.content.utf8) }
    return content.utf8.elementsEqual(self.content.utf8)
  }

  /// The whole message, from all of its parts in order.
  static func joined(_ parts: [StoredMessage]) -> StoredMessage {
    var whole = parts[0]
    whole.content = parts.map(\.content).joined()
    if case .object(var metadata) = whole.metadata {
      metadata[WireKey.part] = nil
      whole.metadata = .object(metadata)
    }
    return whole
  }

  fileprivate func cleaned() throws(StorageRefusal) -> StoredMessage {
    guard Role(rawValue: role) != nil else {
      throw .invalid("the role \(role.prefix(40)) is none of user, assistant, system and tool")
    }
    guard turnNumber == Self.nextTurn || ConversationTools.turnNumbers.contains(turnNumber) else {
      throw .invalid("the turn number \(turnNumber) is not between \(Int32.min) and \(Int32.max)")
    }
    var clean = self
    clean.content = content.withoutNUL
    clean.model = model?.withoutNUL
    clean.metadata = metadata.repaired
    return clean
  }
}

extension LogEntry {
  fileprivate var cleaned: LogEntry {
    var clean = self
    clean.component = component.withoutNUL
    clean.message = message.withoutNUL
    clean.data = data.withoutNUL
    return clean
  }
}

extension StoredConversation {
  fileprivate var cleaned: StoredConversation {
    var clean = self
    clean.sessionID = sessionID?.withoutNUL
    clean.metadata = metadata.repaired
    return clean
  }
}

extension StorageWrite {
  /// The write without what no storage can hold. Throws where nothing sensible would be left.
  func cleaned() throws(StorageRefusal) -> StorageWrite {
    switch self {
    case .log(let entry, let madeAt): return .log(entry.cleaned, madeAt: madeAt)
    case .logTurn(let entry, let madeAt, let message, let part, let parts):
      guard message.turnNumber > 0 else { throw .invalid("a logged turn needs its turn number, from 1") }
      guard (1...100_000).contains(parts), (1...parts).contains(part) else {
        throw .invalid("part \(part) of \(parts) cannot be: parts count from 1, up to 100000")
      }
      return .logTurn(entry.cleaned, madeAt: madeAt, try message.cleaned(), part: part, parts: parts)
    case .begin(let conversation): return .begin(conversation.cleaned)
    case .store(let message): return .store(try message.cleaned())
    case .storeAll(let conversation, let mustExist, let messages):
      var clean: [StoredMessage] = []
      for message in messages { clean.append(try message.cleaned()) }
      guard Set(clean.map(\.id)).count == clean.count else { throw .invalid("two of the messages have the same id") }
      return .storeAll(conversation: conversation.cleaned, mustExist: mustExist, clean)
    case .setLevel(let component, let level): return .setLevel(component: component.withoutNUL, level)
    case .clear(let component, let before): return .clear(component: component?.withoutNUL, before: before)
    }
  }
}
