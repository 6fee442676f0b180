import ConfigurationReading
import FiedlerUI
import Settings
import Synchronization

/// What a running program does when models.yaml changes.
extension EffectRunner {
  /// Takes models.yaml up again whenever it changes.
  func watchModels(_ services: Services) {
    modelsWatch.withLock { watch in
      // Without a watch the next start reads it.
      watch = FileWatch(services.paths.modelsFile) { [weak self, weak services] in
        guard let self, let services else { return }
        await rereadModels(services)
      }
      watch?.lookAtFirst()
    }
  }

  /// A file with an error leaves the models from before; the error is shown. Where there were none, the announcement
  /// tells it in the place of the error from before.
  private func rereadModels(_ services: Services) async {
    do {
      guard try await services.rereadModels() else { return }
      announceModels(services)
      guard services.modelCount > 0 else { return }
      inbox.post(.toast("models.yaml is read again", .success))
    } catch { inbox.post(.toast("\(error)\nThe models from before stay until that is mended.", .error)) }
  }
}
