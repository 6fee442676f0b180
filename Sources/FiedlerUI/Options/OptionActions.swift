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
      command: "options", anywhere: true, does: changeCompose { $0.openOptions(&$1) }),
    Action(
      .option, "Set an option of the models", [], in: [.prompt], command: "option", argument: "[NAME=VALUE]",
      anywhere: true, does: changeCompose { $0.showOptions(&$1) }),
    Action(
      .optionWhom, "The options of the next model, or of all", [Key(.tab)], in: [.options],
      does: {
        $0.onLayer(OptionsLayer.self) { layer, world in
          layer.switchWhom(&world)
          return []
        } ?? []
      }),
  ]
}
