// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "fiedler",
  targets: [
    .target(name: "JSON", swiftSettings: settings),
    .target(name: "Canvas", swiftSettings: settings),
    .target(name: "Conversations", swiftSettings: settings),
    .target(name: "FiedlerUI", dependencies: ["Canvas", "Conversations"], swiftSettings: settings),
    .testTarget(
      name: "FiedlerUITests", dependencies: ["FiedlerUI", "Canvas", "Conversations"], exclude: ["Screens"],
      swiftSettings: settings),
    .target(name: "CNcurses", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
    .target(name: "TerminalDriver", dependencies: ["Canvas", "CNcurses"], swiftSettings: settings),
    .testTarget(name: "CanvasTests", dependencies: ["Canvas"], swiftSettings: settings),
    // A program that shows what reaches it, for tests to drive in a terminal.
    .executableTarget(
      name: "TerminalProbe", dependencies: ["Canvas", "TerminalDriver"], path: "Tests/TerminalProbe",
      swiftSettings: settings),
    .target(name: "CTestSupport", path: "Tests/CTestSupport"),
    .target(name: "TestSupport", dependencies: ["CTestSupport"], path: "Tests/Support", swiftSettings: settings),
    .testTarget(
      name: "TerminalDriverTests",
      dependencies: ["Canvas", "CNcurses", "TerminalDriver", "TerminalProbe", "TestSupport"],
      swiftSettings: settings),
  ])
