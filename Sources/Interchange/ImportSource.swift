import FoundationEssentials

/// What can be imported, found out by looking at a path.
public indirect enum ImportSource: Sendable {
  /// A file of ``ConversationJSON``.
  case json(path: String)
  /// A folder of one conversation, as ``ConversationFolder`` writes it.
  case conversationFolder(path: String)
  /// One send's folder of an earlier Fiedler.
  case earlierFolder(path: String)
  /// The log of the command-line tool `llm`.
  case llmLog(path: String)
  /// A folder with several of them.
  case several(path: String, [ImportSource])

  /// Throws if nothing fits; the reason says what was looked for.
  public static func find(at path: String) throws(ImportProblem) -> ImportSource {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw ImportProblem(path, "no such file or folder")
    }
    guard isDirectory else { return try file(path) }
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    if let source = folder(path, isNamed: false) { return source }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch {
      throw ImportProblem(path, "the folder cannot be read; check its permissions")
    }
    let sources = names.compactMap { name -> ImportSource? in
      let child = "\(path)/\(name)"
      var isDirectory = false
      guard !name.hasPrefix("."), FileManager.default.fileExists(atPath: child, isDirectory: &isDirectory) else {
        return nil
      }
      if isDirectory { return folder(child, isNamed: true) }
      if name == "logs.db" { return .llmLog(path: child) }
      return [".json", ".jsonl", ".ndjson"].contains(where: name.hasSuffix) ? .json(path: child) : nil
    }
    guard !sources.isEmpty else {
      throw ImportProblem(
        path,
        """
        there is nothing to import in this folder. Looked for: conversation.json (an exported folder), summary.json (a \
        folder of an earlier Fiedler), logs.db (of the llm tool), files ending in .json or .jsonl, and folders with these.
        """)
    }
    return .several(path: path, sources)
  }

  /// A folder by what it holds, or, if `isNamed`, by its name alone: what is missing in it is told when it is read.
  private static func folder(_ path: String, isNamed: Bool) -> ImportSource? {
    func holds(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
    if holds(ConversationFolder.json) { return .conversationFolder(path: path) }
    if holds(EarlierFolder.summary) { return .earlierFolder(path: path) }
    let name = lastPart(path)
    if EarlierFolder.isName(name) { return .earlierFolder(path: path) }
    if ConversationFolder.isName(name) { return .conversationFolder(path: path) }
    return nil
  }

  private static func file(_ path: String) throws(ImportProblem) -> ImportSource {
    if lastPart(path) == EarlierFolder.summary {
      return .earlierFolder(path: path.contains("/") ? String(path.dropLast(EarlierFolder.summary.count + 1)) : ".")
    }
    let beginning = try InputFile(path).next(4096)
    if beginning.starts(with: Array("SQLite format 3\0".utf8)) { return .llmLog(path: path) }
    let first = beginning.drop { [0xEF, 0xBB, 0xBF, 0x20, 0x09, 0x0A, 0x0D].contains($0) }.first
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return .json(path: path) }
    throw ImportProblem(
      path,
      """
      it is nothing that can be imported. Looked for: conversations as JSON (one, an array, or one a line), the \
      SQLite log of the llm tool, and the folders of an export or of an earlier Fiedler.
      """)
  }

  /// Begins to read. `models` tells what other programs' names for models mean.
  public func reader(models: @escaping ModelNames) throws(ImportProblem) -> any ImportReader {
    switch self {
    case .json(let path): try JSONFileReader(path: path)
    case .conversationFolder(let path):
      try JSONFileReader(path: "\(path)/\(ConversationFolder.json)", name: path, count: 1)
    case .earlierFolder(let path): SingleReader { EarlierFolder.item(path, models: models) }
    case .llmLog(let path): try LLMLogReader(path: path, models: models)
    case .several(_, let sources): SeriesReader(sources, models: models)
    }
  }

  /// How many items it has, as far as that is known without reading.
  fileprivate var count: Int? {
    switch self {
    case .conversationFolder, .earlierFolder: 1
    case .json, .llmLog: nil
    case .several(_, let sources):
      sources.reduce(into: Int?(0)) { sum, source in
        guard let known = sum, let count = source.count else { return sum = nil }
        sum = known + count
      }
    }
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
  private var waiting: ArraySlice<ImportSource>
  private var current: (any ImportReader)?
  private let models: ModelNames

  init(_ sources: [ImportSource], models: @escaping ModelNames) {
    count = ImportSource.several(path: "", sources).count
    waiting = sources[...]
    self.models = models
  }

  func next() -> ImportItem? {
    while true {
      if let item = current?.next() { return item }
      current = nil
      guard let source = waiting.popFirst() else { return nil }
      do throws(ImportProblem) {
        current = try source.reader(models: models)
      } catch {
        return ImportItem(error)
      }
    }
  }
}
