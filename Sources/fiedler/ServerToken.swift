import Basics
import Foundation

/// The bearer token that a server within this program asks its clients for.
enum ServerToken {
  /// The one in an environment variable; `nil` where that is not set, or empty.
  static func variable(_ name: String) throws -> String? {
    guard let text = Startup.variables[name], !text.isEmpty else { return nil }
    return try token(in: text, of: "$\(name)")
  }

  /// The one in a file.
  static func file(_ path: String) throws -> String {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw UsageError("the token file \(path) cannot be read: \(error.localizedDescription)")
    }
    return try token(in: text, of: "the token file \(path)")
  }

  /// Throws for what no client could send: with it the server would be closed to all, or, taken for none, open to all.
  private static func token(in text: String, of place: String) throws -> String {
    let token = text.bareText
    guard !token.isEmpty else { throw UsageError("\(place) is empty") }
    guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw UsageError("\(place) holds more than a token: a blank, a line end or a character that no header has")
    }
    return token
  }
}
