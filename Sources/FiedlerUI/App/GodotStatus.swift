import Canvas
import Conversations

/// How logging to Godot stands, in words: the glyph and the words tell it, colour only helps.
struct GodotStatus: Hashable {
  enum Tone: Hashable { case good, waiting, bad, quiet }

  /// The store of a server that works shows a record within a second.
  private static let overdue: Duration = .seconds(5)

  var tone: Tone
  /// From the fullest wording to the shortest.
  private var wordings: [String]

  /// `age` is the time since `health` was told, by which its durations have moved on.
  init(_ health: LogHealth, age: Duration) {
    let queued = health.pending > 0 ? "\(Figures.count(health.pending)) waiting" : nil
    let retry = health.nextRetry.map { "retry in \(Figures.countdown($0 - age))" }
    let evicted = health.evicted > 0 ? "\(Figures.count(health.evicted)) dropped" : nil
    let unconfirmed = health.unconfirmed > 0 ? "\(Figures.count(health.unconfirmed)) unconfirmed" : nil
    let overdue = health.oldestUnconfirmed.map { $0 + age }.flatMap { $0 >= Self.overdue ? $0 : nil }
    var glyph = "●"
    var parts: [String?] = []
    tone = .good
    switch health.state {
    case .off:
      (glyph, tone) = ("", .quiet)
      parts = ["off"]
    case .connecting:
      (glyph, tone) = ("◐", .quiet)
      parts = ["connecting", queued]
    case .connected:
      // Something on its way is the ordinary case while answers end; it need not alarm.
      (glyph, tone) = queued == nil ? ("●", .good) : ("◐", .good)
      parts = queued == nil ? [health.isEmbedded ? "embedded" : "connected"] : [queued]
      parts.append(unconfirmed)
      if let overdue {
        (glyph, tone) = ("◐", .waiting)
        parts = [queued, unconfirmed, "oldest \(Figures.countdown(overdue))"]
      }
    case .waiting(let since):
      (glyph, tone) = ("◐", .waiting)
      parts = [queued, "no answer for \(Figures.countdown(since + age))"]
    case .disconnected(let reason):
      // Nothing is lost: what waits is kept.
      (glyph, tone) = ("○", .waiting)
      parts = [reason, queued, unconfirmed, retry]
    case .broken(let reason):
      (glyph, tone) = ("✕", .bad)
      parts = [reason, queued]
    }
    if health.parked > 0, health.state != .off {
      (glyph, tone) = ("✕", .bad)
      let parked = "\(Figures.count(health.parked)) refused" + (health.parkedReason.map { ": \($0)" } ?? "")
      parts = health.state == .connected ? [parked, queued] : [parked] + parts
    }
    parts.append(evicted)
    let known = parts.compactMap(\.self)
    let sign = glyph.isEmpty ? "" : glyph + " "
    let count = health.parked > 0 ? health.parked : health.pending
    let short = glyph.isEmpty ? "off" : count > 0 ? "\(glyph) \(Figures.count(count))" : glyph
    wordings = ["Godot \(sign)\(Self.line(known))"]
    let briefly = Self.line([queued, retry].compactMap(\.self))
    if case .disconnected = health.state, health.parked == 0, !briefly.isEmpty {
      wordings.append("Godot \(sign)\(briefly)")
    }
    let first =
      health.parked > 0
      ? "\(Figures.count(health.parked)) refused" : queued ?? (overdue == nil ? nil : unconfirmed) ?? known.first
    if let first, health.state != .off { wordings.append("Godot \(sign)\(first)") }
    wordings += ["Godot \(short)", short]
  }

  /// Not the library's `joined`: its first call looks for conformances for a fiftieth of the time to the first frame.
  private static func line(_ parts: [String]) -> String {
    parts.dropFirst().reduce(parts.first ?? "") { $0 + " · " + $1 }
  }

  var text: String { wordings[0] }

  /// The best two wordings that fit `room` together, three columns apart. What is wrong with Godot is said as fully as
  /// can be (unless it shall be said `briefly`); while nothing is, what runs comes first. Godot's glyph and count are
  /// always there.
  func fitting(_ room: Int, beside others: [String], briefly: Bool = false) -> (other: String, text: String) {
    func fits(_ other: String, _ text: String) -> Bool {
      TextWidth.columns(text) + (other.isEmpty ? 0 : TextWidth.columns(other) + 3) <= room
    }
    if briefly, let other = others.first(where: { fits($0, wordings[wordings.count - 2]) }) {
      return (other, wordings[wordings.count - 2])
    }
    if tone == .bad || tone == .waiting {
      for text in wordings {
        if let other = others.first(where: { fits($0, text) }) { return (other, text) }
      }
    } else {
      for other in others {
        if let text = wordings.dropLast().first(where: { fits(other, $0) }) { return (other, text) }
      }
    }
    return ("", wordings[wordings.count - 1])
  }
}
