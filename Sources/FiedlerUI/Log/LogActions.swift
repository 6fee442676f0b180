import Canvas
import Conversations

extension AppState {
  // MARK: The lists and the opened record

  /// Rows that a page motion goes.
  var logPage: Int {
    if let detail = log.detail { return max(1, detail.height - 1) }
    return max(1, LogLayout(self, size).visible - 1)
  }

  mutating func moveLog(by step: Int) {
    if let detail = log.detail {
      log.detail?.scroll(to: detail.top + step)
    } else if log.part == .outbox {
      log.outbox.selected = max(0, min(log.outbox.selected + step, log.outbox.items.count - 1))
    } else {
      log.records.selected = max(0, min(log.records.selected + step, log.records.items.count - 1))
    }
  }

  mutating func openDetail() {
    switch log.part {
    case .outbox: log.detail = log.outbox.selectedItem.map { LogDetail($0, when) }
    case .records: log.detail = log.records.selectedItem.map { LogDetail($0, when) }
    }
  }

  mutating func copyRecord() -> [Effect] {
    guard let text = log.detail?.text ?? log.records.selectedItem.map({ LogDetail($0, when).text }) else { return [] }
    return [.copy(text, words: Figures.plural(text.count, "character"))]
  }

  mutating func takeInLog(_ mouse: Mouse, _ step: Int) -> [Effect] {
    guard !ComposeLayout.isTooSmall(size) else { return [] }
    if step != 0 {
      moveLog(by: log.detail == nil ? step.signum() : step)
      return []
    }
    guard mouse.action == .press, mouse.button == .left, log.detail == nil, log.records.typed == nil else { return [] }
    let layout = LogLayout(self, size)
    if mouse.point.y == layout.box.y {
      return LogTabs(self, layout.box).part(at: mouse.point.x).map { showLog($0) } ?? []
    }
    guard layout.list.contains(mouse.point) else { return [] }
    let row = layout.first + (mouse.point.y - layout.list.y) / layout.entryHeight
    let (selected, count) =
      log.part == .outbox
      ? (log.outbox.selected, log.outbox.items.count) : (log.records.selected, log.records.items.count)
    // A click on what is selected opens it.
    if row == selected, row < count { openDetail() } else if row < count { moveLog(by: row - selected) }
    return []
  }

  // MARK: What the shell is asked for

  mutating func resend(_ records: [ParkedRecord]) -> [Effect] {
    guard let first = records.first else {
      show("Nothing is parked")
      return []
    }
    show(records.count == 1 ? "Sending again: \(first.title)" : "Sending \(records.count) records again")
    return [.resendParked(records.map(\.id))]
  }

  mutating func export(_ records: [ParkedRecord]) -> [Effect] {
    guard !records.isEmpty else {
      show("Nothing is parked")
      return []
    }
    return [.exportParked(records.map(\.id))]
  }

  mutating func retryGodot() -> [Effect] {
    guard health.state != .off else {
      show("Godot is off: set godot.url in config.yaml", .warning)
      return []
    }
    show("Trying Godot now")
    return [.retryGodot]
  }
}
