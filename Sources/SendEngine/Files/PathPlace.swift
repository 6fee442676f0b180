import Basics
import ConfigurationReading

/// Where paths count from.
struct PathPlace: Sendable {
  /// Absolute, no slash at the end.
  let directory: String
  let home: String?

  init(directory: String, home: String?) {
    self.directory = Self.normalized(directory)
    self.home = home
  }

  /// The path to open: `~` replaced, made absolute. `..` is left to the system, which follows symlinks first.
  func absolute(_ path: String) -> String {
    if let home, path == "~" || path.utf8.starts(with: "~/".utf8) {
      return home + String(path.unicodeScalars.dropFirst())
    }
    return path.isAbsolutePath ? path : "\(directory == "/" ? "" : directory)/\(path)"
  }

  /// Without `.`, `..` and doubled slashes, as far as that can be told from the text alone.
  static func normalized(_ path: String) -> String {
    var parts: [String] = []
    for part in path.pathParts() {
      switch part {
      case ".": continue
      case "..": parts.removeLast(parts.isEmpty ? 0 : 1)
      default: parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Whether a path is `root` or below it, byte for byte: names that look alike are two. Both absolute and normal.
  static func isInside(_ path: String, _ root: String) -> Bool {
    path.utf8.elementsEqual(root.utf8) || path.utf8.starts(with: (root == "/" ? "/" : root + "/").utf8)
  }
}

/// What the models are told a file is called.
struct AttachmentNaming {
  private let place: PathPlace
  private var taken: Set<String> = []

  init(_ place: PathPlace) { self.place = place }

  /// Relative to the working directory if the file is inside it, else its last part alone: never an absolute path.
  /// A name that is taken gets a number.
  mutating func name(for path: String) -> String {
    let absolute = PathPlace.normalized(place.absolute(path))
    let folder = place.directory.pathParts()
    let parts = absolute.pathParts()
    let isInside = PathPlace.isInside(absolute, place.directory) && parts.count > folder.count
    let relative = isInside ? parts.dropFirst(folder.count).joined(separator: "/") : parts.last ?? "file"
    let name = Self.printable(relative)
    var unique = name
    var number = 2
    while !taken.insert(unique).inserted {
      unique = Self.numbered(name, number)
      number += 1
    }
    return unique
  }

  /// A line end in a file's name must not forge the separators between files.
  private static func printable(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { scalar in
          if FileName.byte(scalar) != nil { return "\u{FFFD}" }
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: return "\u{FFFD}"
          default: return scalar
          }
        }))
  }

  /// `notes.txt` and 2 make `notes-2.txt`.
  private static func numbered(_ name: String, _ number: Int) -> String {
    let start = name.splitAtLastSlash?.name.startIndex ?? name.startIndex
    guard let dot = name[start...].lastIndex(of: "."), dot > start else { return "\(name)-\(number)" }
    return "\(name[..<dot])-\(number)\(name[dot...])"
  }
}
