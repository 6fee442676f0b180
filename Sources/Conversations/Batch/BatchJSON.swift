import JSON

/// As it is kept.
extension BatchPlan {
  public var json: JSON {
    var members: [String: JSON] = [
      "models": .array(models.map(Self.json)),
      "readers": .array(readers.map(Self.json)),
      "jobs": .int(jobs),
    ]
    if !options.isEmpty { members["options"] = options.json }
    if let budget { members["budget"] = .double(budget) }
    if let synthesis {
      members["synthesis"] = ["judge": .string(synthesis.judge), "template": .string(synthesis.template)]
    }
    return .object(members)
  }

  /// `nil` for what is none.
  public init?(_ json: JSON) {
    guard let elements = json["models"]?.array else { return nil }
    let models = elements.compactMap(Self.model)
    guard models.count == elements.count, !models.isEmpty else { return nil }
    self.init(
      models: models, readers: (json["readers"]?.array ?? []).compactMap(Self.model),
      options: json["options"].map(GenerationOptions.init(stored:)) ?? GenerationOptions(),
      jobs: max(1, json["jobs"]?.int ?? 1), budget: json["budget"]?.double,
      synthesis: json["synthesis"].flatMap { reading in
        guard let judge = reading["judge"]?.string, let template = reading["template"]?.string else { return nil }
        return Reading(judge: judge, template: template)
      })
  }

  private static func json(_ model: Model) -> JSON {
    [
      "provider": .string(model.reference.provider), "name": .string(model.reference.name),
      "price": model.price.map(json) ?? .null,
    ]
  }

  private static func model(_ json: JSON) -> Model? {
    guard let provider = json["provider"]?.string, let name = json["name"]?.string else { return nil }
    return Model(ModelReference(provider: provider, name: name), price: json["price"].flatMap(price))
  }

  private static func json(_ price: Price) -> JSON {
    [
      "input": .double(price.input), "output": .double(price.output), "cached": JSON(price.cached),
      "cache_write": JSON(price.cacheWrite),
    ]
  }

  private static func price(_ json: JSON) -> Price? {
    guard let input = json["input"]?.double, let output = json["output"]?.double else { return nil }
    return Price(
      input: input, output: output, cached: json["cached"]?.double, cacheWrite: json["cache_write"]?.double)
  }
}

extension BatchRow {
  /// What is kept of it beside its title and the ids.
  public var json: JSON {
    var members: [String: JSON] = ["place": .string(place), "text": .string(text)]
    if let system { members["system"] = .string(system) }
    if !values.isEmpty { members["values"] = .object(values.mapValues(JSON.string)) }
    if !checks.isEmpty { members["checks"] = .array(checks.map(\.json)) }
    return .object(members)
  }

  /// Takes what ``json`` has written. `false` for what is none.
  public mutating func take(_ json: JSON) -> Bool {
    guard let place = json["place"]?.string, let text = json["text"]?.string else { return false }
    self.place = place
    self.text = text
    system = json["system"]?.string
    values = (json["values"]?.object ?? [:]).compactMapValues(\.string)
    // Each could be read when it was written.
    checks = (json["checks"]?.array ?? []).compactMap { try? BatchCheck($0) }
    return true
  }
}
