import Canvas
import Conversations
import FoundationEssentials

/// Batches, and of one that is opened the matrix: its rows by its models, whichever process asks them.
struct BatchScreen: Screen {
  /// `nil` until they have been read.
  private(set) var batches: [BatchSummary]?
  private(set) var matrix: BatchMatrix?
  /// Where the list stands while a matrix is shown.
  private(set) var selectedBatch = 0
  private(set) var row = 0
  private(set) var column = 0
  /// The first row and model that are shown.
  private(set) var firstRow = 0
  private(set) var firstColumn = 0
  private var watched: UUID?
  /// Whose panes are to be shown as soon as it is read, and which model's answer of it.
  private var opening: (conversation: UUID, model: ModelReference)?

  func contexts(_ world: World) -> [KeyContext] { [.batch, .list, .screens, .everywhere] }

  // MARK: Moving

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    if let matrix {
      let step = motion.step(page: max(1, BatchLayout(Self.room(world, world.size), matrix).rows - 1))
      row = max(0, min(row + step, matrix.rows.count - 1))
    } else {
      let step = motion.step(page: max(1, BatchLayout.listRows(Self.room(world, world.size)) - 1))
      selectedBatch = max(0, min(selectedBatch + step, (batches?.count ?? 0) - 1))
    }
    settle(world)
    return []
  }

  mutating func moveColumn(by step: Int, _ world: World) -> [Effect] {
    guard let matrix else { return [] }
    column = max(0, min(column + step, matrix.batch.models.count - 1))
    settle(world)
    return []
  }

  /// To the next cell in reading order that has no answer though it was asked for, or fails a check; behind the last
  /// one comes the first.
  mutating func moveToTrouble(_ world: inout World) -> [Effect] {
    guard let matrix, !matrix.cells.isEmpty else { return [] }
    let columns = matrix.batch.models.count
    let here = row * columns + column
    let found = (1...matrix.cells.count).lazy.map { (here + $0) % matrix.cells.count }.first { place in
      matrix.cells[place].isTrouble
    }
    guard let found else {
      world.show("Nothing has failed")
      return []
    }
    (row, column) = (found / columns, found % columns)
    settle(world)
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    step == 0 ? [] : move(.rows(step.signum()), &world)
  }

  /// Keeps what is selected within what there is, and in sight.
  mutating func settle(_ world: World) {
    selectedBatch = max(0, min(selectedBatch, (batches?.count ?? 0) - 1))
    guard let matrix else { return }
    let layout = BatchLayout(Self.room(world, world.size), matrix)
    row = max(0, min(row, matrix.rows.count - 1))
    column = max(0, min(column, matrix.batch.models.count - 1))
    firstRow = max(0, min(firstRow, row, matrix.rows.count - layout.rows))
    if layout.rows > 0 { firstRow = max(firstRow, row - layout.rows + 1) }
    firstColumn = max(0, min(firstColumn, column, matrix.batch.models.count - layout.columns))
    firstColumn = max(firstColumn, column - layout.columns + 1)
  }

  // MARK: Opening and leaving

  var canOpen: Bool { matrix != nil || batches?.isEmpty == false }

  /// The matrix of a batch, or the panes of a cell's conversation.
  mutating func open(_ world: inout World) -> [Effect] {
    guard let matrix else {
      guard let batches, batches.indices.contains(selectedBatch) else { return [] }
      watched = batches[selectedBatch].id
      return [.watchBatch(batches[selectedBatch].id)]
    }
    guard matrix.rows.indices.contains(row) else { return [] }
    guard matrix[row, column].state != nil else {
      world.show("It has not been asked yet")
      return []
    }
    opening = (matrix.rows[row].conversation, matrix.batch.models[column])
    return [.openConversation(matrix.rows[row].conversation)]
  }

  mutating func close(_ world: inout World) -> [Effect] {
    guard matrix != nil else {
      world.leave()
      return []
    }
    matrix = nil
    watched = nil
    (row, column, firstRow, firstColumn) = (0, 0, 0, 0)
    return [.watchBatch(nil), .loadBatches]
  }

  func left(_ world: World) -> [Effect] { [.watchBatch(nil)] }

  mutating func cover() { opening = nil }

  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect] {
    switch message {
    case .batchesLoaded(let found): batches = found
    case .matrixLoaded(let found) where found.batch.id == watched: matrix = found
    case .batchesFailed(let why):
      world.show(why, .error)
      if batches == nil { batches = [] }
    case .conversationLoaded(let loaded) where loaded.id == opening?.conversation:
      let model = opening?.model
      opening = nil
      if isShown { show(loaded, model, &world) }
    case .loadFailed: opening = nil
    default: break
    }
    return []
  }

  private func show(_ conversation: Conversation, _ model: ModelReference?, _ world: inout World) {
    world.then { app in
      let effects = app.leaveScreens()
      app.open(conversation, continues: false)
      if let exchange = conversation.exchanges.first {
        let reply = exchange.replies.last { $0.model == model }
        app.compose.reveal = ConversationPlace(exchange: exchange.id, reply: reply?.id)
      }
      return effects + [.title(conversation.title)]
    }
  }

  func meant(_ world: World) -> MeantConversation? {
    guard let matrix, matrix.rows.indices.contains(row), matrix[row, column].state != nil else { return nil }
    return MeantConversation(id: matrix.rows[row].conversation, title: matrix.rows[row].title, isPinned: false)
  }

  var hintsOwnKeysFirst: Bool { matrix != nil }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    BatchView(screen: self, world: look.world, theme: look.theme).draw(Self.room(look.world, size), &frame)
  }

  /// All but the status bar.
  private static func room(_ world: World, _ size: Size) -> Size {
    let room = world.room(in: size)
    return Size(width: room.width, height: max(0, room.height - 1))
  }
}

extension BatchMatrix.Cell {
  /// It was asked for and has no answer, or the answer fails a check.
  var isTrouble: Bool { failed > 0 || (state.map { $0.isFinal && $0 != .success } ?? false) }
}

/// Where a matrix stands in its room: as many of its models as have space, the titles of the rows before them.
struct BatchLayout {
  /// Rows and models in sight.
  let rows: Int
  let columns: Int
  let titleWidth: Int
  let columnWidth: Int
  let hasDetails: Bool

  /// What a cell takes at least, and what it has no use for more of.
  static let narrowest = 9
  static let widest = 26

  init(_ size: Size, _ matrix: BatchMatrix) {
    // The head, the box, the models' names, and the line about what is selected where there is room for it.
    hasDetails = size.height >= 9
    rows = max(0, size.height - (hasDetails ? 5 : 4))
    let width = max(0, size.width - 2)
    let models = max(1, matrix.batch.models.count)
    titleWidth = min(width, max(width / 3, min(width - models * Self.widest, 60), 10))
    let room = width - titleWidth
    columns = max(1, min(models, room / Self.narrowest))
    columnWidth = min(Self.widest, room / columns)
  }

  /// Rows of the list of batches.
  static func listRows(_ size: Size) -> Int { max(0, size.height - 3) }
}
