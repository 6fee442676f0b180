import Basics
import Conversations
import FoundationEssentials

/// What a comparison with the log server found.
public struct GodotVerification: Hashable, Sendable {
  /// What may be said of a turn that is not simply there, the same.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Here, neither queued nor refused, and not on the server.
    case lost
    /// It was lost, and the question after it has stored it: see ``GodotVerifier``.
    case restored
    /// On the server more than once.
    case duplicated
    /// On the server in a conversation of ours, and not here.
    case unexpected
    /// On the server with another text, role, model, token count, status or level.
    case different
    /// On the server after a turn that followed it here, and not because it was sent again.
    case disordered
    /// In the outbox, still to be sent.
    case queued
    /// In the outbox, refused by the server, or waiting behind such a one.
    case parked
    /// Acknowledged as queued, and not seen to be stored yet.
    case unconfirmed
    /// The server has a turn of that number; what it says cannot be read.
    case uncompared
    /// Another server has it.
    case elsewhere
    /// This server gives no means to check it.
    case unchecked
  }

  public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public var kind: Kind
    public var conversation: UUID
    public var turnNumber: Int
    /// What differs, or why; in plain words.
    public var reason: String?

    public var description: String {
      "turn \(turnNumber) of \(conversation.lowercased)" + (reason.map { ": \($0)" } ?? "")
    }
  }

  /// A number of turns, and the first of them.
  public struct Findings: Hashable, Sendable {
    public static let mostExamples = 20
    public internal(set) var count = 0
    public internal(set) var examples: [Finding] = []

    mutating func add(_ finding: Finding) {
      count += 1
      if examples.count < Self.mostExamples { examples.append(finding) }
    }
  }

  /// Local turns looked at.
  public var turns = 0
  public var conversations = 0
  /// Here and on the server, the same.
  public var matching = 0
  /// Records beyond the first with one `log_id`, by which every reader knows the repeat.
  public var repeats = 0
  /// Turns that were stored while logging was off, and were never to be there.
  public var notLogged = 0
  /// Why no turn at all can be compared, in plain words.
  public var obstacle: String?
  private var findings: [Kind: Findings] = [:]

  public init() {}

  public subscript(kind: Kind) -> Findings { findings[kind] ?? Findings() }

  mutating func add(_ finding: Finding) { findings[finding.kind, default: Findings()].add(finding) }

  /// Every turn was checked, and is on the server once, the same, in order.
  public var isClean: Bool { findings.isEmpty }

  /// As ``isClean``, where it is enough that turns whose text cannot be read are there.
  public var isCleanButForText: Bool { findings.keys.allSatisfy { $0 == .uncompared } }
}
