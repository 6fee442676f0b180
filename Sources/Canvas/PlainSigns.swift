extension Frame {
  /// Writes signs in ASCII: arrows, lines, bullets and quotation marks, which a screen reader spells out at length and
  /// a console's font may lack. Text in other scripts stays.
  public mutating func writePlainSigns() {
    changeScalars { PlainSigns.ascii[$0] }
  }
}

private enum PlainSigns {
  static let ascii: [UInt32: Unicode.Scalar] = {
    let pairs: [(String, String)] = [
      ("─━┄–—−◦▪", "--------"), ("│┆‖╎", "||||"), ("┊:", "::"), ("┃▎▌╭╮╰╯", "       "), ("┌└├┤┼┬┴", "+++++++"),
      ("●○◐◑↻✕■✓★", "*o~~~x#+*"), ("◇◉▶▲⚠", "o*>^!"), ("❯›»‹«", ">>><<"), ("▸▾", "+-"), ("█▓▒░", "##=."),
      ("·•", "-*"), ("…", "."), ("→←↑↓↪", "><^v>"), ("⇥⏎⌫⇧", ">/<^"), ("×÷", "x/"), ("“”„’‘", "\"\"\"''"), ("⟦⟧", "[]"),
    ]
    let scalars = pairs.flatMap { zip($0.unicodeScalars, $1.unicodeScalars) }
    return Dictionary(scalars.map { ($0.value, $1) }) { first, _ in first }
  }()
}
