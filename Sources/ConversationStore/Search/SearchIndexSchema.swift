/// The tables of the index, and those it had before.
extension SearchIndex {
  static let columns = SearchColumn.allCases.map { "\($0)" }.joined(separator: ", ")

  static let schema = """
    CREATE TABLE documents (
      id INTEGER PRIMARY KEY,
      conversation_id INTEGER NOT NULL REFERENCES conversations,
      prompt_id INTEGER,               -- NULL: the conversation itself
      reply_id INTEGER,                -- NULL: the prompt itself
      facets TEXT NOT NULL             -- what filters ask for, with blanks between
    ) STRICT;
    CREATE INDEX documents_by_conversation ON documents (conversation_id);

    CREATE TABLE facets (
      id INTEGER PRIMARY KEY,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      UNIQUE (kind, name)
    ) STRICT;

    CREATE VIEW search_content AS SELECT
      documents.id, documents.conversation_id,
      CASE WHEN documents.prompt_id IS NULL THEN conversations.title END AS title,
      (SELECT group_concat(tag, ', ') FROM (
        SELECT tag FROM tags WHERE conversation_id = documents.conversation_id ORDER BY key)) AS tags,
      CASE WHEN documents.reply_id IS NULL THEN prompts.text ELSE replies.text END AS text,
      replies.reasoning,
      (SELECT group_concat(name, char(10)) FROM (
        SELECT name FROM attachments WHERE prompt_id = documents.prompt_id ORDER BY position)) AS files,
      CAST(x'FF' AS TEXT) || documents.facets AS facets
    FROM documents JOIN conversations ON conversations.id = documents.conversation_id
      LEFT JOIN prompts ON prompts.id = documents.prompt_id
      LEFT JOIN replies ON replies.id = documents.reply_id;

    CREATE VIRTUAL TABLE search USING fts5(
      title, tags, text, reasoning, files, facets,
      content = 'search_content', content_rowid = 'id', tokenize = 'fiedler', prefix = '2 3');
    CREATE VIRTUAL TABLE search_words USING fts5vocab(search, instance);
    """

  /// The index of ``SearchTokenizer`` instead of the former one, empty, and what is to be put into it.
  static let schema2 = """
    DROP TABLE search_words;
    DROP TABLE search;
    DELETE FROM documents;
    CREATE VIRTUAL TABLE search USING fts5(
      title, tags, text, reasoning, files, facets,
      content = 'search_content', content_rowid = 'id', tokenize = 'fiedler_2', prefix = '2 3');
    CREATE VIRTUAL TABLE search_words USING fts5vocab(search, instance);
    CREATE TABLE unindexed (conversation_id INTEGER PRIMARY KEY REFERENCES conversations ON DELETE CASCADE) STRICT;
    INSERT INTO unindexed SELECT id FROM conversations WHERE deleted_at IS NULL;
    """

  /// The index with the text's column first, beginnings of three letters alone, and without the lengths of texts, which
  /// nobody asks for: half as large. What comes in one transaction is gathered in up to 16 MB before it is written.
  static let schema3 = """
    DROP TABLE search_words;
    DROP TABLE search;
    DELETE FROM documents;
    CREATE VIRTUAL TABLE search USING fts5(
      \(columns), content = 'search_content', content_rowid = 'id', tokenize = '\(SearchTokenizer.name)',
      prefix = '\(prefix)', columnsize = 0);
    INSERT INTO search (search, rank) VALUES ('hashsize', 16777216);
    CREATE VIRTUAL TABLE search_words USING fts5vocab(search, instance);
    INSERT INTO unindexed SELECT id FROM conversations WHERE deleted_at IS NULL ON CONFLICT DO NOTHING;
    """
}
