import FoundationEssentials

/// Opens links in the desktop's programs, by `xdg-open`
/// (https://portland.freedesktop.org/doc/xdg-open.html).
struct LinkOpener: Sendable {
  /// Why a link is not opened, in plain words.
  struct Refusal: Error, Hashable {
    let reason: String
  }

  /// A model wrote the link: nothing that could start another kind of program is handed on.
  private static let schemes = ["http:", "https:", "mailto:"]

  private let environment: [String: String]

  init(environment: [String: String]) { self.environment = environment }

  /// Hands a link to `xdg-open`, never to a shell, and returns at once. `onEnd` gets its exit status, 128 and the
  /// signal if one ended it, on another thread; where it runs a browser itself that may be when the browser is left.
  func open(_ link: String, onEnd: @escaping @Sendable (Int32) -> Void) throws(Refusal) {
    guard Self.schemes.contains(where: { link.lowercased().hasPrefix($0) }) else {
      throw Refusal(reason: "Only web and mail links are opened")
    }
    guard link.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else {
      throw Refusal(reason: "This link has blanks or control characters in it")
    }
    try start(link, onEnd: onEnd)
  }

  /// The same for a file that Fiedler has written, by its absolute path.
  func open(file path: String, onEnd: @escaping @Sendable (Int32) -> Void) throws(Refusal) {
    try start(path, onEnd: onEnd)
  }

  private func start(_ link: String, onEnd: @escaping @Sendable (Int32) -> Void) throws(Refusal) {
    guard ["DISPLAY", "WAYLAND_DISPLAY"].contains(where: { environment[$0]?.isEmpty == false }) else {
      throw Refusal(reason: "There is no desktop here to open it on")
    }
    guard let program = DetachedProgram.path(of: "xdg-open", environment) else {
      throw Refusal(reason: "There is no xdg-open in PATH")
    }
    do throws(DetachedProgram.Failure) {
      try DetachedProgram.start([program, link], environment: environment, onEnd: onEnd)
    } catch { throw Refusal(reason: "xdg-open does not start: \(error.reason)") }
  }
}
