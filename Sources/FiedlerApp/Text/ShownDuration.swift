import Conversations

extension Duration {
  /// In seconds, with three figures: `0.31 s`, `7.4 s`, `412 s`.
  var shown: String {
    let hundredths = Int((Bounds.seconds.nearest(inSeconds) * 100).rounded())
    if hundredths < 100 { return "0.\(hundredths < 10 ? "0" : "")\(hundredths) s" }
    let tenths = (hundredths + 5) / 10
    return tenths < 1000 ? "\(tenths / 10).\(tenths % 10) s" : "\((tenths + 5) / 10) s"
  }
}
