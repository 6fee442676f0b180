/// Where a log server keeps its records, as `--store` names it.
public enum StorageLocation {
  /// Opens a file, made if need be. Throws in plain words.
  public static func open(_ text: String) async throws(StorageUnavailable) -> any LogStorage {
    try SQLiteStorage(path: text)
  }
}
