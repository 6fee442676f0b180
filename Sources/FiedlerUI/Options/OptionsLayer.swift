import Canvas
import Conversations

/// What the models are asked to heed in the sends to come: a row an option, its value typed where it stands.
struct OptionsLayer: LineTyping {
  /// All that are set.
  private(set) var set: PromptOptions
  /// The models that are chosen, and what they are called.
  private let models: [(reference: ModelReference, label: String)]
  /// Which of them the values are for; `nil` for all.
  private var whom: Int?
  private var selected = 0
  var line = LineEditor()
  /// Why what is typed cannot be set.
  private(set) var problem = ""

  /// Fields of a provider's own have no row: `/option body.NAME=VALUE` sets them.
  private static let names = GenerationOptions.Name.allCases.filter { $0 != .body }

  init(_ set: PromptOptions, models: [(reference: ModelReference, label: String)]) {
    self.set = set
    self.models = models
    line = LineEditor(text(Self.names[selected]))
  }

  func contexts(_ world: World) -> [KeyContext] { [.options, .everywhere] }

  mutating func lineChanged() { problem = "" }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    step == 0 ? [] : move(.rows(step), &world)
  }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    guard keep(&world) else { return [] }
    selected = min(max(0, selected + motion.step(page: Self.names.count)), Self.names.count - 1)
    line = LineEditor(text(Self.names[selected]))
    return []
  }

  mutating func accept(_ world: inout World) -> [Effect] {
    guard keep(&world) else { return [] }
    let words = set.words { model in models.first { $0.reference == model }?.label ?? model.name }
    world.show(words.isEmpty ? "No options are set" : words.joined(separator: " ") + ", for what you send from now on")
    world.closeLayer()
    return []
  }

  mutating func close(_ world: inout World) -> [Effect] {
    world.closeLayer()
    return []
  }

  /// The values of the next model, or again those for all.
  mutating func switchWhom(_ world: inout World) {
    guard keep(&world) else { return }
    let next = whom.map { $0 + 1 } ?? 0
    whom = models.indices.contains(next) ? next : nil
    line = LineEditor(text(Self.names[selected]))
  }

  func hints(_ world: World) -> [(ActionID, String)]? {
    [(.accept, "keep"), (.optionWhom, whom == nil ? "for one" : "for the next"), (.close, "as it was")]
  }

  // MARK: Values

  private var own: GenerationOptions {
    get { whom.map { set.of[models[$0].reference] ?? GenerationOptions() } ?? set.all }
    set {
      guard let whom else { return self.set.all = newValue }
      self.set.of[models[whom].reference] = newValue.isEmpty ? nil : newValue
    }
  }

  private func text(_ name: GenerationOptions.Name) -> String { Self.text(name, of: own) }

  private static func text(_ name: GenerationOptions.Name, of options: GenerationOptions) -> String {
    let beginning = name.rawValue + "="
    return options.assignments.first { $0.hasPrefix(beginning) }.map { String($0.dropFirst(beginning.count)) } ?? ""
  }

  /// Sets what is typed. False where it cannot be set; it is said why, and nothing typed is lost.
  private mutating func keep(_ world: inout World) -> Bool {
    let name = Self.names[selected]
    let typed = Self.trimmed(line.text)
    guard typed != text(name) else { return true }
    var options = own
    options.remove(name)
    if !typed.isEmpty {
      do throws(InvalidOption) { try options.set(assignment: "\(name.rawValue)=\(typed)") } catch {
        problem = "\(error)"
        return false
      }
    }
    own = options
    problem = ""
    let set = set
    world.then { app in
      app.compose.prompt.options = set
      return []
    }
    return true
  }

  private static func trimmed(_ text: String) -> String {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  // MARK: What it shows

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let theme = look.theme
    let width = min(size.width, 76)
    let words = problem.isEmpty ? Self.words(Self.names[selected]) : problem
    let wrapped = WrappedText(words, columns: max(1, width - 4))
    let foot = max(0, min(wrapped.rows.count, 3, size.height - 4))
    let rows = min(Self.names.count, size.height - 1 - 2 - foot)
    guard width >= 12, rows >= 1 else { return }
    let height = rows + foot + 2
    let box = Rect(x: (size.width - width) / 2, y: (size.height - 1 - height) / 2, width: width, height: height)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    let title = " options for \(whom.map { models[$0].label } ?? "all models") "
    frame.put(
      Sanitizer.cells(title, style: theme.accent.adding(.bold)), at: Point(x: box.x + 2, y: box.y),
      clip: box.inset(1, 0))
    let first = min(max(0, selected - rows + 1), Self.names.count - rows)
    for row in 0..<rows {
      drawRow(first + row, Rect(x: box.x + 2, y: box.y + 1 + row, width: width - 4, height: 1), look, &frame)
    }
    for (number, range) in wrapped.rows.prefix(foot).enumerated() {
      let cells = Sanitizer.cells(words, utf8: range, style: problem.isEmpty ? theme.muted : theme.bad)
      frame.put(cells, at: Point(x: box.x + 2, y: box.y + 1 + rows + number), clip: box.inset(1, 1))
    }
  }

  private func drawRow(_ index: Int, _ row: Rect, _ look: Look, _ frame: inout Frame) {
    let theme = look.theme
    let name = Self.names[index]
    let isSelected = index == selected
    let column = min(19, row.width / 2 + 1)
    if isSelected { frame.put("❯", at: Point(x: row.x, y: row.y), style: theme.accent, clip: row) }
    frame.put(
      name.rawValue, at: Point(x: row.x + 2, y: row.y), style: isSelected ? theme.strong : theme.muted,
      clip: Rect(x: row.x, y: row.y, width: column - 1, height: 1))
    let field = Rect(x: row.x + column, y: row.y, width: row.width - column, height: 1)
    if isSelected {
      line.draw(Sanitizer.cells(line.text, style: theme.text), in: field, isTyped: true, &frame)
      return
    }
    var cells = Sanitizer.cells(text(name), style: theme.text)
    if whom != nil, cells.isEmpty {
      cells = Sanitizer.cells(Self.text(name, of: set.all), style: theme.dim)
    } else if whom == nil {
      let others = models.filter { !Self.text(name, of: set.of[$0.reference] ?? GenerationOptions()).isEmpty }
      let told = others.map { "\($0.label) \(Self.text(name, of: set.of[$0.reference] ?? GenerationOptions()))" }
      if !told.isEmpty {
        cells += Sanitizer.cells((cells.isEmpty ? "" : " · ") + told.joined(separator: ", "), style: theme.dim)
      }
    }
    frame.put(TextWidth.truncate(cells, to: field.width), at: Point(x: field.x, y: field.y), clip: field)
  }

  private static func words(_ name: GenerationOptions.Name) -> String {
    switch name {
    case .temperature: "0 to 2: how freely it chooses its words"
    case .topP: "0 to 1: from how much of what is likely it chooses"
    case .maxTokens: "the longest answer, reasoning included"
    case .stop: "the answer ends before this text; a JSON list for several"
    case .seed: "a whole number: the same again for the same"
    case .reasoningEffort: GenerationOptions.Effort.allCases.map(\.rawValue).joined(separator: ", ")
    case .thinkingBudget: "auto, or tokens; 0 is no thinking"
    case .verbosity: GenerationOptions.Verbosity.allCases.map(\.rawValue).joined(separator: ", ")
    case .responseFormat: "text, json, or a JSON Schema"
    case .cache: GenerationOptions.Cache.allCases.map(\.rawValue).joined(separator: " or ")
    case .body: "fields of the provider's own"
    }
  }
}
