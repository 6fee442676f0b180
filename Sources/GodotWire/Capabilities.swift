import JSON

// What either side says of itself while shaking hands: `experimental` capabilities of MCP, which others pass over.

private let name = "fiedler.godot"

/// What a log server promises; nothing, unless it is Fiedler's own.
public struct ServerPromise: Hashable, Sendable {
  /// Log records too are acknowledged after the commit, one by one: no batch of them can be destroyed.
  public var isDurable = false
  /// The largest frame it takes, in bytes.
  public var maximumFrame: Int?

  public init(isDurable: Bool = false, maximumFrame: Int? = nil) {
    self.isDurable = isDurable
    self.maximumFrame = maximumFrame
  }

  /// - `capabilities`: a server's.
  public init(capabilities: JSON) {
    let promise = capabilities["experimental"]?[name]
    isDurable = promise?["durableLogs"]?.bool ?? false
    maximumFrame = (promise?["maximumFrame"]?.int).flatMap { $0 > 0 ? $0 : nil }
  }

  /// A member of the `experimental` capabilities.
  public var experimental: [String: JSON] {
    var promise: [String: JSON] = ["durableLogs": .bool(isDurable)]
    promise["maximumFrame"] = maximumFrame.map(JSON.int)
    return [name: .object(promise)]
  }
}

/// What a client asks for; nothing, unless it is Fiedler's own.
public struct ClientWish: Hashable, Sendable {
  /// Answers without the wrappings that other servers' clients look for: a query's rows are the text of the tool's
  /// answer, and a record's data is no text within them.
  public var plainAnswers = false

  public init(plainAnswers: Bool) { self.plainAnswers = plainAnswers }

  /// - `capabilities`: a client's, if it names any.
  public init(capabilities: JSON?) {
    plainAnswers = capabilities?["experimental"]?[name]?["plainAnswers"]?.bool ?? false
  }

  /// The client's capabilities.
  public var capabilities: JSON { ["experimental": [name: ["plainAnswers": .bool(plainAnswers)]]] }
}
