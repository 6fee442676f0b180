/// Where a key means something. Several are active at once: `KeyMap.active(_:)`.
public enum KeyContext: String, CaseIterable, Sendable {
  /// Always.
  case everywhere
  /// On every screen while nothing lies over it.
  case screens
  case prompt
  /// The prompt while it is empty, so that a letter need not be text.
  case emptyPrompt = "empty prompt"
  /// The list of completions over the prompt; it takes keys before the prompt does.
  case completion
  /// The prompt while blanks of a template are left in it; takes keys before the prompt does.
  case blanks = "template"
  case pane
  /// What to find in a pane being typed.
  case paneFind = "find"
  /// Rows of a pane being selected.
  case selection
  /// A past exchange, played again.
  case replay
  /// The tree of a conversation's branches.
  case tree
  /// Two answers compared.
  case diff
  case history
  /// The history's search line being typed.
  case historyFilter = "history filter"
  /// A title or tags being typed in the history.
  case historyEdit = "history edit"
  /// Both parts of the Godot log.
  case log = "godot log"
  case outbox, records
  /// One record, opened.
  case logDetail = "record"
  /// The records' filter being typed.
  case logFilter = "log filter"
  /// What still runs.
  case running
  /// Batches, and the matrix of one.
  case batch
  /// Figures of the models.
  case statistics
  /// Their search line being typed.
  case statisticsSearch = "statistics search"
  /// A line being typed in a box of its own: a note on a verdict, the name of a set.
  case note
  /// Options of the models being typed.
  case options
  /// Any screen that is a list, whatever it lists.
  case list
  case picker, help, question
  /// A file or a paste, looked at before it is sent.
  case review
  /// The list of links, and that of attached files; they take keys before other lists do.
  case links, files
  /// The list of models; it takes keys before other lists do.
  case models

  /// What there is to say of one: a new one cannot be without it.
  private struct Facts {
    /// The heading its keys stand under in help.
    var heading: String?
    /// What is active along with it; `nil` for what is only ever active along with others.
    var along: [KeyContext]?
    /// Whether characters are typed into text there.
    var takesText: Bool

    init(_ heading: String?, along: [KeyContext]?, takesText: Bool = false) {
      self.heading = heading
      self.along = along
      self.takesText = takesText
    }
  }

  private var facts: Facts {
    let screen: [KeyContext] = [.screens, .everywhere]
    let list = [.list] + screen
    let layer: [KeyContext] = [.everywhere]
    return switch self {
    case .everywhere, .screens: Facts("Everywhere", along: nil, takesText: true)
    case .prompt: Facts("Prompt", along: [.emptyPrompt] + screen, takesText: true)
    case .emptyPrompt: Facts("Prompt", along: nil)
    // These two alone may take keys from the rest.
    case .completion, .blanks: Facts("Prompt", along: [], takesText: true)
    case .pane: Facts("Panes", along: screen)
    case .paneFind: Facts(nil, along: layer, takesText: true)
    case .selection: Facts(nil, along: layer)
    case .replay: Facts("Replay", along: screen)
    case .tree: Facts("Tree", along: screen)
    case .diff: Facts("Comparing two answers", along: screen)
    case .history: Facts("History", along: screen)
    case .historyFilter, .historyEdit: Facts(nil, along: layer, takesText: true)
    case .log: Facts("Godot log", along: nil)
    case .outbox, .records: Facts("Godot log", along: [.log] + screen)
    case .logDetail: Facts("Godot log", along: screen)
    case .logFilter: Facts(nil, along: layer, takesText: true)
    case .running: Facts("What still runs", along: list)
    case .batch: Facts("Batches", along: list)
    case .statistics: Facts("Statistics", along: list)
    case .statisticsSearch, .note: Facts(nil, along: layer, takesText: true)
    case .options: Facts("Choosing", along: layer, takesText: true)
    case .list: Facts(nil, along: nil)
    case .picker: Facts("Choosing", along: nil, takesText: true)
    case .links, .files, .models: Facts("Choosing", along: [.picker] + layer)
    case .help, .question, .review: Facts(nil, along: layer)
    }
  }

  /// As settings write it.
  public var settingName: String { rawValue.replacing(" ", with: "_") }

  /// Whether characters are typed into text there.
  var takesText: Bool { facts.takesText }

  /// The sets of contexts that are active together. Within one, a key must have one meaning.
  static let together: [[KeyContext]] = allCases.compactMap { context in context.facts.along.map { [context] + $0 } }

  /// The headings of help and the contexts whose keys stand under each; those of all lists under every list's.
  static let sections: [(title: String, contexts: [KeyContext])] = allCases.reduce(into: []) { sections, context in
    guard let title = context.facts.heading else { return }
    let contexts = [context] + (context.facts.along?.filter { $0 == .list } ?? [])
    if let known = sections.firstIndex(where: { $0.title == title }) {
      sections[known].contexts += contexts
    } else {
      sections.append((title, contexts))
    }
  }

  /// The places that a replay is seen in.
  static let ofReplay: Set<KeyContext> = [
    .replay, .selection, .picker, .links, .files, .models, .help, .review, .question, .everywhere,
  ]
}
