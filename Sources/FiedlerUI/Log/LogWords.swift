import Canvas
import Conversations

/// How logging stands, in whole sentences: the head of the Godot log.
struct LogHead {
  private let theme: Theme
  private let health: LogHealth
  /// Since `health` was told.
  private let age: Duration

  init(_ world: World, theme: Theme = .fallback, now: Duration) {
    self.theme = theme
    health = world.health
    age = max(.zero, now - world.healthAt)
  }

  /// The rows of the head: the state, the counts, the last error; the longest are cut first where room is short.
  func rows(_ columns: Int, most: Int) -> [[Cell]] {
    var parts = [wrap(sentence, columns), counts(columns), wrap(lastError, columns)]
    // The last error gives way first, then what the sentences have beyond a row.
    for (part, least) in [(2, 1), (2, 0), (0, 1), (1, 1), (1, 0)] where parts.map(\.count).reduce(0, +) > most {
      let separator = part == 1 ? cells(" · ", theme.dim) : []
      parts[part] = Self.cut(parts[part], to: least, columns, joinedBy: separator)
    }
    return parts.flatMap(\.self)
  }

  private func wrap(_ cells: [Cell], _ columns: Int) -> [[Cell]] {
    guard !cells.isEmpty else { return [] }
    return Self.cut(TextWidth.wrap(cells, columns: columns).map { Array(cells[$0]) }, to: 2, columns)
  }

  /// The first rows, with `…` where more followed.
  private static func cut(_ rows: [[Cell]], to count: Int, _ columns: Int, joinedBy separator: [Cell] = []) -> [[Cell]]
  {
    guard rows.count > count, count > 0 else { return Array(rows.prefix(count)) }
    let last = Array(rows[(count - 1)...].joined(separator: separator))
    return Array(rows.prefix(count - 1)) + [TextWidth.truncate(last, to: columns)]
  }

  private func cells(_ text: String, _ style: Style) -> [Cell] {
    // A server may have put a whole page in its error.
    Sanitizer.cells(LogWords.brief(text, 600), style: style)
  }

  private var sentence: [Cell] {
    let (glyph, words, style): (String, String, Style) =
      switch health.state {
      case .off: ("", "Off: nothing is logged to a server.", theme.muted)
      case .connecting: ("◐ ", "Connecting …", theme.muted)
      case .connected where health.isEmbedded: ("● ", "Connected (embedded).", theme.good)
      case .connected: ("● ", "Connected.", theme.good)
      case .waiting(let since):
        ("◐ ", "Connected, but no answer for \(Figures.countdown(since + age)).", theme.warning)
      case .disconnected(let reason): ("○ ", "Not connected: \(reason).", theme.warning)
      case .broken(let reason): ("✕ ", "The outbox cannot be used: \(reason).", theme.bad)
      }
    let retry = health.nextRetry.map { " Next try in \(Figures.countdown($0 - age))." } ?? ""
    return cells("Godot log  ", theme.strong) + cells(glyph + words, style) + cells(retry, theme.text)
  }

  /// Counts that are nothing are left out where not all fit in a row.
  private func counts(_ columns: Int) -> [[Cell]] {
    var pending = "\(Figures.count(health.pending)) waiting"
    if health.pending > 0, let oldest = health.oldestPending {
      pending += " (oldest \(Figures.countdown(oldest + age)))"
    }
    var unconfirmed = "\(Figures.count(health.unconfirmed)) unconfirmed"
    if let oldest = health.oldestUnconfirmed { unconfirmed += " (oldest \(Figures.countdown(oldest + age)))" }
    let sent = "\(Figures.count(health.sent)) sent"
    let parked = "\(Figures.count(health.parked)) refused"
    let evicted = "\(Figures.count(health.evicted)) dropped"
    let isUnconfirmed = health.unconfirmed > 0
    let parts = [
      cells(pending, health.pending > 0 ? theme.text : theme.muted),
      isUnconfirmed ? cells(unconfirmed, theme.text) : nil, cells(sent, theme.muted),
      cells(parked, health.parked > 0 ? theme.bad : theme.muted),
      cells(evicted, health.evicted > 0 ? theme.caution : theme.muted),
    ].compactMap(\.self)
    let rows = flow(parts, columns)
    guard rows.count > 1 else { return rows }
    let known = (isUnconfirmed ? [true] : []) + [true, true, health.parked > 0, health.evicted > 0]
    return flow(zip(parts, known).filter(\.1).map(\.0), columns)
  }

  /// Parts one behind the other, broken between them.
  private func flow(_ parts: [[Cell]], _ columns: Int) -> [[Cell]] {
    var rows: [[Cell]] = []
    for part in parts {
      if let last = rows.last, last.count + 3 + part.count <= columns {
        rows[rows.count - 1] += cells(" · ", theme.dim) + part
      } else {
        rows.append(TextWidth.truncate(part, to: columns))
      }
    }
    return rows
  }

  private var lastError: [Cell] {
    guard let error = health.lastError else { return [] }
    if case .disconnected(error) = health.state { return [] }
    return cells("Last error: ", theme.muted) + cells(error, theme.text)
  }
}

/// What the lists say in words.
enum LogWords {
  /// As much of a text as a line could ever show. Counted in scalars: one character can be made of any number.
  static func brief(_ text: String, _ most: Int = 1_000) -> String {
    guard text.utf8.count > most else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(most)))
  }

  static func lines(_ text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }

  /// What stands over the list because something went wrong or is missing.
  static func problem(_ log: LogScreen, _ world: World) -> String? {
    let records = log.records
    switch log.part {
    case .outbox:
      return log.outbox.problem.map { "✕ " + brief($0) + again(world) }
    case .records:
      if let problem = records.filterProblem { return "✕ " + brief(problem) }
      guard records.typed == nil else { return nil }
      return records.problem.map { "✕ " + brief($0) + again(world) } ?? unreached(log, world)
    }
  }

  /// Where records may be missing, and how they are reached.
  private static func unreached(_ log: LogScreen, _ world: World) -> String? {
    guard let horizon = log.records.horizon else { return nil }
    return "Records before \(world.when.full(horizon)) may be missing: this server gives its newest 1,000 alone. "
      + "A trace:, component: or level: reaches further."
  }

  private static func key(_ id: ActionID, _ world: World) -> String? {
    world.keyMap.name(of: id)
  }

  private static func again(_ world: World) -> String {
    key(.reloadLog, world).map { " (\($0) loads again)" } ?? ""
  }

  /// What stands where a list is empty.
  static func empty(_ log: LogScreen, _ world: World) -> String {
    let health = world.health
    if health.state == .off {
      return "Godot is off. With godot.url in config.yaml every prompt and answer is logged there, and shown here."
    }
    switch log.part {
    case .outbox:
      if log.outbox.isLoading { return "Loading …" }
      if log.outbox.problem != nil { return "" }
      var lines = ["Nothing is refused."]
      if health.evicted > 0 {
        let gone = Figures.plural(health.evicted, "ordinary log record")
        lines.append(
          "\(gone) \(health.evicted == 1 ? "was" : "were") dropped because the outbox was full. Prompts and answers never are."
        )
      }
      return lines.joined(separator: "\n")
    case .records:
      let records = log.records
      if records.isLoading { return "Loading …" }
      if records.problem != nil || !records.hasLoaded { return "" }
      if records.filter.isEmpty { return "The server has no records yet." }
      return "No record matches." + (key(.clearLogFilter, world).map { " \($0) takes the filter off." } ?? "")
    }
  }

  /// What the border says at its right, from the longest to the shortest.
  static func status(_ log: LogScreen, _ world: World) -> [String] {
    switch log.part {
    case .outbox: return log.outbox.isLoading ? ["loading …"] : []
    case .records:
      let records = log.records
      var parts: [String] = []
      if records.isLoading, !records.follows { return ["loading …"] }
      if records.hasLoaded {
        let isFull = records.items.count >= records.limit
        parts.append(
          isFull ? "newest \(Figures.count(records.items.count))" : Figures.plural(records.items.count, "record"))
      }
      if records.follows { parts.append("following") }
      return [parts.joined(separator: " · "), parts.last ?? ""].filter { !$0.isEmpty }
    }
  }
}
