import Conversations
import FoundationEssentials

/// What replies did, a mark a column: one reply's track, or that of several together.
struct ReplayMarks {
  enum Mark: Hashable {
    /// All have ended.
    case nothing
    case waiting
    /// An attempt failed here; until the next one it is `pause`.
    case retry
    case pause
    /// The first token.
    case first
    /// How fast text came, from 1 to 8.
    case chunks(Int)
    case stall
    case end(ReplyState)

    private static let bars: [Unicode.Scalar] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    var scalar: Unicode.Scalar {
      switch self {
      case .nothing: " "
      case .waiting: "·"
      case .retry: "↻"
      case .pause: "┄"
      case .first: "▸"
      case .chunks(let level): Self.bars[min(max(1, level), Self.bars.count) - 1]
      case .stall: "╌"
      case .end(let state): state.glyph.unicodeScalars.first ?? "●"
      }
    }
  }

  private(set) var marks: [Mark]

  private let timeline: ReplayTimeline
  private let replies: [Reply]

  init(_ timeline: ReplayTimeline, _ replies: [Reply], columns: Int) {
    self.timeline = timeline
    self.replies = replies
    marks = Array(repeating: .nothing, count: max(0, columns))
    guard columns > 0 else { return }
    guard timeline.duration > .zero else {
      if let reply = replies.last { marks[0] = .end(reply.state) }
      return
    }
    fill()
    let stops = timeline.stops.filter { stop in replies.contains { $0.id == stop.reply } }
    // The end of all covers what else is in its column, the first token of all any other.
    for stop in stops where stop.kind == .retry { put(.retry, stop.at) }
    if let first = stops.first(where: { $0.kind == .firstToken }) { put(.first, first.at) }
    if let last = stops.last(where: { $0.kind == .end }), let reply = replies.first(where: { $0.id == last.reply }) {
      put(.end(reply.state), last.at)
    }
  }

  private mutating func put(_ mark: Mark, _ time: Duration) {
    marks[ReplayLayout.column(of: time, timeline.duration, marks.count)] = mark
  }

  private mutating func fill() {
    let count = marks.count
    func time(_ column: Int) -> Duration { timeline.duration * column / count }
    let bytes = marks.indices.map { column in
      replies.reduce(0) {
        $0 + timeline.bytes(of: $1.id, after: column == 0 ? nil : time(column), through: time(column + 1))
      }
    }
    // A curve, not the noise of single chunks: half of each column is its neighbours'.
    let rates = bytes.indices.map { column in
      let around = (column > 0 ? bytes[column - 1] : 0) + (column + 1 < count ? bytes[column + 1] : 0)
      return Double(2 * bytes[column] + around) / 4
    }
    let most = max(1, rates.max() ?? 1)
    let segments = replies.map { timeline.segments(of: $0.id) }
    for column in marks.indices {
      let mark = Self.mark(segments, (time(column) + time(column + 1)) / 2)
      let isBetween = mark == .chunks(1) && rates[column] > 0
      marks[column] =
        bytes[column] > 0 || isBetween ? .chunks(max(1, Int((rates[column] / most * 8).rounded()))) : mark
    }
  }

  /// What replies do at a time at which nothing comes: the liveliest of it.
  private static func mark(_ segments: [[ReplayTimeline.Segment]], _ time: Duration) -> Mark {
    let kinds = segments.compactMap { $0.first { $0.start <= time && time < $0.end }?.kind }
    if kinds.contains(.streaming) { return .chunks(1) }
    if kinds.contains(.stall) { return .stall }
    if kinds.contains(.retrying) { return .pause }
    return kinds.isEmpty ? .nothing : .waiting
  }
}
