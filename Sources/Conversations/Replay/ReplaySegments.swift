extension ReplayTrack {
  /// UTF-8 bytes of text and reasoning there were at a time.
  func bytes(through time: Duration) -> Int {
    let count = steps(through: time)
    return count == 0 ? 0 : steps[count - 1].text + steps[count - 1].reasoning
  }

  /// When the first and the last chunk up to a time came.
  func arrivals(through time: Duration) -> (first: Duration, last: Duration)? {
    guard let first = steps.first(where: \.isChunk)?.at, first <= time else { return nil }
    // Marks are few: the last chunk is near.
    let last = steps[..<steps(through: time)].last(where: \.isChunk)?.at
    return last.map { (first, $0) }
  }

  /// What the reply was doing when. Segments without length are left out.
  var segments: [ReplayTimeline.Segment] {
    var segments: [ReplayTimeline.Segment] = []
    var kind = ReplayTimeline.Segment.Kind.waiting
    var start = Duration.zero
    func close(_ time: Duration, next: ReplayTimeline.Segment.Kind) {
      if time > start { segments.append(ReplayTimeline.Segment(kind: kind, start: start, end: time)) }
      (kind, start) = (next, max(start, time))
    }
    let stall = ReplayTimeline.stall(gaps: gaps)
    var last: Duration?
    for step in steps {
      if case .mark(let number) = step.content {
        switch marks[number].event {
        case .retrying:
          close(step.at, next: .retrying)
          last = nil
        case .connecting: if kind == .retrying { close(step.at, next: .waiting) }
        case .firstToken:
          close(step.at, next: .streaming)
          last = step.at
        default: break
        }
        continue
      }
      if let before = last, step.at - before > stall {
        close(before, next: .stall)
        close(step.at, next: .streaming)
      } else if kind != .streaming {
        close(step.at, next: .streaming)
      }
      last = step.at
    }
    if let before = last, end - before > stall { close(before, next: .stall) }
    close(end, next: .waiting)
    return segments
  }

  /// The times between chunks.
  private var gaps: [Duration] {
    var gaps: [Duration] = []
    var last: Duration?
    for step in steps where step.isChunk {
      if let last { gaps.append(step.at - last) }
      last = step.at
    }
    return gaps
  }
}
