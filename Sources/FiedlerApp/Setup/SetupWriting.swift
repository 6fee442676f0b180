import Basics
import ConfigurationReading
import Conversations
import Digest
import FoundationEssentials
import Interchange
import JSON
import SendEngine
import Settings

extension Setup {
  /// What was written.
  public struct Written: Sendable {
    public var modelsFile: String
    /// Where the key that was typed is kept; `nil` where none was.
    public var keyPlace: KeyKeeping.Place?
    /// The models that can be asked now, in full.
    public var models: [String]
  }

  /// What `models.yaml` would be. Throws ``Failure`` where it cannot be added to, or a `ConfigurationError` for a file
  /// that is broken already.
  public func text(
    _ provider: ConfiguredProvider, _ models: [ListedModel], keyIsTyped: Bool = false
  ) async throws -> String {
    try text(provider, models, keyWords: await keyWords(of: provider, keyIsTyped: keyIsTyped))
  }

  private func keyWords(of provider: ConfiguredProvider, keyIsTyped: Bool) async -> String {
    switch await key(of: provider).outcome {
    case _ where keyIsTyped: "the key is kept by `fiedler keys`"
    case .found(let source): "the key comes from \(source)"
    case .notNeeded, .missing, .failed: provider.requiresKey ? "needs a key" : "needs no key"
    }
  }

  private func text(_ provider: ConfiguredProvider, _ models: [ListedModel], keyWords: String) throws -> String {
    let own = try registry()
    let isAtHome = ConfiguredProvider.knownProviders.contains {
      $0.name == provider.name && $0.baseURL == provider.baseURL
    }
    let written = ModelsText(
      provider: provider, models: models,
      baseURL: isAtHome || provider.baseURLVariable != nil ? nil : provider.baseURL, keyWords: keyWords)
    let path = paths.modelsFile
    guard let own else { return written.file(schema: paths.modelsSchemaFile) }
    func refused(_ why: String) -> Failure { .cannotAdd(path: path, why: why, block: written.block(indent: 2)) }
    guard !own.providers.contains(where: { $0.name == provider.name && $0.kind != .demo }) else {
      throw refused("it has \(provider.name) already")
    }
    let text: String
    do throws(YAMLAddition.Refusal) {
      text = try written.added(to: try Self.content(path))
    } catch { throw refused(error.reason) }
    // Whatever the file looks like: what was meant is in it, and all else is as before.
    let read = try? ModelRegistry.parse(text, file: path, environment: environment.variables)
    let isWhole = models.allSatisfy { model in
      read?.models.contains { $0.reference.provider == provider.name && $0.reference.name == model.name } == true
    }
    guard let read, isWhole, own.models.allSatisfy({ $0.kind == .demo || read.models.contains($0) })
    else {
      throw refused("it is written in a way that only an editor can add to")
    }
    return text
  }

  static func content(_ path: String) throws(YAMLAddition.Refusal) -> String {
    guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self)
    else {
      throw YAMLAddition.Refusal(reason: "it is no text in UTF-8")
    }
    return text
  }

  /// Writes the provider and its models into `models.yaml`, and keeps a key that was typed and what was listed. Throws
  /// as ``text(_:_:keyIsTyped:)`` before anything is changed, or what the disk or the keyring says.
  public func write(
    _ provider: ConfiguredProvider, _ models: [ListedModel], listed: [ListedModel], key: String? = nil
  ) async throws -> Written {
    let words = await keyWords(of: provider, keyIsTyped: key != nil)
    let place = try alone {
      let text = try text(provider, models, keyWords: words)
      try record(text, keyOf: key == nil ? nil : provider.name)
      let place = try key.map {
        try KeyKeeping(file: paths.keysFile, environment: environment.variables).set($0, of: provider.name)
      }
      try Self.replace(paths.modelsFile, with: text)
      return place
    }
    // What was just listed need not be asked for again.
    try ModelRefresh(environment).keep([provider.name: listed])
    try Self.replace(paths.modelsSchemaFile, with: ModelRegistry.schema.text + "\n")
    return Written(
      modelsFile: paths.modelsFile, keyPlace: place, models: models.map { "\(provider.name)/\($0.name)" })
  }

  /// Runs `body` while no other process changes `models.yaml` by setup: what that puts there would be lost.
  func alone<Value>(_ body: () throws -> Value) throws -> Value {
    try paths.createDirectories()
    return try FileLock.held(at: "\(paths.stateDirectory)/setup.lock", body)
  }

  /// Remembers what `models.yaml` is about to become, so that it can be taken back. The record comes first: what it
  /// tells of and was not written is no harm, what was written and not told of would be.
  func record(_ text: String, keyOf provider: String?) throws {
    let before = FileManager.default.contents(atPath: paths.modelsFile).map { String(decoding: $0, as: UTF8.self) }
    let record = SetupRecord(paths)
    let steps = try record.read()
    let step = SetupRecord.Step(file: paths.modelsFile, digest: SHA256.text(text), before: before, keyOf: provider)
    try record.write(steps + [step])
  }

  /// Takes back what ``write(_:_:listed:key:)`` or ``save(_:)`` did last. Returns what was done, a line each. Throws
  /// ``Failure`` where the file has been changed since; then all stays, and the text from before is put beside it.
  public func undo() throws -> [String] { try alone(undoneStep) }

  private func undoneStep() throws -> [String] {
    let record = SetupRecord(paths)
    var steps = try record.read()
    guard let step = steps.popLast() else { throw Failure.nothingToUndo }
    let present = FileManager.default.contents(atPath: step.file).map { String(decoding: $0, as: UTF8.self) }
    var done: [String] = []
    if present == step.before {
      done.append("\(step.file) is as it was before")
    } else if let present, SHA256.text(present) != step.digest {
      let copy = "\(step.file).before-setup"
      try Self.replace(copy, with: step.before ?? "")
      throw Failure.changedSince(path: step.file, copy: copy)
    } else if let before = step.before {
      try Self.replace(step.file, with: before)
      done.append("\(step.file) is as it was before")
    } else {
      try FileManager.default.removeItem(atPath: step.file)
      done.append("\(step.file) is removed")
    }
    if let provider = step.keyOf,
      try KeyKeeping(file: paths.keysFile, environment: environment.variables).delete(provider)
    {
      done.append("the key of \(provider) is forgotten")
    }
    try record.write(steps)
    return done
  }

  static func replace(_ path: String, with text: String) throws {
    let file = try ReplacementFile(path: path)
    try file.write(text)
    try file.finish()
  }
}
