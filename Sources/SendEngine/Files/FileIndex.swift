import ConfigurationReading
import FoundationEssentials
import Glibc

/// The names of the files and folders below a folder, for finding one by a few of its letters.
///
/// Left out are hidden ones, what `.gitignore` files and `.git/info/exclude` leave out, and what lies behind symbolic
/// links to folders.
public struct FileIndex: Sendable {
  /// All paths, one behind the other, relative to the folder, folders with a slash at their end.
  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// Whether there was more than the limit.
  public private(set) var isCut = false

  public var count: Int { entries.count }

  var paths: [String] { entries.map { FileName.text(Array(path($0))) } }

  /// The files alone, without the folders.
  var files: [String] {
    entries.map { path($0) }.filter { $0.last != UInt8(ascii: "/") }.map { FileName.text(Array($0)) }
  }

  private struct Entry {
    var start: UInt32
    var count: UInt16
    /// Where the last name begins.
    var name: UInt16
    /// The letters and digits in it: ``PathPattern/letters(of:)``.
    var letters: UInt64
  }

  /// Walks the folder, nearest names first. Blocks on the disk; folders that cannot be read are left out.
  public init(of directory: String, limit: Int = 100_000) {
    let roots = Ignoring(above: directory)
    var waiting: [(path: [UInt8], ignoring: Ignoring)] = [([], roots)]
    var next = 0
    while next < waiting.count {
      let (path, inherited) = waiting[next]
      waiting[next] = ([], roots)
      next += 1
      let place = path.isEmpty ? directory : directory + "/" + String(decoding: path, as: UTF8.self)
      guard let found = Self.entries(of: place) else { continue }
      let depth = path.count { $0 == UInt8(ascii: "/") }
      let ignoring = found.hasRules ? inherited.adding(contentsOf: place, depth: depth) : inherited
      for (name, isDirectory) in found.names {
        guard !ignoring.ignores(name, in: path, isDirectory: isDirectory) else { continue }
        guard entries.count < limit else {
          isCut = true
          return
        }
        let own = path + name + (isDirectory ? [UInt8(ascii: "/")] : [])
        guard own.count < UInt16.max else { continue }
        append(own, nameAt: path.count)
        if isDirectory { waiting.append((own, ignoring)) }
      }
    }
  }

  private mutating func append(_ path: [UInt8], nameAt name: Int) {
    let entry = Entry(
      start: UInt32(bytes.count), count: UInt16(path.count), name: UInt16(name), letters: PathPattern.letters(of: path))
    entries.append(entry)
    bytes += path
  }

  /// The names in the folder itself, as ``search(_:limit:)`` writes them.
  public var top: Set<String> {
    // They come first.
    Set(entries.prefix { $0.name == 0 }.map { FileName.text(Array(path($0))) })
  }

  /// Whether what is typed can only mean something below the folder: neither `/…`, `~…`, `./…` nor `../…`, nor hidden.
  public static func isBelow(_ typed: String) -> Bool {
    !typed.isEmpty && !["/", "~", "."].contains { typed.hasPrefix($0) }
  }

  private func path(_ entry: Entry) -> ArraySlice<UInt8> {
    bytes[Int(entry.start)..<Int(entry.start) + Int(entry.count)]
  }

  /// The names in a folder that are not hidden, in their order, and whether it has a `.gitignore`.
  private static func entries(of directory: String) -> (names: [(name: [UInt8], isDirectory: Bool)], hasRules: Bool)? {
    guard let stream = opendir(directory) else { return nil }
    defer { closedir(stream) }
    var names: [([UInt8], Bool)] = []
    var hasRules = false
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { name in
          UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) }
        }
      }
      guard name.first != UInt8(ascii: ".") else {
        if name.elementsEqual(".gitignore".utf8) { hasRules = true }
        continue
      }
      var kind = Int32(entry.pointee.d_type)
      if kind == DT_UNKNOWN || kind == DT_LNK {
        var status = stat()
        guard stat(directory + "/" + String(decoding: name, as: UTF8.self), &status) == 0 else { continue }
        // A linked folder may lead back up.
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard !(isFolder && kind == DT_LNK) else { continue }
        kind = Int32(isFolder ? DT_DIR : status.st_mode & S_IFMT == S_IFREG ? DT_REG : DT_CHR)
      }
      if kind == DT_DIR { names.append((name, true)) } else if kind == DT_REG { names.append((name, false)) }
    }
    return (names.sorted { $0.0.lexicographicallyPrecedes($1.0) }, hasRules)
  }

  /// The paths that have the typed letters in their order, best first: whole runs, beginnings of words, the last name
  /// rather than the folders, short rather than long. Case counts where a capital was typed.
  public func search(_ typed: String, limit: Int = 50) -> [PathCandidate] {
    let pattern = PathPattern(typed)
    guard !pattern.isEmpty else { return [] }
    var best: [(score: Int, entry: Int)] = []
    bytes.withUnsafeBufferPointer { bytes in
      for (index, entry) in entries.enumerated() where pattern.letters & ~entry.letters == 0 {
        let path = UnsafeBufferPointer(rebasing: bytes[Int(entry.start)..<Int(entry.start) + Int(entry.count)])
        guard let score = pattern.score(path, nameAt: Int(entry.name)) else { continue }
        best.append((score, index))
      }
    }
    // In the order of the walk where they match alike.
    best.sort { ($1.score, $0.entry) < ($0.score, $1.entry) }
    return best.prefix(limit).map { found in
      let entry = entries[found.entry]
      return PathCandidate(
        path: FileName.text(Array(path(entry))),
        matched: pattern.places(Array(path(entry)), nameAt: Int(entry.name)))
    }
  }
}

/// A path that could be meant.
public struct PathCandidate: Hashable, Sendable {
  /// As the user would write it; folders with a slash at their end.
  public var path: String
  /// The characters of it that were typed, counted from 0.
  public var matched: [Int]

  public init(path: String, matched: [Int] = []) {
    self.path = path
    self.matched = matched
  }
}
