import Foundation

/// What a command asks the user: questions stand on standard error, answers come from standard input.
enum Question {
  /// Whether somebody is there to answer.
  static var isAnswerable: Bool { isatty(STDIN_FILENO) == 1 }

  /// One line without blanks at its ends; `nil` at the end of the input.
  static func line(_ question: String) -> String? {
    FileHandle.standardError.write(Data(question.utf8))
    return readLine()?.trimmingCharacters(in: .whitespaces)
  }

  /// A secret: typed without being shown at a terminal, else the first line of standard input. Throws where none comes.
  static func secret(_ question: String) throws -> String {
    let isTerminal = isAnswerable
    var before = termios()
    if isTerminal {
      tcgetattr(STDIN_FILENO, &before)
      var silent = before
      silent.c_lflag &= ~tcflag_t(ECHO)
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
      // Not before: what is typed at the question must neither be shown nor be lost.
      FileHandle.standardError.write(Data(question.utf8))
    }
    defer {
      if isTerminal {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
        FileHandle.standardError.write(Data("\n".utf8))
      }
    }
    guard let line = readLine()?.trimmingCharacters(in: .whitespaces), !line.isEmpty else {
      throw UsageError("no key was given; nothing is changed")
    }
    return line
  }
}
