import FoundationEssentials

/// The tree that the prompts of a conversation make by what each of them follows.
///
/// Takes damaged data as it is: a prompt whose parent is missing begins a tree of its own, and so does the oldest
/// prompt of a circle. Making it costs as much as there are exchanges; what is asked of it costs as much as the answer
/// is long.
public struct ConversationTree: Sendable {
  /// All of them, in the order given: that of their turn numbers, so that of children the newest comes last.
  public let exchanges: [Exchange]
  /// By the place of an exchange; of several with one id the first counts.
  private var places: [UUID: Int] = [:]
  private var parents: [Int?] = []
  private var followers: [[Int]] = []
  private var firsts: [Int] = []

  public init(_ exchanges: [Exchange]) {
    self.exchanges = exchanges
    for (place, exchange) in exchanges.enumerated() where places[exchange.id] == nil { places[exchange.id] = place }
    parents = exchanges.map { exchange in exchange.prompt.parent.flatMap { places[$0] } }
    cutCircles()
    followers = Array(repeating: [], count: exchanges.count)
    for (place, exchange) in exchanges.enumerated() where places[exchange.id] == place {
      if let parent = parents[place] { followers[parent].append(place) } else { firsts.append(place) }
    }
  }

  /// Makes the oldest exchange of every circle a first one.
  private mutating func cutCircles() {
    /// The walk that came by an exchange.
    var walks: [Int?] = Array(repeating: nil, count: exchanges.count)
    for start in exchanges.indices {
      var place = start
      while walks[place] == nil {
        walks[place] = start
        guard let parent = parents[place] else { break }
        if walks[parent] == start { cutCircle(through: parent) } else { place = parent }
      }
    }
  }

  private mutating func cutCircle(through start: Int) {
    var oldest = start
    var place = parents[start]
    while let next = place, next != start {
      oldest = min(oldest, next)
      place = parents[next]
    }
    parents[oldest] = nil
  }

  // MARK: What it tells

  public func exchange(_ id: UUID) -> Exchange? { places[id].map { exchanges[$0] } }

  /// The exchange that one follows; `nil` for a first one.
  public func parent(of id: UUID) -> Exchange? { places[id].flatMap { parents[$0] }.map { exchanges[$0] } }

  /// What follows an exchange directly, oldest first; for `nil` the first exchanges.
  public func children(of id: UUID?) -> [Exchange] {
    guard let id else { return firsts.map { exchanges[$0] } }
    return places[id].map { followers[$0].map { exchanges[$0] } } ?? []
  }

  /// An exchange and what follows the same one, oldest first.
  public func siblings(of id: UUID) -> [Exchange] { exchange(id) == nil ? [] : children(of: parent(of: id)?.id) }

  /// The exchanges that none follows, oldest first.
  public var leaves: [Exchange] {
    exchanges.indices.filter { followers[$0].isEmpty && places[exchanges[$0].id] == $0 }.map { exchanges[$0] }
  }

  /// From the first exchange to this one; empty for one that is not here.
  public func line(to id: UUID) -> [Exchange] {
    var line: [Exchange] = []
    var place = places[id]
    while let here = place {
      line.append(exchanges[here])
      place = parents[here]
    }
    return line.reversed()
  }

  /// The newest exchange that none follows, at or below one; of all for `nil`.
  public func newestLeaf(below id: UUID?) -> Exchange? {
    guard let id else { return leaves.last }
    guard let start = places[id] else { return nil }
    var newest = start
    var open = [start]
    while let place = open.popLast() {
      if followers[place].isEmpty, place > newest || newest == start { newest = place }
      open += followers[place]
    }
    return exchanges[newest]
  }
}

extension Conversation {
  /// The same conversation with one line of its exchanges: from the first to this one. With none for `nil`, and for an
  /// exchange that it does not have.
  public func line(to exchange: UUID?) -> Conversation {
    var copy = self
    copy.exchanges = exchange.map { ConversationTree(exchanges).line(to: $0) } ?? []
    return copy
  }

  /// The exchanges that are shown above one another, from the first to this one, which is the last; none for one that
  /// it does not have. Where no prompt says what it follows, as in what knows no branches, they are all up to this one.
  public func line(through exchange: UUID) -> [Exchange] {
    guard !exchanges.contains(where: { $0.prompt.parent != nil }) else {
      return ConversationTree(exchanges).line(to: exchange)
    }
    return exchanges.firstIndex { $0.id == exchange }.map { Array(exchanges[...$0]) } ?? []
  }
}
