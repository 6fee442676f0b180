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
  ])
