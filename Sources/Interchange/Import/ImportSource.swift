import Conversations
import FoundationEssentials

/// What can be imported, found out by looking at a path.
public indirect enum ImportSource: Sendable {
  /// A file of ``ConversationJSON`` or `ForeignConversation`.
  case json(path: String)
  /// A folder of one conversation, as ``ConversationFolder`` writes it.
  case conversationFolder(path: String)
  /// One send's folder of an earlier Fiedler.
  case earlierFolder(path: String)
  /// The log of the command-line tool `llm`.
  case llmLog(path: String)
  /// A session of Claude Code or Codex.
  case session(path: String, SessionKind)
  /// A folder with several of them, and how many files there are not.
  case several(path: String, [ImportSource], passedOver: Int)
  /// What was unpacked of `path`, which is what users know.
  case unpacked(path: String, UnpackedFolder, ImportSource, omissions: [String: Int], losses: [ImportProblem])

  /// Throws if nothing fits; the reason says what was looked for. `-` is standard input, which is read here to its end,
  /// as a FIFO is.
  public static func find(at path: String) throws(ImportProblem) -> ImportSource {
    if let name = PackedSource.streamName(path) {
      let folder = try UnpackedFolder()
      let file = try PackedSource.stream(path, into: folder)
      do throws(ImportProblem) {
        return .unpacked(path: name, folder, try self.file(file), omissions: [:], losses: [])
      } catch {
        throw error.named(file, as: name)
      }
    }
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw ImportProblem(path, "no such file or folder")
    }
    guard isDirectory else { return try file(path) }
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    if let source = folder(path, isNamed: false) { return source }
    var walk = FolderWalk()
    let found = try walk.sources(in: path)
    guard !found.isEmpty else {
      throw ImportProblem(
        path,
        """
        there is nothing to import in this folder. Looked for, at any depth: conversation.json (an exported folder), \
        summary.json (a folder of an earlier Fiedler), logs.db (of the llm tool), and files ending in .json or .jsonl with \
        conversations of Fiedler, ChatGPT, Claude or Open WebUI or sessions of Claude Code or Codex.
        """)
    }
    return .several(path: path, found, passedOver: walk.passedOver)
  }

  /// A folder by what it holds, or, if `isNamed`, by its name alone: what is missing in it is told when it is read.
  fileprivate static func folder(_ path: String, isNamed: Bool) -> ImportSource? {
    func holds(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
    if holds(ConversationFolder.json) { return .conversationFolder(path: path) }
    let name = lastPart(path)
    if EarlierFolder.isName(name) || holds(EarlierFolder.summary) && (!isNamed || EarlierFolder.isMeant(path)) {
      return .earlierFolder(path: path)
    }
    if ConversationFolder.isName(name) { return .conversationFolder(path: path) }
    return nil
  }

  private static func file(_ path: String) throws(ImportProblem) -> ImportSource {
    if lastPart(path) == EarlierFolder.summary {
      let folder = path.contains("/") ? String(path.dropLast(EarlierFolder.summary.count + 1)) : "."
      return .earlierFolder(path: folder)
    }
    let beginning = try InputFile(path).next(1 << 16)
    if PackedSource.isZIP(beginning) { return try zip(path) }
    if PackedSource.isGzip(beginning) {
      let folder = try UnpackedFolder()
      let file = try PackedSource.gunzip(path, into: folder)
      do throws(ImportProblem) {
        return .unpacked(path: path, folder, try self.file(file), omissions: [:], losses: [])
      } catch {
        throw error.named(file, as: path)
      }
    }
    if let source = Self.source(path, beginning) { return source }
    if first(beginning) == UInt8(ascii: "{") || first(beginning) == UInt8(ascii: "[") { return .json(path: path) }
    throw ImportProblem(
      path,
      """
      it is nothing that can be imported. Looked for: conversations as JSON (one, an array, or one a line; of Fiedler, \
      ChatGPT, Claude or Open WebUI), sessions of Claude Code or Codex (.jsonl), the SQLite log of the llm tool, the folders \
      of an export or of an earlier Fiedler, and these as .zip or .gz.
      """)
  }

  private static func zip(_ path: String) throws(ImportProblem) -> ImportSource {
    let folder = try UnpackedFolder()
    let (omissions, losses) = try PackedSource.unzip(path, into: folder)
    do throws(ImportProblem) {
      return .unpacked(path: path, folder, try find(at: folder.path), omissions: omissions, losses: losses)
    } catch {
      // What is damaged tells more than that nothing was found.
      throw losses.first ?? error.named(folder.path, as: path)
    }
  }

  private static func first(_ beginning: [UInt8]) -> UInt8? {
    beginning.drop { [0xEF, 0xBB, 0xBF, 0x20, 0x09, 0x0A, 0x0D].contains($0) }.first
  }

  /// What a file plainly is by its beginning.
  fileprivate static func source(_ path: String, _ beginning: [UInt8]) -> ImportSource? {
    if beginning.starts(with: Array("SQLite format 3\0".utf8)) { return .llmLog(path: path) }
    guard let first = first(beginning), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return nil }
    if first == UInt8(ascii: "{"), let kind = SessionFile.kind(of: beginning) { return .session(path: path, kind) }
    let marks = ["\"\(ConversationJSON.format)\"", "\"mapping\"", "\"chat_messages\"", "\"chat\""]
    let text = String(decoding: beginning, as: UTF8.self)
    return marks.contains(where: text.contains) ? .json(path: path) : nil
  }

  /// Begins to read. `models` tells what other programs' names for models mean, `zone` what times without one count as.
  public func reader(
    models: @escaping ModelNames, zone: LocalZone = .utc
  ) throws(ImportProblem) -> any ImportReader {
    switch self {
    case .json(let path): try JSONFileReader(path: path, models: models)
    case .conversationFolder(let path):
      try JSONFileReader(path: "\(path)/\(ConversationFolder.json)", name: path, count: 1)
    case .earlierFolder(let path): SingleReader { EarlierFolder.item(path, models: models, zone: zone) }
    case .session(let path, let kind): SingleReader { SessionFile.item(path, kind, models: models) }
    case .llmLog(let path): try LLMLogReader(path: path, models: models)
    case .several(_, let sources, let passedOver):
      SeriesReader(sources, models: models, zone: zone, passedOver: passedOver)
    case .unpacked(let path, let folder, let source, let omissions, let losses):
      UnpackedReader(
        try source.reader(models: models, zone: zone), path: path, folder: folder, omissions: omissions, losses: losses)
    }
  }

  /// How many items it has, as far as that is known without reading.
  fileprivate var count: Int? {
    switch self {
    case .conversationFolder, .earlierFolder, .session: 1
    case .json, .llmLog: nil
    case .unpacked(_, _, let source, _, let losses): losses.isEmpty ? source.count : nil
    case .several(_, let sources, _):
      sources.reduce(into: Int?(0)) { sum, source in
        guard let known = sum, let count = source.count else { return sum = nil }
        sum = known + count
      }
    }
  }
}

extension ImportProblem {
  /// Names what users know instead of where it was unpacked.
  fileprivate func named(_ path: String, as shown: String) -> ImportProblem {
    ImportProblem(name.replacing(path, with: shown), reason.replacing(path, with: shown))
  }
}

/// Looks through a folder and those in it.
private struct FolderWalk {
  private static let deepest = 16
  private static let mostFiles = 1_000_000

  var passedOver = 0
  private var files = 0

  mutating func sources(in path: String, depth: Int = 0) throws(ImportProblem) -> [ImportSource] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch {
      guard depth > 0 else { throw ImportProblem(path, "the folder cannot be read; check its permissions") }
      passedOver += 1
      return []
    }
    var sources: [ImportSource] = []
    for name in names {
      let child = "\(path)/\(name)"
      files += 1
      guard files <= Self.mostFiles else {
        throw ImportProblem(path, "there are more than \(Self.mostFiles) files in it; name a folder further in")
      }
      guard !name.hasPrefix(".") else { continue }
      var isDirectory = false
      guard FileManager.default.fileExists(atPath: child, isDirectory: &isDirectory) else { continue }
      if isDirectory {
        if let source = ImportSource.folder(child, isNamed: true) {
          sources.append(source)
        } else if depth < Self.deepest, !Self.isLink(child) {
          sources += try self.sources(in: child, depth: depth + 1)
        }
      } else if let source = file(child, name, depth) {
        sources.append(source)
      } else if !ExportedFiles.isOne(name) {
        passedOver += 1
      }
    }
    return sources
  }

  /// Links to folders are not followed: they may lead in a circle.
  private static func isLink(_ path: String) -> Bool {
    // What is none throws.
    (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
  }

  private func file(_ path: String, _ name: String, _ depth: Int) -> ImportSource? {
    if name == "logs.db" { return .llmLog(path: path) }
    guard [".json", ".jsonl", ".ndjson"].contains(where: name.lowercased().hasSuffix) else { return nil }
    // What a subagent of Claude Code said belongs to the session that asked it.
    guard !name.hasPrefix("agent-"), let beginning = try? InputFile(path).next(1 << 16) else { return nil }
    return ImportSource.source(path, beginning)
  }
}

/// A source with one item.
private final class SingleReader: ImportReader {
  let count: Int? = 1
  private var read: (() -> ImportItem)?

  init(_ read: @escaping () -> ImportItem) { self.read = read }

  func next() -> ImportItem? {
    defer { read = nil }
    return read?()
  }
}

/// Sources one after another, each opened when it is its turn.
private final class SeriesReader: ImportReader {
  let count: Int?
  let passedOver: [String: Int]
  private var waiting: ArraySlice<ImportSource>
  private var current: (any ImportReader)?
  private let models: ModelNames
  private let zone: LocalZone
  private var inner: [String: Int] = [:]

  init(_ sources: [ImportSource], models: @escaping ModelNames, zone: LocalZone, passedOver: Int) {
    count = ImportSource.several(path: "", sources, passedOver: 0).count
    waiting = sources[...]
    self.models = models
    self.zone = zone
    self.passedOver = passedOver > 0 ? ["files that are nothing to import": passedOver] : [:]
  }

  var omissions: [String: Int] { passedOver.merging(inner, uniquingKeysWith: +) }

  func next() -> ImportItem? {
    while true {
      if let item = current?.next() { return item }
      inner.merge(current?.omissions ?? [:], uniquingKeysWith: +)
      current = nil
      guard let source = waiting.popFirst() else { return nil }
      do throws(ImportProblem) {
        current = try source.reader(models: models, zone: zone)
      } catch {
        return ImportItem(error)
      }
    }
  }
}

/// What was unpacked, named as users know it.
private final class UnpackedReader: ImportReader {
  var count: Int? { losses.isEmpty ? inner.count : nil }
  private let inner: any ImportReader
  private let path: String
  private let folder: UnpackedFolder
  private let own: [String: Int]
  private var losses: [ImportProblem]

  init(
    _ inner: any ImportReader, path: String, folder: UnpackedFolder, omissions: [String: Int], losses: [ImportProblem]
  ) {
    self.inner = inner
    self.path = path
    self.folder = folder
    self.own = omissions
    self.losses = losses
  }

  var omissions: [String: Int] { own.merging(inner.omissions, uniquingKeysWith: +) }

  func next() -> ImportItem? {
    if let loss = losses.popLast() { return ImportItem(loss) }
    guard var item = inner.next() else { return nil }
    item.name = shown(item.name)
    item.losses = item.losses.map { ImportProblem(shown($0.name), shown($0.reason)) }
    if case .failure(let problem) = item.result {
      item.result = .failure(ImportProblem(shown(problem.name), shown(problem.reason)))
    }
    return item
  }

  private func shown(_ text: String) -> String {
    text.replacing(folder.path + "/", with: path + ": ").replacing(folder.path, with: path)
  }
}
