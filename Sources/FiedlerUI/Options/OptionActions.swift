import Canvas

extension ActionID {
  public static let option = Self("option")
  public static let options = Self("options")
  public static let optionWhom = Self("option_whom")
}

extension Actions {
  /// What the models are asked to heed.
  static let options: [Action] = [
    Action(
      .options, "Options of the models: temperature, length, reasoning, for all or for one", [], in: [.prompt],
      command: "options", anywhere: true, does: change { $0.openOptions() }),
    Action(
      .option, "Set an option of the models", [], in: [.prompt], command: "option", argument: "[NAME=VALUE]",
      anywhere: true, does: change { $0.showOptions() }),
    Action(
      .optionWhom, "The options of the next model, or of all", [Key(.tab)], in: [.options],
      does: change { app in
        guard var layer = app.layer as? OptionsLayer else { return }
        layer.switchWhom(&app.world)
        app.layer = layer
      }),
  ]
}
