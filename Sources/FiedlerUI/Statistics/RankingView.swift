import Canvas
import Conversations

/// Draws the ranking: a row a model with its points and, as far as there is room, where those lie in 95 % of the draws.
struct RankingView {
  let ranking: ModelRanking
  let selected: Int
  let theme: Theme

  func draw(_ layout: StatisticsLayout, _ frame: inout Frame) {
    let title = Rect(x: layout.list.x, y: layout.list.y - 1, width: layout.list.width, height: 1)
    let doubt = RankingText.doubt(ranking)
    let words =
      doubt ?? "\(Figures.plural(ranking.comparisons, "comparison")); 400 points more are preferred 10 times in 11"
    let cells = Sanitizer.cells(words, style: doubt == nil ? theme.muted : theme.caution)
    let list = layout.list
    let wrapped = TextWidth.wrap(cells, columns: max(1, title.width - 2))
      .prefix(layout.isFramed ? 3 : 1)
    for (line, range) in wrapped.enumerated() {
      frame.put(cells[range], at: Point(x: title.x + 1, y: title.y + line), clip: layout.inside)
    }
    let top = title.y + max(1, wrapped.count)
    let rows = Rect(x: list.x, y: top, width: list.width, height: max(0, list.maxY - top))
    let first = max(0, min(selected - rows.height / 2, ranking.places.count - rows.height))
    for (line, place) in ranking.places.dropFirst(first).prefix(rows.height).enumerated() {
      let rect = Rect(x: rows.x, y: rows.y + line, width: rows.width, height: 1)
      draw(place, first + line, rect, &frame)
    }
  }

  private func draw(_ place: ModelRanking.Place, _ index: Int, _ rect: Rect, _ frame: inout Frame) {
    let isSelected = index == selected
    func style(_ style: Style) -> Style {
      isSelected ? style.on(theme.selection).adding(theme.selected.attributes) : style
    }
    frame.fill(rect, style: isSelected ? theme.selected : theme.text)
    let number = "\(isSelected ? "›" : " ")\(index + 1)\(ranking.isUnsure(index) ? "~" : " ")"
    frame.put(number, at: Point(x: rect.x, y: rect.y), style: style(theme.accent), clip: rect)
    let name = place.model.name.isEmpty ? place.model.provider : ModelChoice.shortName(place.model)
    let nameRoom = max(8, min(24, rect.width / 3))
    let cells = Sanitizer.cells(name, style: style(isSelected ? theme.strong : theme.text))
    frame.put(TextWidth.truncate(cells, to: nameRoom), at: Point(x: rect.x + 5, y: rect.y), clip: rect)
    let points = RankingText.points(place)
    let end = rect.x + 5 + nameRoom + 21
    frame.put(
      points, at: Point(x: end - TextWidth.columns(points), y: rect.y), style: style(theme.muted), clip: rect)
    let record = RankingText.record(place)
    let right = rect.maxX - 1 - TextWidth.columns(record)
    guard right > end + 2 else { return }
    frame.put(record, at: Point(x: right, y: rect.y), style: style(theme.muted), clip: rect)
    drawInterval(place, Rect(x: end + 2, y: rect.y, width: right - end - 4, height: 1), style(theme.info), &frame)
  }

  /// A line from the lower to the upper bound, on the same scale in all rows, with a dot at the points.
  private func drawInterval(_ place: ModelRanking.Place, _ rect: Rect, _ style: Style, _ frame: inout Frame) {
    guard rect.width >= 10 else { return }
    let lowest = ranking.places.map(\.interval.lowerBound).min() ?? 0
    let highest = max(lowest + 1, ranking.places.map(\.interval.upperBound).max() ?? 1)
    func column(_ value: Double) -> Int {
      rect.x + Int((value - lowest) / (highest - lowest) * Double(rect.width - 1))
    }
    let (start, end) = (column(place.interval.lowerBound), column(place.interval.upperBound))
    for x in start...max(start, end) { frame.put("─", at: Point(x: x, y: rect.y), style: style, clip: rect) }
    frame.put("●", at: Point(x: column(place.points), y: rect.y), style: style, clip: rect)
  }
}

/// The ranking in words, for the screen and for commands.
public enum RankingText {
  /// `1,042 (980–1,103)`.
  public static func points(_ place: ModelRanking.Place) -> String {
    func whole(_ value: Double) -> String { Figures.count(Int(value.rounded())) }
    return "\(whole(place.points)) (\(whole(place.interval.lowerBound))–\(whole(place.interval.upperBound)))"
  }

  /// `12 won, 3 lost, 1 tie`.
  public static func record(_ place: ModelRanking.Place) -> String {
    let ties = place.ties > 0 ? ", \(Figures.plural(place.ties, "tie"))" : ""
    return "\(Figures.count(place.wins)) won, \(Figures.count(place.losses)) lost\(ties)"
  }

  /// Why the ranking says little; `nil` where it says something.
  public static func doubt(_ ranking: ModelRanking) -> String? {
    switch ranking.doubt {
    case .tooFew(0, _): "No answers were compared yet: say in their panes which is the best, or better than another."
    case .tooFew(let found, let needed):
      "Too few for a ranking: \(Figures.plural(found, "comparison")), and it takes \(Figures.count(needed)) or more. "
        + "What is here may be chance."
    case .apart(let models):
      "Nothing compares these with the others, so that their places mean nothing: "
        + models.map { $0.name.isEmpty ? $0.provider : $0.name }.joined(separator: ", ")
    case nil: nil
    }
  }
}
