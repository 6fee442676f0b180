import Canvas

/// A press of a mouse button, and how many there were at its place, one soon after the other.
struct Click: Hashable, Sendable {
  var point: Point
  var time: Duration
  /// 1, 2 or 3; the fourth press is a first one again.
  var count: Int

  /// Two presses further apart do not belong together.
  static let pause: Duration = .milliseconds(400)

  init(at point: Point, _ time: Duration, after last: Click?) {
    let isAgain = last.map { $0.point == point && time - $0.time <= Self.pause && $0.count < 3 } ?? false
    self.point = point
    self.time = time
    count = isAgain ? (last?.count ?? 0) + 1 : 1
  }
}

/// A drag that rests beyond an edge, where the terminal says nothing more: the text goes on moving.
struct DragScroll: Hashable, Sendable {
  var point: Point
  /// When the next row comes, as ``AppState/now``.
  var due: Duration

  static let pace: Duration = .milliseconds(60)
}

extension Stage {
  /// Keeps where a drag is that has left the area in which it selects, above or below.
  mutating func restDrag(at point: Point, beyond area: Rect, _ now: Duration) {
    let isBeyond = point.y < area.y || point.y >= area.maxY
    dragScroll = isBeyond ? DragScroll(point: point, due: now + DragScroll.pace) : nil
  }

  /// Goes on with a drag in a pane that rests beyond an edge.
  mutating func advanceDrag(_ world: World) {
    guard let rest = dragScroll, rest.due <= world.now else { return }
    if let press, press.isDown { drag(to: rest.point, press, world) } else { dragScroll = nil }
  }
}
