import CNcurses
import Testing

@testable import Canvas
@testable import TerminalDriver

@Suite struct WidthAgreementTests {
  /// What the C library says today may be newer than what we rely on; it must not contradict it.
  @Test("Every character we show takes the columns that the C library, and so the terminal, gives it") func agreement()
    throws
  {
    try TerminalEnvironment.useUTF8()
    var wrong: [String] = []
    for value in 0...0x10FFFF as ClosedRange<UInt32> {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let (shown, width): (Unicode.Scalar, Int32)
      switch TextWidth.kind(of: scalar) {
      case .narrow: (shown, width) = (scalar, 1)
      case .wide, .modifier: (shown, width) = (scalar, 2)
      case .mark: (shown, width) = (scalar, 0)
      case .control(let symbol): (shown, width) = (symbol, 1)
      case .unknown: (shown, width) = ("\u{FFFD}", 1)
      case .joiner, .dropped: continue
      }
      // Those are the overlay's: ncurses is given others for them.
      if Overlay.isNewEmoji(Cell(scalar, width: UInt8(width), style: .plain)) { continue }
      if cn_wcwidth(shown.value) != width { wrong.append(String(value, radix: 16)) }
    }
    #expect(wrong.isEmpty)
  }
}
