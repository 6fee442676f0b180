import Canvas

/// What is sent to the terminal beside ncurses, which knows nothing of it.
enum ControlSequence {
  /// The terminal shows what stands between these at once (mode 2026).
  static let beginUpdate = "\u{1B}[?2026h"
  static let endUpdate = "\u{1B}[?2026l"

  /// Bracketed paste, focus reports and, if asked for, the mouse with drags.
  static func enterModes(mouse: Bool) -> String {
    "\u{1B}[?2004h\u{1B}[?1004h" + (mouse ? enterMouse : "")
  }

  static let enterMouse = "\u{1B}[?1002h\u{1B}[?1006h"
  static let leaveMouse = "\u{1B}[?1006l\u{1B}[?1002l"

  /// Asks for keys that can be told apart, such as Shift+Enter: kitty's protocol (the level that disambiguates) and
  /// xterm's modifyOtherKeys, each unknown to the other's terminals; and which of kitty's levels is on.
  /// Sent within the alternate screen, and taken back there.
  static let enterKeyboard = "\u{1B}[>4;1m\u{1B}[>1u\u{1B}[?u"
  static let leaveKeyboard = "\u{1B}[<u\u{1B}[>4m"

  /// Keeps what Alt with a letter types (xterm's modes metaSendsEscape and altSendsEscape), has it come as ESC and the
  /// letter, and brings it back: xterm as Debian has it types another letter, é for Alt+I.
  static let keepAlt = "\u{1B}[?1036;1039s"
  static let enterAlt = "\u{1B}[?1036;1039h"
  static let leaveAlt = "\u{1B}[?1036;1039r"

  static let leaveModes =
    "\u{1B}[?2026l\u{1B}[?1006l\u{1B}[?1003l\u{1B}[?1002l\u{1B}[?1000l\u{1B}[?2004l\u{1B}[?1004l"

  /// Asks for the background's colour (OSC 11); ``InputParser`` understands the answer, if one comes.
  static let askBackground = "\u{1B}]11;?\u{1B}\\"

  /// Keeps the window's name, and brings it back (XTWINOPS 22 and 23); terminals that do not know them do nothing.
  static let pushTitle = "\u{1B}[22;2t"
  static let popTitle = "\u{1B}[23;2t"

  /// The window's name (OSC 2).
  static func title(_ text: String) -> String { "\u{1B}]2;\(String(Sanitizer.plain(text).prefix(200)))\u{07}" }

  /// Puts text on the clipboard (OSC 52).
  static func copy(_ text: String) -> String { "\u{1B}]52;c;\(base64(Array(text.utf8)))\u{07}" }

  /// GNU screen hands on what a device control string has in it, cut in pieces as it takes no long ones.
  static func withinScreen(_ sequence: String) -> String {
    let bytes = Array(sequence.utf8)
    return stride(from: 0, to: bytes.count, by: 76).map { start in
      "\u{1B}P" + String(decoding: bytes[start..<min(start + 76, bytes.count)], as: UTF8.self) + "\u{1B}\\"
    }.joined()
  }

  /// A notice as iTerm2 (https://iterm2.com/documentation-escape-codes.html), rxvt-unicode or kitty
  /// (https://sw.kovidgoyal.net/kitty/desktop-notifications/) takes it.
  static func notice(_ notice: TerminalNotice, by way: TerminalNotice.Way) -> String {
    let title = Sanitizer.plain(notice.title).prefix(60)
    let text = Sanitizer.plain(notice.text).prefix(200)
    switch way {
    case .auto, .bell: return "\u{07}"
    case .osc9: return "\u{1B}]9;\(title): \(text)\u{07}"
    case .osc777: return "\u{1B}]777;notify;\(title.filter { $0 != ";" });\(text)\u{07}"
    case .osc99:
      return "\u{1B}]99;i=fiedler:d=0;\(title)\u{1B}\\\u{1B}]99;i=fiedler:d=1:p=body;\(text)\u{1B}\\"
    }
  }

  /// RFC 4648, section 4.
  static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        let isPadding = place > group.count
        out.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * place) & 0x3F)])
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
