import FoundationEssentials

/// What happened to the replies of one exchange, on one axis of time: each from the moment it was sent.
///
/// Made from the replies' recordings. It answers for any span of time with the very events that came in it, and for any
/// moment with the replies as they were then. A reply without a recording, or with one that does not fit its text,
/// appears whole at its end.
public struct ReplayTimeline: Sendable {
  /// The replies as they are kept, in the order given.
  public var replies: [Reply] { tracks.map(\.stored) }
  /// From the first send to the last reply's end.
  public let duration: Duration
  /// Moments worth a stop, in the order of time, each once.
  public let stops: [Stop]

  let tracks: [ReplayTrack]
  private let segments: [[Segment]]
  private let places: [UUID: Int]

  /// All given replies; a reply that comes twice counts once.
  public init(_ replies: [Reply]) {
    var places: [UUID: Int] = [:]
    var tracks: [ReplayTrack] = []
    for reply in replies where places[reply.id] == nil {
      places[reply.id] = tracks.count
      tracks.append(ReplayTrack(reply))
    }
    self.places = places
    self.tracks = tracks
    duration = tracks.map(\.end).max() ?? .zero
    segments = tracks.map(\.segments)
    stops = Self.stops(tracks, segments)
  }

  /// The newest attempt of each model, in the order of the models. Without their recordings, all appear whole.
  public init(of exchange: Exchange, hasRecordings: Bool = true) {
    var replies = Self.newest(of: exchange)
    if !hasRecordings { for index in replies.indices { replies[index].recording = Recording() } }
    self.init(replies)
  }

  /// The newest attempt of each model, in the order of the models.
  public static func newest(of exchange: Exchange) -> [Reply] {
    var models: Set<ModelReference> = []
    return exchange.replies.reversed().filter { models.insert($0.model).inserted }.reversed()
  }

  /// Whether every reply has ended; only then is there all of it to see.
  public var isComplete: Bool { tracks.allSatisfy { $0.stored.state.isFinal } }

  /// Whether a reply is replayed as it came. If not, it has no recording that fits its text and appears at its end.
  public func isExact(_ reply: UUID) -> Bool { places[reply].map { tracks[$0].isExact } ?? false }

  /// The replies before anything has happened: what takes ``events(after:through:)`` from the beginning.
  public var beginnings: [Reply] { tracks.map(\.beginning) }

  // MARK: Playing

  /// What happened after a time (from the beginning for `nil`) and until another, that one included; in order.
  /// What is put after each other without a gap is all there is, each event once.
  public func events(after: Duration?, through: Duration) -> [ReplyEvent] {
    var spans = tracks.map { track in
      (after.map(track.steps(through:)) ?? 0)..<max(
        after.map(track.steps(through:)) ?? 0, track.steps(through: through))
    }
    var events: [ReplyEvent] = []
    while let next = spans.indices.filter({ !spans[$0].isEmpty }).min(by: { first, second in
      tracks[first].steps[spans[first].lowerBound].at < tracks[second].steps[spans[second].lowerBound].at
    }) {
      let track = tracks[next]
      let index = spans[next].lowerBound
      spans[next] = (index + 1)..<spans[next].upperBound
      let at = track.steps[index].at
      for event in track.events(of: index) { events.append(ReplyEvent(reply: track.stored.id, at: at, event: event)) }
    }
    return events
  }

  /// When the next thing happens after a time (from the beginning for `nil`).
  public func nextTime(after time: Duration?) -> Duration? {
    tracks.compactMap { track in
      let index = time.map(track.steps(through:)) ?? 0
      return index < track.steps.count ? track.steps[index].at : nil
    }.min()
  }

  /// A reply as it was at a time; what happened at that very moment has happened. `nil` for a reply of another
  /// timeline. Costs the copy of the text there was, however many chunks it came in.
  public func reply(_ id: UUID, at time: Duration) -> Reply? { places[id].map { tracks[$0].reply(at: time) } }

  /// When the first and the last chunk came that a reply had at a time; `nil` before the first.
  public func arrivals(of id: UUID, at time: Duration) -> (first: Duration, last: Duration)? {
    places[id].flatMap { tracks[$0].arrivals(through: time) }
  }

  /// UTF-8 bytes of text and reasoning that came for a reply after a time and until another, that one included.
  public func bytes(of id: UUID, after: Duration?, through: Duration) -> Int {
    guard let place = places[id] else { return 0 }
    let track = tracks[place]
    return max(0, track.bytes(through: through) - (after.map(track.bytes(through:)) ?? 0))
  }

  /// What a reply was doing when, without gaps, from the send to its end.
  public func segments(of id: UUID) -> [Segment] { places[id].map { segments[$0] } ?? [] }
}

extension ReplayTimeline {
  /// A span of time in which a reply did one thing.
  public struct Segment: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
      /// Queued, connecting, or connected without a token yet.
      case waiting
      /// An attempt has failed, the next one is not due yet.
      case retrying
      /// Chunks come.
      case streaming
      /// Nothing comes for longer than the reply's ``ReplayTimeline/stall(gaps:)``.
      case stall
    }

    public var kind: Kind
    public var start: Duration
    public var end: Duration
  }

  /// A moment at which something begins or ends that one may want to see.
  public struct Stop: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case firstToken, stall, burst, retry, attempt, end }

    public var at: Duration
    public var kind: Kind
    public var reply: UUID
  }

  /// How long nothing must come to be a stall: a second, or five times the median of the gaps between chunks where
  /// that is longer, so that a slow stream is not one stall after the other.
  public static func stall(gaps: [Duration]) -> Duration {
    let least = Duration.seconds(1)
    // Where most gaps are short the median is, too; then there is nothing to sort.
    guard gaps.count(where: { $0 > least / 5 }) * 2 >= gaps.count, !gaps.isEmpty else { return least }
    return max(least, gaps.sorted()[gaps.count / 2] * 5)
  }

  /// The first stop after a time; the end if there is none.
  public func nextStop(after time: Duration) -> Duration { stops.first { $0.at > time }?.at ?? duration }

  /// The last stop before a time; the beginning if there is none.
  public func previousStop(before time: Duration) -> Duration { stops.last { $0.at < time }?.at ?? .zero }

  /// First tokens, retries and the attempts after them, where stalls begin and where they end, and ends of replies.
  /// Stops of the same reply at the same moment are one.
  fileprivate static func stops(_ tracks: [ReplayTrack], _ segments: [[Segment]]) -> [Stop] {
    var stops: [Stop] = []
    for (track, segments) in zip(tracks, segments) {
      let id = track.stored.id
      func add(_ kind: Stop.Kind, _ at: Duration) {
        if let last = stops.last, last.reply == id, last.at == at { stops.removeLast() }
        stops.append(Stop(at: at, kind: kind, reply: id))
      }
      for (index, segment) in segments.enumerated() {
        let before = index > 0 ? segments[index - 1].kind : nil
        switch segment.kind {
        case .waiting: if before == .retrying { add(.attempt, segment.start) }
        case .retrying: add(.retry, segment.start)
        case .streaming: add(before == .stall ? .burst : .firstToken, segment.start)
        case .stall: add(.stall, segment.start)
        }
      }
      if track.stored.state.isFinal { add(.end, track.end) }
    }
    return stops.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }
}
