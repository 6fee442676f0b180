import Canvas
import Conversations

/// How panes share the screen, and in which order. Kept from one start to the next.
public struct PaneArrangement: Hashable, Sendable {
  public enum Layout: String, Hashable, Sendable, CaseIterable {
    /// As many columns and rows as fit.
    case grid
    /// All side by side.
    case columns
    /// One above the other.
    case rows
    /// One at a time, the others a key away.
    case tabs
  }

  public var layout = Layout.grid
  /// Models that were moved, and those that were beside them then. Others stand behind them as they were asked.
  public var order: [ModelReference] = []

  public init(layout: Layout = .grid, order: [ModelReference] = []) {
    self.layout = layout
    self.order = order
  }

  func ordered(_ models: [ModelReference]) -> [ModelReference] {
    order.filter(models.contains) + models.filter { !order.contains($0) }
  }

  /// Puts models in this order, whatever else is known of others.
  mutating func reorder(_ models: [ModelReference]) { order = models + order.filter { !models.contains($0) } }
}

extension Stage {
  mutating func cycleLayout(_ world: inout World) -> [Effect] {
    guard !world.isPlain else {
      world.show("Panes: one at a time, as the plain screen has them")
      return []
    }
    let all = PaneArrangement.Layout.allCases
    let next = (all.firstIndex(of: world.arrangement.layout) ?? 0) + 1
    world.arrangement.layout = all[next % all.count]
    isZoomed = false
    let fits = PaneGrid.fits(
      world.arrangement.layout, panes.count, in: layout?.panesArea ?? Rect(x: 0, y: 0, width: 0, height: 0))
    world.show("Panes: \(world.arrangement.layout.rawValue)\(fits ? "" : ", once there is room for them")")
    return [.keepArrangement(world.arrangement)]
  }

  func canMovePane(by step: Int, _ world: World) -> Possibility {
    guard !world.hidesNames else { return .no("The panes' order is dealt out while you read blind") }
    return panes.indices.contains(activePane + step) ? .yes : .no("No pane stands there to change places with")
  }

  /// Moves the active pane by a place to the right or left.
  mutating func movePane(by step: Int, _ world: inout World) -> [Effect] {
    let target = activePane + step
    guard panes.indices.contains(activePane), panes.indices.contains(target) else { return [] }
    panes.swapAt(activePane, target)
    activePane = target
    world.arrangement.reorder(panes.map(\.model))
    return [.keepArrangement(world.arrangement)]
  }
}

extension ComposeScreen {
  mutating func arrange(_ loaded: PaneArrangement, _ world: inout World) {
    // Read at the start; what the user has changed since is newer.
    guard world.arrangement == PaneArrangement() else { return }
    world.arrangement = loaded
    let active = stage.panes.indices.contains(stage.activePane) ? stage.panes[stage.activePane].model : nil
    showPanes(keeping: true, world)
    stage.activePane = stage.panes.firstIndex { $0.model == active } ?? 0
  }
}
