import FoundationEssentials

/// How a batch stands: rows by models. Cells are small, as there may be very many.
public struct BatchMatrix: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    public var title: String
    public var conversation: UUID

    public init(title: String, conversation: UUID) {
      self.title = title
      self.conversation = conversation
    }
  }

  public struct Cell: Hashable, Sendable {
    /// Of the newest attempt; `nil` where it has not been asked for.
    public var state: ReplyState?
    /// UTF-8 bytes of the answer.
    public var bytes: Int32
    public var passed: UInt8
    public var failed: UInt8
    /// Of all attempts together.
    public var cost: Float

    public init(state: ReplyState? = nil, bytes: Int = 0, passed: Int = 0, failed: Int = 0, cost: Double = 0) {
      self.state = state
      self.bytes = Int32(clamping: bytes)
      self.passed = UInt8(clamping: passed)
      self.failed = UInt8(clamping: failed)
      self.cost = Float(cost)
    }
  }

  public var batch: BatchSummary
  public var rows: [Row]
  /// Row by row.
  public var cells: [Cell]

  public init(batch: BatchSummary, rows: [Row], cells: [Cell]) {
    self.batch = batch
    self.rows = rows
    self.cells = cells
  }

  public subscript(row: Int, model: Int) -> Cell { cells[row * batch.models.count + model] }
}

/// A row of the list of batches.
public struct BatchSummary: Identifiable, Hashable, Sendable {
  public let id: UUID
  public var name: String
  public var createdAt: Date
  public var models: [ModelReference]
  public var rowCount: Int
  /// Cells by how they stand; those that were stopped or cut off are none of these.
  public var answered: Int
  public var failed: Int
  public var running: Int
  /// Checks of all cells.
  public var passedChecks: Int
  public var failedChecks: Int
  /// Of answers and what was asked to judge them, as far as their models have prices.
  public var cost: Double
  /// A process works on it.
  public var isRunning: Bool

  public init(
    id: UUID, name: String, createdAt: Date, models: [ModelReference], rowCount: Int, answered: Int = 0,
    failed: Int = 0, running: Int = 0, passedChecks: Int = 0, failedChecks: Int = 0, cost: Double = 0,
    isRunning: Bool = false
  ) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
    self.models = models
    self.rowCount = rowCount
    self.answered = answered
    self.failed = failed
    self.running = running
    self.passedChecks = passedChecks
    self.failedChecks = failedChecks
    self.cost = cost
    self.isRunning = isRunning
  }

  public var cellCount: Int { rowCount * models.count }
}
