import ConversationStore
import FiedlerUI
import SendEngine

/// What a newcomer is met with.
extension EffectRunner {
  /// Without a models.yaml, the models are those that the providers list today: their lists are asked for once a day.
  func modernize(_ services: Services) async {
    let refresh = ModelRefresh(environment, timeLimit: .seconds(10))
    guard let registry = try? services.registry() else { return }  // what is wrong with it has been told
    let outdated = refresh.outdated(registry)
    guard !outdated.isEmpty else { return }
    do {
      let outcomes = try await refresh.refresh(outdated)
      // A provider that does not answer now is asked again at the next start; whoever asks its models is told why.
      guard outcomes.contains(where: { (try? $0.models.get()) != nil }) else { return }
      await services.reloadModels()
      announceModels(services)
    } catch { inbox.post(.toast("What the providers list cannot be kept: \(error)", .warning)) }
  }

  /// Says once, over a history with nothing in it, what could be imported.
  func offerImport(_ desk: Desk) {
    if desk.recent.isEmpty, let words = ImportOffer(environment).once() { inbox.post(.toast(words, .info)) }
  }
}
