import Conversations

/// Why something cannot be imported, or not wholly.
public struct ImportProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, folder, line or row: `history.jsonl, line 3`.
  public var name: String
  public var reason: String
  public var description: String { "\(name): \(reason)" }

  public init(_ name: String, _ reason: String) {
    self.name = name
    self.reason = reason
  }
}

/// One thing that was found: a conversation, or why it is none.
public struct ImportItem: Sendable {
  /// The file, folder, line or row it stands in.
  public var name: String
  public var result: Result<Conversation, ImportProblem>
  /// Parts of the conversation that could not be read; it goes in without them.
  public var losses: [ImportProblem]

  /// What an import never takes, or the source does not have, by kind: `["images": 3]`.
  public var omissions: [String: Int]
  /// Its times name no zone, so that one was assumed.
  public var assumesZone: Bool

  public init(
    _ name: String, _ result: Result<Conversation, ImportProblem>, losses: [ImportProblem] = [],
    omissions: [String: Int] = [:], assumesZone: Bool = false
  ) {
    self.name = name
    self.result = result
    self.losses = losses
    self.omissions = omissions
    self.assumesZone = assumesZone
  }

  init(_ problem: ImportProblem) { self.init(problem.name, .failure(problem)) }
}

/// The configured model that another program's name for it means; `nil` if there is none.
public typealias ModelNames = @Sendable (String) -> ModelReference?

/// Reads one kind of source, item by item: only one conversation is in memory at a time. Blocks on the disk.
///
/// Belongs to one task at a time.
public protocol ImportReader: AnyObject {
  /// How many items there are, damaged ones included; `nil` where only reading would tell.
  var count: Int? { get }
  /// The next one; `nil` at the end.
  func next() -> ImportItem?
  /// What was passed over besides the items, by kind: whole once they have been read.
  var omissions: [String: Int] { get }
}

extension ImportReader {
  public var omissions: [String: Int] { [:] }
}
