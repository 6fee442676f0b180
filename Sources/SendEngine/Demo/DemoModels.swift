import Conversations

/// The models that need no key and no network.
public enum DemoModels {
  /// One that answers at once, a steady one, one slow to start, one that reasons, one that fails and is retried.
  public static let all: [ConfiguredModel] = ["quick", "steady", "slow-start", "thinker", "flaky"].map(model)

  /// What a first prompt goes to.
  static let defaults: [ConfiguredModel] = ["quick", "thinker", "flaky"].map(model)

  /// The demo model called `demo/<name>`, or `nil` if there is none.
  ///
  /// Besides ``all`` there are, for tests and measuring, `demo/noise` (made-up text), `demo/rate-R` (R chunks of it a
  /// second) and `demo/rate-RxN` (N chunks in all), R from 1 to 1,000,000 and N from 1 to 10,000,000.
  public static func named(_ name: String) -> ConfiguredModel? {
    guard name.hasPrefix("demo/") else { return nil }
    let own = String(name.dropFirst("demo/".count))
    if let model = all.first(where: { $0.reference.name == own }) { return model }
    if own == "noise" { return model(own) }
    return isRate(own) ? model(own) : nil
  }

  private static func isRate(_ name: String) -> Bool {
    guard name.hasPrefix("rate-") else { return false }
    let figures = name.dropFirst("rate-".count).split(separator: "x", omittingEmptySubsequences: false)
    guard let rate = figures.first, isFigure(rate, upTo: 1_000_000) else { return false }
    return figures.count == 1 || figures.count == 2 && isFigure(figures[1], upTo: 10_000_000)
  }

  private static func isFigure(_ text: Substring, upTo limit: Int) -> Bool {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text) else { return false }
    return (1...limit).contains(value)
  }

  private static func model(_ name: String) -> ConfiguredModel {
    ConfiguredModel(
      reference: ModelReference(provider: "demo", name: name), kind: .demo, baseURL: "", contextWindow: 128_000,
      capabilities: ["text"])
  }
}
