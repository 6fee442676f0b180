import Canvas
import ConfigurationReading
import FiedlerUI
import Settings
import Synchronization

extension EffectRunner {
  /// Tells the screens what the settings decide about them.
  func announce(_ settings: Settings, _ keys: KeyReading, _ services: Services) {
    inbox.post(.editorKeysChosen(settings.editor == .vi ? .vi : .emacs))
    inbox.post(.mouseChosen(settings.reportsMouse(in: environment.variables)))
    inbox.post(.escapeTimeChosen(settings.escapeMilliseconds.map { .milliseconds($0) }))
    inbox.post(.noticesChosen(settings.screen.noticeChoice))
    inbox.post(.animationChosen(settings.screen.animation))
    inbox.post(.readingChosen(fromTop: settings.screen.reading == .top))
    inbox.post(.linksChosen(settings.screen.links == .auto ? nil : settings.screen.links == .on))
    inbox.post(.keysLoaded(keys.map))
    // Keys that cannot be used leave the usual ones; nobody is locked out.
    if !keys.problems.isEmpty {
      inbox.post(.toast("\(keys.complaint)\nThe default keys are used until that is mended.", .error))
    }
    guard usesThemes else { return }
    do {
      if let theme = try services.theme() { inbox.post(.themeLoaded(theme)) }
    } catch { inbox.post(.toast("\(error)", .error)) }
  }

  /// Takes config.yaml up again whenever it changes.
  func watchSettings(_ services: Services) {
    let path = services.paths.settingsFile
    settingsWatch.withLock { watch in
      // Without a watch the next start reads it.
      watch = FileWatch(path) { [weak self, weak services] in
        guard let self, let services else { return }
        reread(path, services)
      }
      watch?.lookAtFirst()
    }
  }

  /// Settings with an error leave those from before; the error is shown.
  private func reread(_ path: String, _ services: Services) {
    do {
      let loaded = try Settings.load(path: path)
      let before = services.settings
      let wasBroken = settingsAreBroken.exchange(false, ordering: .relaxed)
      guard loaded.settings != before else {
        if wasBroken { inbox.post(.toast("config.yaml is in order again", .success)) }
        return
      }
      let keys = loaded.settings.keyMap()
      guard keys.problems.isEmpty else { throw ConfigurationError(keys.problems) }
      services.use(loaded.settings)
      announce(loaded.settings, keys, services)
      let isRedrawn =
        loaded.settings.screen.background != before.screen.background
        || loaded.settings.screen.contrast != before.screen.contrast
      if loaded.settings.theme != before.theme || isRedrawn { themeWasTakenOut(services) }
      if !loaded.warnings.isEmpty { inbox.post(.warnings(loaded.warnings.map(\.description))) }
      inbox.post(.toast(loaded.settings.words(since: before), .success))
    } catch {
      settingsAreBroken.store(true, ordering: .relaxed)
      inbox.post(.toast("\(error)\nThe settings from before stay until that is mended.", .error))
    }
  }

  /// Tells by the command of the settings that a send is done, in its last argument; `$1` of a line for the shell.
  func notify(_ words: String) {
    perform(orElse: { .toast($0, .error) }) { [variables = environment.variables] services in
      guard let command = services.settings.screen.notifyCommand else { return }
      let arguments: [String] =
        switch command {
        case .program(let program): program + [words]
        case .shell(let line): ["/bin/sh", "-c", line, "fiedler", words]
        }
      let failed = { @Sendable (why: String) in Message.toast("notify_command: \(arguments[0]) \(why)", .warning) }
      guard let path = DetachedProgram.path(of: arguments[0], variables) else {
        return self.inbox.post(failed("is not in PATH"))
      }
      do throws(DetachedProgram.Failure) {
        try DetachedProgram.start([path] + arguments.dropFirst(), environment: variables) { [inbox = self.inbox] in
          if $0 != 0 { inbox.post(failed("ended with status \($0)")) }
        }
      } catch { self.inbox.post(failed("does not start: \(error.reason)")) }
    }
  }

  /// Where no theme is chosen any more, the terminal's background decides again.
  private func themeWasTakenOut(_ services: Services) {
    guard usesThemes else { return }
    do {
      if let theme = try services.theme(onLight: isOnLight.load(ordering: .relaxed)) { inbox.post(.themeLoaded(theme)) }
    } catch { inbox.post(.toast("\(error)", .error)) }
  }
}

extension Settings.Screen {
  fileprivate var noticeChoice: NoticeChoice {
    if notice == .off { return .none }
    if notifyCommand != nil { return .command }
    return .terminal(TerminalNotice.Way(rawValue: notice.rawValue) ?? .auto)
  }
}

extension Settings {
  /// What a running program does with settings that differ from earlier ones.
  func words(since before: Settings) -> String {
    var changed: [String] = []
    if theme != before.theme { changed.append("theme") }
    if mouse != before.mouse { changed.append("mouse") }
    if editor != before.editor { changed.append("editor") }
    if escapeMilliseconds != before.escapeMilliseconds { changed.append("escape_ms") }
    if screen.notice != before.screen.notice { changed.append("notify") }
    if screen.notifyCommand != before.screen.notifyCommand { changed.append("notify_command") }
    if screen.background != before.screen.background { changed.append("background") }
    if screen.contrast != before.screen.contrast { changed.append("contrast") }
    if screen.animation != before.screen.animation { changed.append("animation") }
    if screen.reading != before.screen.reading { changed.append("reading") }
    if screen.links != before.screen.links { changed.append("links") }
    if keys != before.keys { changed.append("keys") }
    if attachments != before.attachments { changed.append("attachments") }
    var words: [String] = []
    if !changed.isEmpty { words.append("config.yaml is read again: \(changed.joined(separator: ", "))") }
    if godot != before.godot { words.append("What config.yaml says of godot counts from the next start on") }
    return words.joined(separator: "\n")
  }
}
