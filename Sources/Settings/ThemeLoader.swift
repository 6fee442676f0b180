import Basics
import Canvas
import ConfigurationReading
import FoundationEssentials

/// Finds and reads themes: base16 and base24 schemes of tinted-theming, in the form with a `palette`
/// (https://github.com/tinted-theming/home/blob/main/builder.md) and in the older flat one.
public struct ThemeLoader: Sendable {
  /// A theme; it has not been read yet.
  public struct Entry: Hashable, Sendable {
    /// Its file's name without the extension, by which the theme is chosen.
    public let slug: String
    /// Its file; `nil` for one that comes with the program.
    public let path: String?
  }

  /// Why a theme cannot be had.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No file has this slug and none inside has this name; `suggestions` are the nearest slugs.
    case unknown(name: String, suggestions: [String])
    case unreadable(ConfigurationError)

    public var description: String {
      switch self {
      case .unknown(let name, let suggestions):
        "no theme is called \(name.quoted)"
          + (suggestions.isEmpty
            ? ": `fiedler themes list` lists them" : "; did you mean \(suggestions.joined(separator: ", "))?")
      case .unreadable(let error): error.description
      }
    }
  }

  private let directories: [String]

  /// Looks in `directories` (``Paths/themeDirectories``) and in their folders `base16` and `base24`. The first file
  /// with a slug hides later ones, and a theme of that slug that comes with the program.
  public init(directories: [String]) { self.directories = directories }

  /// Every theme there is, by slug. Blocks on the disk.
  public func list() -> [Entry] {
    var entries = BuiltInThemes.texts.keys.reduce(into: [:]) { $0[$1] = Entry(slug: $1, path: nil) }
    for directory in directories.flatMap({ [$0, "\($0)/base16", "\($0)/base24"] }) {
      // Most of these folders do not exist on most machines; a missing one simply has no themes.
      for file in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
        guard let dot = file.lastIndex(of: "."), [".yaml", ".yml"].contains(file[dot...]), dot > file.startIndex else {
          continue
        }
        let slug = String(file[..<dot])
        guard FileObstacle(at: "\(directory)/\(file)") != .directory else { continue }
        if entries[slug]?.path == nil { entries[slug] = Entry(slug: slug, path: "\(directory)/\(file)") }
      }
    }
    return entries.values.sorted { $0.slug < $1.slug }
  }

  /// The theme with this slug, or else with this name inside its file, case and blanks not counting. Blocks on the
  /// disk.
  public func load(_ name: String) throws(Failure) -> Theme {
    let entries = list()
    let slug = Self.slug(name)
    if let entry = entries.first(where: { $0.slug == name }) ?? entries.first(where: { Self.slug($0.slug) == slug }) {
      return try load(entry)
    }
    for entry in entries {
      // A broken theme that nobody asked for must not keep another from being found.
      if let theme = try? load(entry), Self.slug(theme.name) == slug { return theme }
    }
    throw .unknown(name: name, suggestions: Suggestions.nearest(to: slug, in: entries.map(\.slug)))
  }

  /// Reads a theme that ``list()`` found. Blocks on the disk.
  public func load(_ entry: Entry) throws(Failure) -> Theme { try Self.check(entry).theme }

  /// Reads the theme in a file, with what in it is probably not meant. Blocks on the disk.
  public static func check(path: String) throws(Failure) -> (theme: Theme, warnings: [ConfigurationProblem]) {
    let file = path.lastPathPart ?? path
    let slug = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    return try check(Entry(slug: slug, path: path))
  }

  private static func check(_ entry: Entry) throws(Failure) -> (theme: Theme, warnings: [ConfigurationProblem]) {
    let document = try document(entry)
    let theme = try ThemeReader.theme(from: document, slug: entry.slug)
    return (theme, document.problems.warnings)
  }

  private static func document(_ entry: Entry) throws(Failure) -> YAMLDocument {
    guard let path = entry.path else {
      return YAMLDocument(text: BuiltInThemes.texts[entry.slug] ?? "", file: "\(entry.slug).yaml")
    }
    do throws(RegularFile.Failure) {
      return try YAMLDocument(path: path)
    } catch {
      let cause = ConfigurationProblem.Cause.unreadable(error.description)
      throw .unreadable(ConfigurationError([.init(.error, file: path, line: 0, key: "", cause)]))
    }
  }

  /// `Tokyo Night` and `tokyo-night` are the same.
  static func slug(_ name: String) -> String {
    name.lowercased().split(whereSeparator: { $0 == " " || $0 == "-" || $0 == "_" }).joined(separator: "-")
  }
}
