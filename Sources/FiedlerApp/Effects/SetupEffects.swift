import Conversations
import FiedlerUI
import SendEngine
import Synchronization

/// What the screen's way to a first real model asks for.
extension EffectRunner {
  func findProviders() {
    Task.detached { [inbox, environment] in
      let offers = await Setup(environment).offers()
      inbox.post(
        .providersFound(
          offers.map { offer in
            if case .wantsKey = offer.state {
              return SetupChoice(provider: offer.id, words: offer.words, needsKey: true)
            }
            return SetupChoice(provider: offer.id, words: offer.words, needsKey: false)
          }))
    }
  }

  func listModels(of name: String, _ key: TypedKey?) {
    Task.detached { [self] in
      let setup = Setup(environment)
      do {
        let models = try await setup.models(of: try setup.provider(name), key: key?.value)
        setupListed.withLock { $0 = models }
        inbox.post(.providerListed(SetupListing(provider: name, key: key, models: models.map(\.name))))
      } catch {
        let (why, wantsKey) = Self.words(error)
        inbox.post(.providerRefused(name, why: why, wantsKey: wantsKey))
      }
    }
  }

  func keepKey(of provider: String, _ key: TypedKey) {
    Task.detached { [self] in
      do {
        let words = try await Setup(environment).give(key.value, to: provider)
        perform(orElse: { .keyNotKept(of: provider, why: $0, wantsKey: false) }) { [self] services in
          await services.keys.forget(provider)
          announceModels(services)
          inbox.post(.keyKept(of: provider, words))
        }
      } catch {
        let (why, wantsKey) = Self.words(error)
        inbox.post(.keyNotKept(of: provider, why: why, wantsKey: wantsKey))
      }
    }
  }

  /// What went wrong, and whether another key may mend it.
  private static func words(_ error: any Error) -> (why: String, wantsKey: Bool) {
    guard let failure = error as? SendFailure else { return ("\(error)", error is KeyKeeping.NoKey) }
    return (failure.message, failure.kind == .unauthorized || failure.kind == .missingKey)
  }

  func save(_ set: ModelSet) {
    perform(orElse: { .setRefused(set, why: $0) }) { [self] services in
      let file = try Setup(environment).save(set)
      await services.reloadModels()
      announceModels(services)
      inbox.post(
        .setSaved(set, "\(file) has the set \(set.name) now: /model \(set.name); `fiedler setup --undo` takes it back"))
    }
  }

  func setUp(_ listing: SetupListing, _ models: [String]) {
    perform(orElse: { .toast($0, .error) }) { [self] services in
      let listed = setupListed.withLock(\.self)
      let setup = Setup(environment)
      let written = try await setup.write(
        try setup.provider(listing.provider), listed.filter { models.contains($0.name) }, listed: listed,
        key: listing.key?.value)
      await services.reloadModels()
      announceModels(services)
      inbox.post(
        .modelsSetUp(
          models.map { ModelReference(provider: listing.provider, name: $0) },
          "\(written.modelsFile) has \(models.joined(separator: ", ")) now; `fiedler setup --undo` takes it back"))
    }
  }
}
