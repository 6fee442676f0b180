/// Names of environment variables.
public enum EnvironmentVariable {
  /// Letters, digits and `_`, no digit first: what every shell can set.
  public static func isName(_ text: String) -> Bool {
    let isNumber = text.utf8.first.map { (0x30...0x39).contains($0) } ?? true
    return !isNumber
      && text.utf8.allSatisfy { byte in
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
      }
  }
}
