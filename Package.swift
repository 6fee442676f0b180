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
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0")
  ],
  targets: [
    .target(name: "JSON", swiftSettings: settings),
    .target(name: "Canvas", swiftSettings: settings),
    .target(name: "Conversations", swiftSettings: settings),
    .target(
      name: "GodotLog", dependencies: ["Conversations", "JSON", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings),
    .target(
      name: "ConversationStore",
      dependencies: ["Conversations", "JSON", "GodotLog", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings),
    .executableTarget(
      name: "StoreProbe", dependencies: ["Conversations", "ConversationStore"], path: "Tests/StoreProbe",
      swiftSettings: settings),
    .testTarget(
      name: "ConversationStoreTests",
      dependencies: [
        "Conversations", "ConversationStore", "GodotLog", "JSON", "StoreProbe", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: settings),
  ])
