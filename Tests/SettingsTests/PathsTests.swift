import Glibc
import Settings
import TestSupport
import Testing

@Suite struct PathsTests {
  @Test("Without XDG variables, everything is below the home directory") func home() {
    let paths = Paths(environment: ["HOME": "/home/me/"])
    #expect(paths.settingsFile == "/home/me/.config/fiedler/config.yaml")
    #expect(paths.modelsFile == "/home/me/.config/fiedler/models.yaml")
    #expect(paths.keysFile == "/home/me/.config/fiedler/keys.yaml")
    #expect(paths.databaseFile == "/home/me/.local/share/fiedler/fiedler.db")
    #expect(paths.logFile == "/home/me/.local/state/fiedler/fiedler.log")
    #expect(!paths.isModelsFileNamed)
    #expect(
      paths.themeDirectories == [
        "/home/me/.config/fiedler/themes", "/home/me/.local/share/fiedler/themes", "/usr/local/share/fiedler/themes",
        "/usr/share/fiedler/themes",
      ])
  }

  @Test("XDG variables count where they are absolute; FIEDLER_CONFIG names the models file") func variables() {
    let paths = Paths(
      environment: [
        "HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "relative", "XDG_STATE_HOME": "/s",
        "XDG_DATA_DIRS": "/d1:also/relative:/d2/", "FIEDLER_CONFIG": "./mine.yaml",
      ])
    #expect(paths.configDirectory == "/c/fiedler")
    #expect(paths.dataDirectory == "/h/.local/share/fiedler")
    #expect(paths.stateDirectory == "/s/fiedler")
    #expect(paths.modelsFile == "./mine.yaml")
    #expect(paths.isModelsFileNamed)
    #expect(paths.themeDirectories.suffix(2) == ["/d1/fiedler/themes", "/d2/fiedler/themes"])
  }

  @Test("Without HOME the user's entry in the password file is asked") func noHome() {
    #expect(Paths(environment: [:]).home.hasPrefix("/"))
  }

  @Test("Directories are made with their parents, for their owner alone; existing ones are left as they are")
  func creation() throws {
    let directory = try TemporaryDirectory()
    let paths = Paths(environment: ["HOME": directory("home")])
    try directory.directory("home/.config/fiedler")
    chmod(paths.configDirectory, 0o755)
    try paths.createDirectories()
    try paths.createDirectories()
    #expect(mode(paths.dataDirectory) == 0o700)
    #expect(mode(paths.stateDirectory) == 0o700)
    #expect(mode(paths.configDirectory) == 0o755)
  }

  @Test("A file where a directory should be is an error with its path") func obstructed() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("c/fiedler", "")
    let paths = Paths(environment: ["HOME": directory.path, "XDG_CONFIG_HOME": directory("c")])
    do throws(Paths.CreationError) {
      try paths.createDirectories()
      Issue.record("a file was taken for a directory")
    } catch {
      #expect(error.path == path)
    }
  }

  private func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
  }
}
