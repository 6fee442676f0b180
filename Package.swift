// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

extension Target.Dependency {
  static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
  static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
  static let grdb = product(name: "GRDB", package: "GRDB.swift")
  static let nioCore = product(name: "NIOCore", package: "swift-nio")
  static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
  static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
  static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
  static let nioWebSocket = product(name: "NIOWebSocket", package: "swift-nio")
  static let yams = product(name: "Yams", package: "Yams")
}

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a module, in `Tests/<module>Tests`.
func tests(_ module: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: module + "Tests", dependencies: [.init(stringLiteral: module)] + dependencies, swiftSettings: settings)
}

/// A program that tests run as a process of its own.
func probe(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let package = Package(
  name: "fiedler",
  products: [.executable(name: "fiedler", targets: ["fiedler"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
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
