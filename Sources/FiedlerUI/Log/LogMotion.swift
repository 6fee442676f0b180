import Canvas
import Conversations
import FoundationEssentials

extension LogScreen {
  // MARK: The lists and the opened record

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    let page = detail.map { max(1, $0.height - 1) } ?? max(1, LogLayout(self, world, world.size).visible - 1)
    move(by: motion.step(page: page))
    return []
  }

  private mutating func move(by step: Int) {
    if let detail {
      self.detail?.scroll(to: detail.top + step)
    } else if part == .outbox {
      outbox.selected = max(0, min(outbox.selected + step, outbox.items.count - 1))
    } else {
      records.selected = max(0, min(records.selected + step, records.items.count - 1))
    }
  }

  var canOpen: Bool { detail == nil && !(part == .outbox ? outbox.items.isEmpty : records.items.isEmpty) }

  /// Whether a record is opened or selected.
  var hasRecord: Bool { detail != nil || records.selectedItem != nil }

  /// The trace of the record that is opened or selected.
  var trace: UUID? { detail != nil ? detail?.trace : records.selectedItem?.trace }

  mutating func open(_ world: inout World) -> [Effect] {
    switch part {
    case .outbox: detail = outbox.selectedItem.map { LogDetail($0, world.when) }
    case .records: detail = records.selectedItem.map { LogDetail($0, world.when) }
    }
    return []
  }

  func copyRecord(_ world: World) -> [Effect] {
    guard let text = detail?.text ?? records.selectedItem.map({ LogDetail($0, world.when).text }) else { return [] }
    return [.copy(text, words: Figures.plural(text.count, "character"))]
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    if step != 0 {
      move(by: detail == nil ? step.signum() : step)
      return []
    }
    guard mouse.action == .press, mouse.button == .left, detail == nil, records.typed == nil else { return [] }
    let layout = LogLayout(self, world, world.size)
    if mouse.point.y == layout.box.y {
      return LogTabs(self, world, layout.box).part(at: mouse.point.x).map { show($0, &world) } ?? []
    }
    guard layout.list.contains(mouse.point) else { return [] }
    let row = layout.first + (mouse.point.y - layout.list.y) / layout.entryHeight
    let (selected, count) =
      part == .outbox
      ? (outbox.selected, outbox.items.count) : (records.selected, records.items.count)
    // A click on what is selected opens it.
    if row == selected, row < count { return open(&world) }
    if row < count { move(by: row - selected) }
    return []
  }

  // MARK: What the shell is asked for

  func resend(_ items: [ParkedRecord], _ world: inout World) -> [Effect] {
    guard let first = items.first else {
      world.show("Nothing is refused")
      return []
    }
    world.show(items.count == 1 ? "Sending again: \(first.title)" : "Sending \(items.count) records again")
    return [.resendParked(items.map(\.id))]
  }

  func export(_ items: [ParkedRecord], _ world: inout World) -> [Effect] {
    guard !items.isEmpty else {
      world.show("Nothing is refused")
      return []
    }
    return [.exportParked(items.map(\.id))]
  }
}

extension World {
  mutating func retryGodot() -> [Effect] {
    guard health.state != .off else {
      show("Godot is off: set godot.url in config.yaml", .warning)
      return []
    }
    show("Trying Godot now")
    return [.retryGodot]
  }
}
