/// What `fiedler --version` prints and providers see as the user agent.
enum Version {
  static let text = "0.1.0"
}
