import ConfigurationReading

/// Files that cannot be attached. Nothing is sent while there are any.
public struct AttachmentError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case missing
    /// Not permitted, or another of the system's reasons.
    case unreadable(String)
    case directory
    /// A folder in which no file is, but for hidden ones and what `.gitignore` leaves out.
    case emptyFolder
    /// A FIFO, a socket or a device; the word says which.
    case notAFile(String)
    /// It holds U+0000 or is not valid UTF-8 (nor UTF-16 with a byte order mark).
    case binary(FileKind)
    /// It takes all files together past so many bytes.
    case tooLarge(limit: Int)
    /// It takes all files together past so many lines.
    case tooManyLines(limit: Int)
    /// So many files are allowed, and this is one more.
    case tooMany(limit: Int)
    /// It lies, symlinks followed, in none of the allowed directories.
    case outsideAllowedRoots
  }

  public struct BadFile: Hashable, Sendable, CustomStringConvertible {
    /// As the user wrote it.
    public var path: String
    public var reason: Reason

    public init(path: String, reason: Reason) {
      self.path = path
      self.reason = reason
    }

    public var description: String { "\(path.visible): \(reason)" }

    /// Whether models could be shown it, by its own name.
    var isShown: Bool {
      if case .binary(let kind) = reason { kind.isShown } else { false }
    }
  }

  /// Every bad file, in the order they were named.
  public var files: [BadFile]

  public init(_ files: [BadFile]) { self.files = files }

  /// A line a file.
  public var description: String { files.map(\.description).joined(separator: "\n") }
}

extension AttachmentError.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing: "no such file"
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .directory: "is a directory; name the files in it, or type @ and its name to choose one"
    case .emptyFolder: "holds no file that could go along (hidden ones and those that .gitignore leaves out do not)"
    case .notAFile(let kind): "is a \(kind), not a file"
    case .binary(let kind): kind.description
    case .tooLarge(let limit): "takes the files past the limit of \(limit) bytes (attachments.max_bytes in config.yaml)"
    case .tooManyLines(let limit):
      "takes the files past the limit of \(limit) lines (attachments.max_lines in config.yaml)"
    case .tooMany(let limit): "is one file more than the limit of \(limit) (attachments.max_files in config.yaml)"
    case .outsideAllowedRoots:
      "is outside the allowed directories (attachments.allowed_roots in config.yaml)"
    }
  }

  public init(_ failure: RegularFile.Failure) {
    switch failure {
    case .missing: self = .missing
    case .notPermitted, .dangling: self = .unreadable(failure.description)
    case .directory: self = .directory
    case .notAFile(let kind): self = .notAFile(kind)
    case .tooLarge(let limit): self = .tooLarge(limit: limit)
    case .system(let message): self = .unreadable(message)
    }
  }
}

/// How much may be attached to one prompt, all files together.
public struct FileLimits: Hashable, Sendable {
  public var files: Int
  public var bytes: Int
  public var lines: Int

  public init(files: Int = 100, bytes: Int = 20_000_000, lines: Int = 100_000) {
    self.files = files
    self.bytes = bytes
    self.lines = lines
  }
}
