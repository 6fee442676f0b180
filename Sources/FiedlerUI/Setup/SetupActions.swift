import Canvas

extension ActionID {
  public static let setup = Self("setup")
}

extension Actions {
  /// The way to a first real model.
  static let setup: [Action] = [
    Action(
      .setup, "Set up models: a provider, its key, what it lists", [], in: [.screens], command: "setup", anywhere: true,
      does: { app in
        app.world.show("Looking for models on this machine, and for keys …")
        return [.findProviders]
      })
  ]
}
