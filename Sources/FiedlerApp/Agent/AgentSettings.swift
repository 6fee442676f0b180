import Basics
import ConfigurationReading
import ConversationStore
import Conversations
import FoundationEssentials
import GodotLog
import JSON
import SendEngine
import Settings
import Synchronization

/// The tools that tell and change what agents have chosen, and the keys.
extension AgentTools {
  /// Where sends get their folders.
  var outputDirectory: String {
    current.withLock { $0.outputDirectory } ?? "\(services.paths.dataDirectory)/output"
  }

  func listModels() throws -> JSON {
    let registry = try services.registry()
    let chosen = current.withLock { $0.models }
    let asked = chosen.isEmpty ? registry.defaults : try registry.resolve(chosen).models
    return ["models": ListingText.json(registry), "chosen": .array(asked.map { .string($0.reference.description) })]
  }

  /// Every name must mean a model.
  func setModels(_ names: [String]) throws -> JSON {
    let models = try services.registry().resolve(names).models
    try change { $0.models = names }
    return ["models": .array(models.map { .string($0.reference.description) })]
  }

  /// Makes the folder where it is missing, so that what is wrong with it is said now.
  func setOutput(_ directory: String) throws -> JSON {
    let home = services.paths.home
    let path = directory == "~" ? home : directory.hasPrefix("~/") ? home + directory.dropFirst(1) : directory
    guard path.isAbsolutePath else { throw AgentRefusal("output_dir must be an absolute path, or begin with ~/") }
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw AgentRefusal("\(path) cannot be made: a file has that name, or its parent may not be written")
    }
    try change { $0.outputDirectory = path }
    return ["output_dir": .string(path)]
  }

  private func change(_ body: (inout AgentState) -> Void) throws {
    var next = current.withLock(\.self)
    body(&next)
    try file.write(next)
    current.withLock { $0 = next }
  }

  func configuration() throws -> JSON {
    let limits = try services.attachmentLimits()
    return [
      "models": try listModels()["chosen"] ?? [],
      "output_dir": .string(outputDirectory),
      "models_file": .string(services.paths.modelsFile),
      "config_file": .string(services.paths.settingsFile),
      "keys_file": .string(services.paths.keysFile),
      "history": .string(services.store.path),
      "godot": .string("\(services.logger.health.state)"),
      "limits": [
        "files": .int(limits.maximumFiles), "bytes": .int(limits.maximumBytes), "lines": .int(limits.maximumLines),
        "models_at_once": JSON(try services.mostWorkers()),
        "allowed_roots": .array(limits.allowedRoots.map(JSON.string)),
      ],
      "version": .string(Version.text),
    ]
  }

  // MARK: Keys

  /// Keeps or, with `nil`, deletes a provider's key.
  func setKey(_ key: String?, of provider: String?) async throws -> JSON {
    let provider = provider ?? ""
    let known = try services.registry().providers.map(\.name) + ConfiguredProvider.knownNames
    guard known.contains(provider) else {
      let nearest = Suggestions.nearest(to: provider, in: known, limit: 1).first.map { "; did you mean \($0)?" } ?? ""
      throw AgentRefusal("There is no provider \(provider.quoted)\(nearest)")
    }
    if let key, key.isEmpty || key.contains(where: \.isNewline) { throw AgentRefusal("The key is empty or has lines") }
    let had = try KeyFile.providers(path: services.paths.keysFile).contains(provider)
    try KeyFile.set(key, of: provider, path: services.paths.keysFile)
    await services.keys.forget(provider)
    let word = key == nil ? (had ? "deleted" : "not there") : "kept"
    return ["provider": .string(provider), "key": .string(word), "file": .string(services.paths.keysFile)]
  }

  func listKeys() async -> JSON {
    let reports = await services.keys.reports()
    return [
      "keys": .array(
        reports.map { report in
          let state =
            switch report.outcome {
            case .found: "found"
            case .notNeeded: "not needed"
            case .missing: "missing"
            case .failed: "failed"
            }
          return [
            "provider": .string(report.provider), "state": .string(state), "words": .string(report.description),
          ]
        })
    ]
  }

  // MARK: The history

  func search(_ arguments: JSON) async throws -> JSON {
    let found = try await services.history(
      HistoryQuery(arguments["query"]?.string ?? ""), limit: arguments["limit"]?.int ?? 20)
    return ["conversations": ListingText.json(found)]
  }

  func get(_ id: String) async throws -> JSON {
    ConversationText.json(try await services.conversation(matching: id))
  }
}

/// Why a tool's arguments lead nowhere, in plain words.
struct AgentRefusal: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
