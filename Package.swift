// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "fiedler",
  dependencies: [
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
  ],
  targets: [
    .target(name: "JSON", swiftSettings: settings),
    .target(name: "Canvas", swiftSettings: settings),
    .target(name: "Conversations", swiftSettings: settings),
    .target(
      name: "YAMLReading", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: settings),
    .target(name: "Settings", dependencies: ["YAMLReading", "Canvas"], swiftSettings: settings),
    .target(
      name: "SendEngine",
      dependencies: ["Conversations", "YAMLReading", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: settings),
    .target(name: "TestSupport", path: "Tests/Support", swiftSettings: settings),
    .testTarget(
      name: "YAMLReadingTests", dependencies: ["YAMLReading", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "SettingsTests", dependencies: ["Settings", "Canvas", "YAMLReading", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SendEngineTests", dependencies: ["SendEngine", "Conversations", "YAMLReading", "TestSupport"],
      swiftSettings: settings),
  ])
