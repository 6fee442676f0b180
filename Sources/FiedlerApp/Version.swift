/// What `fiedler --version` prints, and what providers see as the user agent.
public enum Version {
  public static let text = "0.1.0"
}
