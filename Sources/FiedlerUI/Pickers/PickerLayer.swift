import Canvas
import Conversations
import FoundationEssentials

/// A list to choose from, narrowed by typing. What accepting does depends on ``Kind``.
struct PickerLayer: Screen {
  enum Kind: Hashable, Sendable {
    /// Which models the next prompt goes to: for each item the model's place among all, and what sets there are.
    case models(places: [Int], sets: [ModelSet])
    /// Every action, in the order of the items.
    case palette([ActionID])
    /// How everything looks; what lies under the cursor is shown at once.
    case themes(choices: [ThemeChoice], before: Theme)
    /// What to write a conversation as.
    case export(UUID)
    /// The files that go along with the prompt.
    case files([AttachedFile])
    /// What to do about `@names` that are not attached, in the order of the items.
    case mentions([Mention], [MentionAnswer])
    /// What to begin the prompt with.
    case templates([TemplateFile])
    /// Whom to set up.
    case providers([SetupChoice])
    /// Which of its models.
    case setupModels(SetupListing)
    /// The links of an answer, and the pictures and PDFs of its prompt.
    case links([PaneTarget])
    /// Who shall take a model's place, in the order of the items.
    case successor(of: ModelReference, [ModelReference])
    /// What to make of several answers, in the order of the items.
    case synthesis(SynthesisChoice)
    /// What a reading says and leaves out, in the order of the items.
    case points([SynthesisPoints.Point])
    /// What can be said of an answer, in the order of the items.
    case verdict([VerdictOption])
    /// Who shall make it.
    case judge(SynthesisChoice, template: String, judges: [ModelReference])
  }

  struct Item: Sendable {
    var title: String
    /// After the title, dimmed; searched too.
    var note: String
    /// Right-aligned columns.
    var details: [String]
    /// Dimmed and marked, but can be chosen.
    var problem: String?
    /// Shown below the list while it is the selected one.
    var preview = ""
    /// Searched too, and not shown.
    var words = ""
    /// Dimmed: it is done in another place.
    var isElsewhere = false
    /// The heading it stands under while nothing is typed; those of one group follow each other.
    var group = ""
  }

  /// An item that matches, with the matched characters of its title.
  struct Match: Hashable, Sendable {
    var index: Int
    var score: Int
    var positions: [Int]
    /// See ``FuzzyMatch/isWhole``.
    var isWhole: Bool
  }

  var kind: Kind
  var title: String
  var items: [Item]
  /// Over the columns of details; empty where they need none.
  var heads: [String] = []
  /// Over the list while nothing is typed.
  var banner = ""
  /// Several may be chosen.
  var isMultiple: Bool
  var chosen: Set<Int>
  /// What was chosen when it opened.
  private let chosenBefore: Set<Int>
  private(set) var line: LineEditor
  private(set) var matches: [Match] = []
  /// Among `matches`.
  var selected = 0

  init(kind: Kind, title: String, items: [Item], isMultiple: Bool = false, chosen: Set<Int> = [], filter: String = "") {
    self.kind = kind
    self.title = title
    self.items = items
    self.isMultiple = isMultiple
    self.chosen = chosen
    chosenBefore = chosen
    line = LineEditor(filter)
    narrow()
  }

  /// What the list is narrowed by.
  var filter: String { line.text }

  private mutating func narrow() {
    let pattern = FuzzyPattern(filter)
    let found = items.indices.compactMap { index -> Match? in
      let title = pattern.match(in: items[index].title)
      let note = pattern.match(in: items[index].note)
      let words = pattern.match(in: items[index].words)
      let scores = [title?.score, note.map { $0.score - 4 }, words.map { $0.score - 5 }]
      guard let better = scores.compactMap(\.self).max() else { return nil }
      // What can be done here comes first unless another is named better by far.
      let score = better - (items[index].isElsewhere ? 8 : 0)
      let isWhole = [title, note, words].contains { $0?.isWhole == true }
      return Match(index: index, score: score, positions: title?.positions ?? [], isWhole: isWhole)
    }
    // Letters strewn over a name are of interest only where nothing has them together.
    let isNamed = filter.count >= 3 && found.contains(where: \.isWhole)
    // In their own order where they match alike.
    matches = found.filter { $0.isWhole || !isNamed }.sorted { ($1.score, $0.index) < ($0.score, $1.index) }
    selected = 0
  }

  /// A line of the list: an item that matches, by its place in `matches`, or a heading.
  enum Line: Hashable {
    case heading(String)
    case match(Int)

    var isHeading: Bool { if case .heading = self { true } else { false } }
  }

  /// What is typed orders the items anew: then they stand without headings.
  var lines: [Line] {
    guard filter.isEmpty else { return matches.indices.map(Line.match) }
    var lines: [Line] = banner.isEmpty ? [] : [.heading(banner)]
    for (place, match) in matches.enumerated() {
      let group = items[match.index].group
      let before = place > 0 ? items[matches[place - 1].index].group : ""
      if !group.isEmpty, group != before { lines.append(.heading(group)) }
      lines.append(.match(place))
    }
    return lines
  }

  /// As many lines as there are with nothing typed.
  var lineCount: Int {
    let headings = items.indices.count { index in
      !items[index].group.isEmpty && (index == 0 || items[index].group != items[index - 1].group)
    }
    return items.count + headings + (banner.isEmpty ? 0 : 1)
  }

  mutating func move(by step: Int) {
    guard !matches.isEmpty else { return }
    selected = min(max(0, selected + step), matches.count - 1)
  }

  /// What Enter takes where several may be chosen: those that are, or the line under the cursor if none is, or if it
  /// was looked for by typing and nothing has been chosen or left out since.
  var taken: Set<Int> {
    let isLookedFor = !filter.isEmpty && chosen == chosenBefore
    guard let selectedItem, chosen.isEmpty || isLookedFor else { return chosen }
    return [selectedItem]
  }

  var selectedItem: Int? { matches.indices.contains(selected) ? matches[selected].index : nil }

  /// Typing edits the filter. False if the key is none of a line's.
  mutating func type(_ key: Key) -> Bool {
    let before = filter
    guard line.take(key) else { return false }
    if filter != before { narrow() }
    return true
  }

  mutating func paste(_ text: String) {
    line.paste(text)
    narrow()
  }
}
