import GRDB

/// Makes `unicode61` tokenizers, each for one connection.
///
/// GRDB asks the connection itself for FTS5, and ends the program when that fails, as it does on one whose search was
/// given up: an interrupt stays with a connection for as long as FTS5 has statements of its own open
/// (https://sqlite.org/forum/forumpost/137c7662b3). So a connection in memory is asked that nobody interrupts. A
/// tokenizer knows nothing of the connection it came from.
enum WordTokenizers {
  private static let source = Result { try DatabaseQueue() }

  /// Any thread may ask. Throws SQLite's error.
  static func make() throws -> any FTS5Tokenizer {
    try source.get().inDatabase { try $0.makeTokenizer(.unicode61(diacritics: .remove)) }
  }
}
