import FiedlerUI

/// What a newcomer is met with.
extension EffectRunner {
  /// Without a models.yaml, the models are those that the providers list today: their lists are asked for once a day.
  func modernize(_ services: Services) async {
    do {
      if try await services.takeCurrentModels(within: .seconds(10)) { announceModels(services) }
    } catch { inbox.post(.toast("What the providers list cannot be kept: \(error)", .warning)) }
  }

  /// Says once, over a history with nothing in it, what could be imported.
  func offerImport(_ desk: Desk) {
    if desk.recent.isEmpty, let words = ImportOffer(environment).once() { inbox.post(.toast(words, .info)) }
  }
}
