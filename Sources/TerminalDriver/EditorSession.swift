import CNcurses
import Canvas
import Glibc

/// Text in the user's own editor. The terminal must have been left.
enum EditorSession {
  /// Who looks at a text in an editor and leaves it unchanged takes longer.
  private static let leastStay: Duration = .milliseconds(500)

  /// The user's editor, a command of the shell; `nil` if there is none.
  static func command() -> String? {
    TerminalEnvironment.variable("VISUAL") ?? TerminalEnvironment.variable("EDITOR")
      ?? ["vi", "nano"].first(where: isInstalled)
  }

  private static func isInstalled(_ program: String) -> Bool {
    let path = TerminalEnvironment.variable("PATH") ?? "/usr/bin:/bin"
    return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  /// The text as it is when the editor ends. It lies meanwhile in a file that only the user can read.
  static func edit(_ text: String) -> Result<String, EditorFailure> {
    guard let command = command() else {
      return .failure(EditorFailure(message: "no editor was found: set VISUAL or EDITOR, for example EDITOR=nano"))
    }
    do throws(EditorFailure) {
      let folder = try makeFolder()
      defer { remove(folder) }
      let file = "\(folder)/prompt.md"
      try write(text, to: file)
      let start = ContinuousClock.now
      try run(command, file)
      let edited = try read(file)
      guard edited != text || .now - start > leastStay else {
        throw EditorFailure(
          message: "the editor '\(command)' returned at once and changed nothing: one with windows of its own must be "
            + "told to wait, for example EDITOR='code --wait'")
      }
      return .success(edited)
    } catch {
      return .failure(error)
    }
  }

  private static func makeFolder() throws(EditorFailure) -> String {
    let parent = TerminalEnvironment.variable("TMPDIR") ?? "/tmp"
    var template = Array("\(parent)/fiedler-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw failed("a folder for the text could not be made in \(parent)") }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func write(_ text: String, to file: String) throws(EditorFailure) {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failed("the text could not be written to \(file)") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard cn_write_last(descriptor, bytes, bytes.count) else {
      throw failed("the text could not be written to \(file)")
    }
  }

  private static func run(_ command: String, _ file: String) throws(EditorFailure) {
    // As git does: the command may have arguments and quotes of its own. Ctrl+C is the editor's, not the shell's.
    let strings = ["/bin/sh", "-c", "trap : INT; \(command) \"$@\"", command, file]
    let arguments: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    var status: Int32 = 0
    let error = cn_run(arguments.map { $0.map { UnsafePointer($0) } } + [nil], &status)
    guard error == 0 else {
      throw EditorFailure(message: "the editor could not be started: \(String(cString: strerror(error)))")
    }
    let code = status >> 8 & 0xFF
    // A shell reports the signal that ended what it ran as 128 and the signal's number.
    let signal = code > 128 ? code - 128 : status & 0x7F
    if signal != 0 {
      throw EditorFailure(message: "the editor '\(command)' was ended by signal \(signal); your text is as before")
    }
    if code == 127 || code == 126 {
      throw EditorFailure(
        message: "the editor '\(command)' could not be run: set VISUAL or EDITOR to one that is installed")
    }
    if code != 0 {
      throw EditorFailure(message: "the editor '\(command)' ended with status \(code); your text is as before")
    }
  }

  private static func read(_ file: String) throws(EditorFailure) -> String {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failed("the edited text could not be read") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failed("the edited text could not be read") }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    // What editors of Windows add to a text and its lines.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if bytes.contains(0x0D) {
      bytes = bytes.indices.filter { bytes[$0] != 0x0D || $0 + 1 == bytes.count || bytes[$0 + 1] != 0x0A }.map {
        bytes[$0]
      }
    }
    // Editors end a file's last line; a prompt has no such end.
    if bytes.last == 0x0A { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw EditorFailure(message: "the edited text is not UTF-8; your text is as before")
    }
    return text
  }

  /// Removes the folder with all that the editor left beside the text (backups, swap files).
  private static func remove(_ folder: String) {
    if let directory = opendir(folder) {
      // A name is read where it lies: its bytes end with it, not with the field, and need not be text.
      while let entry = readdir(directory) {
        withUnsafePointer(to: &entry.pointee.d_name) { field in
          _ = field.withMemoryRebound(to: CChar.self, capacity: 1) { unlinkat(dirfd(directory), $0, 0) }
        }
      }
      closedir(directory)
    }
    rmdir(folder)
  }

  private static func failed(_ what: String) -> EditorFailure {
    EditorFailure(message: "\(what): \(String(cString: strerror(errno)))")
  }
}
