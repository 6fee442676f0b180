import FoundationEssentials
import JSON

/// Many prompts, each put before the same models: a conversation a row.
public struct Batch: Identifiable, Hashable, Sendable {
  public let id: UUID
  /// The file's name without its ending.
  public var name: String
  public var createdAt: Date
  public var plan: BatchPlan
  public var rows: [BatchRow]

  public init(id: UUID, name: String, createdAt: Date, plan: BatchPlan, rows: [BatchRow]) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
    self.plan = plan
    self.rows = rows
  }

  /// By which its conversations are found: the name, and as much of the id as tells it from others.
  public var tag: String {
    let word = name.map { $0.isLetter || $0.isNumber ? $0 : "-" }.prefix(30)
    return String(word) + "-" + id.uuidString.lowercased().prefix(8)
  }
}

/// What holds for all rows of a batch.
public struct BatchPlan: Hashable, Sendable {
  public struct Model: Hashable, Sendable {
    public var reference: ModelReference
    /// As it was when the batch was made, so that what it has cost does not change with the price.
    public var price: Price?

    public init(_ reference: ModelReference, price: Price? = nil) {
      self.reference = reference
      self.price = price
    }
  }

  public var models: [Model]
  /// Who judges and reads answers besides, with their prices.
  public var readers: [Model]
  /// What the models are to heed beyond what models.yaml says.
  public var options: GenerationOptions
  /// Answers that are asked for at once.
  public var jobs: Int
  /// What may be spent; `nil` for no limit.
  public var budget: Double?
  /// Who reads the answers of each row, and how.
  public var synthesis: Reading?

  /// What the prompts are called that have an answer judged, as the ways of ``Synthesis/template`` are.
  public static let judging = "judge"

  public struct Reading: Hashable, Sendable {
    public var judge: String
    public var template: String

    public init(judge: String, template: String) {
      self.judge = judge
      self.template = template
    }
  }

  /// What a reply has cost; `nil` while nobody knows, or where its model has no price.
  public func cost(of usage: Usage, by model: ModelReference) -> Double? {
    (models + readers).first { $0.reference == model }?.price?.cost(of: usage)
  }

  public init(
    models: [Model], readers: [Model] = [], options: GenerationOptions = GenerationOptions(), jobs: Int = 8,
    budget: Double? = nil,
    synthesis: Reading? = nil
  ) {
    self.models = models
    self.readers = readers
    self.options = options
    self.jobs = jobs
    self.budget = budget
    self.synthesis = synthesis
  }
}

/// One prompt of a batch. Where it is kept is settled before it is sent, so that nothing has to be noted afterwards.
public struct BatchRow: Hashable, Sendable {
  public var conversation: UUID
  public var prompt: UUID
  /// Where it stands, for messages and reports: `cities.jsonl:3`.
  public var place: String
  public var title: String
  public var text: String
  public var system: String?
  /// What the text was filled with.
  public var values: [String: String]
  public var checks: [BatchCheck]

  public init(
    conversation: UUID = UUID(), prompt: UUID = UUID(), place: String, title: String, text: String,
    system: String? = nil, values: [String: String] = [:], checks: [BatchCheck] = []
  ) {
    self.conversation = conversation
    self.prompt = prompt
    self.place = place
    self.title = title
    self.text = text
    self.system = system
    self.values = values
    self.checks = checks
  }

  /// What an answer must fit, if a check says so: providers can be asked for that.
  public var schema: JSON? {
    for check in checks where !check.isNegated {
      if case .json(let schema?) = check.test { return schema }
    }
    return nil
  }
}
