import Canvas

extension ActionID {
  public static let setup = Self("setup")
  public static let giveKey = Self("give_key")
}

extension Actions {
  /// The way to a first real model, and to a model's key.
  static let setup: [Action] = [
    Action(
      .setup, "Set up models: a provider, its key, what it lists", [], in: [.screens], command: "setup", anywhere: true,
      does: { app in
        app.world.show("Looking for models on this machine, and for keys …")
        return [.findProviders]
      }),
    Action(
      .giveKey, "Give this model's provider an API key", [letter("K")], in: [.pane], anywhere: true,
      can: { $0.stage.canGiveKey($0.world) }, does: changeStage { $0.openKey(&$1) }),
  ]
}
