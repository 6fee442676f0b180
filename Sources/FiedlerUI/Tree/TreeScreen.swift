import Canvas
import Conversations
import FoundationEssentials

/// The tree of the conversation on the screen, laid out in rows: what follows without a fork stands in one column,
/// the ways on from a fork one step further in.
struct TreeScreen: Screen {
  /// Where an exchange is.
  enum Place: Hashable, Sendable {
    case line(Int), rest(Int)
  }

  struct Row: Sendable {
    var id: UUID
    var place: Place
    /// The number of its prompt on its line, from 1.
    var turn: Int
    /// The row of what it follows.
    var parent: Int?
    /// The limb it stands on; `nil` before the first fork.
    var limb: Int?
    /// It begins that limb.
    var isHead: Bool
  }

  /// What goes on from a fork up to the next ones.
  struct Limb: Sendable {
    /// The last one of its fork.
    var isLast: Bool
    var outer: Int?
  }

  private(set) var rows: [Row] = []
  private(set) var limbs: [Limb] = []
  private(set) var leafCount = 0
  private(set) var selected = 0
  /// Which state of the conversation's tree this is.
  private(set) var version: Int

  init(_ world: World) {
    version = world.branches.version
    let line = world.conversation?.exchanges ?? []
    let rest = world.branches.rest
    var places = Dictionary(rest.enumerated().map { ($1.id, Place.rest($0)) }, uniquingKeysWith: { first, _ in first })
    for (index, exchange) in line.enumerated() { places[exchange.id] = .line(index) }
    let tree = ConversationTree(world.allExchanges)

    struct Open {
      var id: UUID
      var parent: Int?
      var limb: Int?
      var isHead: Bool
    }
    var open: [Open] = []
    /// Puts the ways on from a row on the stack, the oldest on top.
    func push(_ followers: [Exchange], after parent: Int?, on limb: Int?, _ limbs: inout [Limb]) {
      for (index, follower) in followers.enumerated().reversed() {
        guard followers.count > 1 else {
          open.append(Open(id: follower.id, parent: parent, limb: limb, isHead: false))
          continue
        }
        limbs.append(Limb(isLast: index == followers.count - 1, outer: limb))
        open.append(Open(id: follower.id, parent: parent, limb: limbs.count - 1, isHead: true))
      }
    }
    push(tree.children(of: nil), after: nil, on: nil, &limbs)
    while let next = open.popLast() {
      guard let place = places[next.id] else { continue }
      let turn = next.parent.map { rows[$0].turn + 1 } ?? 1
      rows.append(
        Row(id: next.id, place: place, turn: turn, parent: next.parent, limb: next.limb, isHead: next.isHead))
      let followers = tree.children(of: next.id)
      if followers.isEmpty { leafCount += 1 }
      push(followers, after: rows.count - 1, on: next.limb, &limbs)
    }
  }

  var selectedID: UUID? { rows.indices.contains(selected) ? rows[selected].id : nil }

  mutating func select(row: Int) { selected = min(max(0, row), max(0, rows.count - 1)) }

  mutating func select(_ id: UUID?) {
    selected = rows.firstIndex { $0.id == id } ?? min(selected, max(0, rows.count - 1))
  }

  /// The lines before a row, the innermost `most` steps of them: `│  ├─ `.
  func lines(before row: Row, most: Int) -> (text: String, isCut: Bool) {
    var steps: [String] = []
    var limb = row.limb
    var isOwn = true
    while let here = limb, steps.count < most {
      let isLast = limbs[here].isLast
      // Nothing stands over the very first row.
      let isTop = row.parent == nil && rows.first?.id == row.id
      steps.append(isOwn && row.isHead ? (isTop ? "┌─ " : isLast ? "└─ " : "├─ ") : (isLast ? "   " : "│  "))
      isOwn = false
      limb = limbs[here].outer
    }
    return (steps.reversed().joined(), limb != nil)
  }

  /// What goes on past the row below a prompt's: `│  │  `.
  func lines(below row: Row, most: Int) -> String {
    var steps: [String] = []
    var limb = row.limb
    while let here = limb, steps.count < most {
      steps.append(limbs[here].isLast ? "   " : "│  ")
      limb = limbs[here].outer
    }
    return steps.reversed().joined()
  }
}

/// Where the parts of the tree's screen stand.
struct TreeLayout {
  var head: Rect
  var box: Rect
  var list: Rect
  /// The selected prompt and its models; empty on a low screen.
  var detail: Rect
  /// Rows that a prompt takes: where there is room for all, the beginnings of its answers stand below it.
  var rowHeight: Int

  init(_ tree: TreeScreen, _ size: Size) {
    head = Rect(x: 0, y: 0, width: size.width, height: 1)
    box = Rect(x: 0, y: 1, width: size.width, height: max(0, size.height - 2))
    let inner = box.inset(1, 1)
    let rows = inner.height >= 16 ? 7 : inner.height >= 10 ? 3 : inner.height >= 6 ? 2 : 0
    list = Rect(x: inner.x, y: inner.y, width: inner.width, height: inner.height - rows)
    detail = Rect(x: inner.x, y: list.maxY, width: inner.width, height: rows)
    rowHeight = tree.rows.count * 2 <= list.height ? 2 : 1
  }

  /// The prompts that fit.
  var visible: Int { list.height / rowHeight }

  /// The first row shown, so that the selected one is seen with what is around it.
  func first(_ tree: TreeScreen) -> Int {
    min(max(0, tree.selected - visible / 2), max(0, tree.rows.count - visible))
  }

  /// The row of the tree at a place on the screen.
  func row(at point: Point, _ tree: TreeScreen) -> Int? {
    guard list.contains(point) else { return nil }
    let row = first(tree) + (point.y - list.y) / rowHeight
    return tree.rows.indices.contains(row) ? row : nil
  }
}
