// swift-tools-version:6.2
import PackageDescription

/// `Tests/Fuzz/run` sets it to `fuzz` and `Tests/Growth/run` to `growth`: their programs are built in folders of their
/// own, and no other build pays for them. `Tests/Fuzz/short` sets it to `short`: its program is one more of the
/// ordinary debug build, in which alone it can reach what only tests can; or, for many runs, to `plain`: the program of
/// `fuzz`, optimized, without a sanitizer. With `reading` there is one more program, a floor of the benchmarks'.
let purpose = Context.environment["FIEDLER_BUILD"]
let isOrdinary = purpose == nil || purpose == "short" || purpose == "reading"
let sanitizers =
  switch purpose {
  case "fuzz": ["-sanitize=fuzzer,address"]
  // Each edge between two pieces of code calls a function, which counts.
  case "growth": ["-sanitize=fuzzer", "-sanitize-coverage=edge,trace-pc"]
  default: [] as [String]
  }

/// What those two take of the modules whose other half are connections and databases: without these, their packages
/// need not be built. Those of a module are paths in it, of files and folders.
let halves: [String: (sources: [String], without: [String], dependencies: [Target.Dependency])] = [
  "ConversationStore": (
    ["StoreError.swift", "Search/SearchQuery.swift", "Search/SearchDates.swift", "Search/SearchScanner.swift"], [],
    ["Basics", "Conversations"]
  ),
  "GodotLog": (["Records/Redactor.swift"], [], ["JSON"]),
  "Interchange": (
    [
      "Export/ConversationJSON.swift", "Export/ExportProblem.swift", "Export/FileNames.swift",
      "Export/OutputFiles.swift", "Export/OutputStreams.swift", "Export/RunFolder.swift", "Import/ChatGPTExport.swift",
      "Import/ConversationJSONReading.swift", "Import/DerivedID.swift", "Import/EarlierFolder.swift",
      "Import/ExportedFiles.swift", "Import/ForeignConversations.swift", "Import/ImportItem.swift",
      "Import/LocalReading.swift", "Import/MessageTree.swift", "Import/RunIdentity.swift", "Import/SessionFile.swift",
      "Import/SessionKind.swift", "Input/InputFile.swift", "Input/JSONLines.swift",
    ], [], ["Basics", "Conversations", "Digest", "JSON"]
  ),
  "MCP": (
    [
      "ConnectionError.swift", "JSONRPC.swift", "ServerLimits.swift", "ServerMessage.swift", "ServerWindow.swift",
      "UTF8Check.swift",
      "WebSocketHandler.swift",
    ], [],
    ["Basics", "JSON", .nioCore, .nioWebSocket]
  ),
  "SendEngine": (
    [
      "Demo", "Files/FileKind.swift", "Files/IgnoreRules.swift", "Files/PathPattern.swift",
      "Keys/APIKey.swift", "Keys/KeyError.swift", "Limits/ProviderLimits.swift", "Limits/RateLimitHeaders.swift",
      "Listing", "Network/NoProxy.swift", "Network/ProxyAddress.swift", "Providers", "Registry",
      "Sender/AttemptTimer.swift", "Sender/RefusedParameter.swift", "Sender/RetryAfter.swift",
      "Sender/RetryPolicy.swift", "Sender/Timeline.swift", "Wire",
    ],
    [
      "Listing/ModelLister.swift", "Wire/HTTPExchange.swift", "Wire/HTTPTransport.swift", "Wire/TransportErrors.swift",
    ], ["Basics", "ConfigurationReading", "Conversations", "JSON", .nioHTTP1]
  ),
]

let settings: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ] + (isOrdinary ? [] : [.unsafeFlags(sanitizers + ["-enable-testing"])])

/// A start is mostly loading: 134,000 addresses would have to be relocated, and 40,000 exported names that nothing
/// looks for lie between those that the libraries look for. With neither it takes three quarters of the time; a tenth
/// of what is left went to the C++ library, which Swift's runtime needs, and which is inside now.
let startsFast = [
  "-Xclang-linker", "-no-pie", "-Xlinker",
  "--version-script=\(Context.packageDirectory)/Sources/fiedler/exports.map",
  "-L\(Context.packageDirectory)/Sources/fiedler/static", "-Xclang-linker", "-static-libgcc",
]

extension Target.Dependency {
  static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
  static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
  static let deque = product(name: "DequeModule", package: "swift-collections")
  static let grdb = product(name: "GRDB", package: "GRDB.swift")
  static let heap = product(name: "HeapModule", package: "swift-collections")
  static let logging = product(name: "Logging", package: "swift-log")
  static let nioCore = product(name: "NIOCore", package: "swift-nio")
  static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
  static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
  static let nioHTTPCompression = product(name: "NIOHTTPCompression", package: "swift-nio-extras")
  static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
  static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
  static let nioWebSocket = product(name: "NIOWebSocket", package: "swift-nio")
  static let yams = product(name: "Yams", package: "Yams")
}

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  if !isOrdinary, let half = halves[name] {
    return .target(
      name: name, dependencies: half.dependencies, exclude: half.without, sources: half.sources, swiftSettings: settings
    )
  }
  return .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a module, in `Tests/<module>Tests`.
func tests(_ module: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: module + "Tests", dependencies: [.init(stringLiteral: module), "TestSupport"] + dependencies,
    exclude: exclude,
    swiftSettings: settings)
}

/// A program that tests run as a process of its own.
func probe(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

/// A program that reaches what only tests can.
func measurement(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String], settings further: [SwiftSetting] = [],
  linked: [LinkerSetting] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude,
    swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])] + further, linkerSettings: linked)
}

func fuzz(settings: [SwiftSetting], linked: [LinkerSetting]) -> Target {
  measurement(
    "Fuzz",
    [
      "Basics", "Canvas", "ConfigurationReading", "ConversationStore", "Conversations", "FiedlerUI", "Interchange",
      "JSON", "MCP", "Markdown", "SendEngine", "Settings", "TerminalDriver", .nioCore, .nioEmbedded, .nioWebSocket,
    ],
    exclude: [".gitignore", "corpus", "found", "longest", "run", "short"], settings: settings, linked: linked)
}

let measurements: [Target] =
  switch purpose {
  case "fuzz":
    [fuzz(settings: [.define("LIBFUZZER")], linked: [.unsafeFlags(sanitizers + ["-use-ld=lld"])])]
  case "short", "plain":
    [fuzz(settings: [], linked: [])]
  case "reading":
    [
      .executableTarget(
        name: "Reading", dependencies: [.asyncHTTPClient, .nioCore, .nioHTTP1, .nioPosix],
        path: "Tests/Benchmarks/Reading", swiftSettings: settings,
        linkerSettings: [.unsafeFlags(startsFast, .when(configuration: .release))])
    ]
  case "growth":
    [
      .target(name: "CSteps", path: "Tests/Growth/Steps"),
      measurement(
        "Growth",
        [
          "Basics", "CSteps", "Canvas", "ConfigurationReading", "ConversationStore", "Conversations", "FiedlerUI",
          "GodotLog", "Interchange", "JSON", "MCP", "Markdown", "SendEngine", "TerminalDriver", .nioCore, .nioEmbedded,
          .nioWebSocket,
        ],
        exclude: ["Steps", "run"]),
    ]
  default: []
  }

let package = Package(
  name: "fiedler",
  products: [
    .executable(name: "fiedler", targets: ["fiedler"]),
    .library(name: "GodotLog", targets: ["GodotLog"]),
  ],
  dependencies: [
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Values.
    .target(name: "CAllocator"),
    module("Basics"),
    module("JSON", ["Basics"]),
    .target(
      name: "Canvas", swiftSettings: settings,
      // For ``WordBreaks``; Foundation, which the program has, is made of it.
      linkerSettings: [.linkedLibrary("_FoundationICU")]),
    module("Conversations", ["Basics", "JSON"]),
    .systemLibrary(name: "CMarkdown", pkgConfig: "md4c", providers: [.apt(["libmd4c-dev"])]),
    module("Markdown", ["CMarkdown"]),
    module("ConfigurationReading", ["Basics", "JSON", .yams]),
    .target(
      name: "Settings", dependencies: ["Basics", "Canvas", "ConfigurationReading", "JSON"],
      resources: [
        "catppuccin-latte", "catppuccin-mocha", "dracula", "everforest-dark", "fiedler-colour-blind", "fiedler-dark",
        "fiedler-light", "fiedler-monochrome", "gruvbox-dark", "gruvbox-light", "kanagawa", "monokai", "nord",
        "one-dark", "one-light", "rose-pine", "rose-pine-dawn", "solarized-dark", "solarized-light", "tokyo-night",
      ].map { .embedInCode("Themes/\($0).yaml") }, swiftSettings: settings),

    // The terminal.
    .target(name: "CNcurses", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
    module("TerminalDriver", ["Canvas", "CNcurses"]),
    module("FiedlerUI", ["Basics", "Canvas", "Conversations", "Markdown"]),

    // Sending, keeping, logging.
    .systemLibrary(name: "CMessageDigest", providers: [.apt(["libmd-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    module("Digest", ["CMessageDigest"]),
    .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
    module("SQLiteErrors", [.grdb]),
    module(
      "SendEngine",
      [
        "Basics", "Conversations", "Digest", "JSON", "ConfigurationReading", .asyncHTTPClient, .nioCore, .nioPosix,
        .nioHTTP1,
        .nioHTTPCompression, .nioSSL,
      ]),
    module("MCP", ["Basics", "JSON", .nioCore, .nioPosix, .nioHTTP1, .nioWebSocket, .nioSSL]),
    module("GodotWire", ["Conversations", "JSON"]),
    module(
      "GodotLog",
      ["Basics", "Conversations", "GodotWire", "JSON", "MCP", "SQLiteErrors", .deque, .grdb, .heap, .logging]),
    module("ConversationStore", ["Basics", "Conversations", "GodotLog", "JSON", "SQLiteErrors", .grdb]),
    module("Interchange", ["Basics", "CZlib", "Conversations", "Digest", "JSON", "SQLiteErrors", .grdb]),

    // The log server.
    .target(name: "CPostgreSQL"),
    module(
      "GodotServer",
      [
        "Basics", "CAllocator", "CPostgreSQL", "Conversations", "GodotWire", "JSON", "MCP", "SQLiteErrors", .grdb,
        .logging,
        .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .nioWebSocket,
      ]),

    // The program.
    module(
      "FiedlerApp",
      [
        "Basics", "CAllocator", "Canvas", "ConversationStore", "Conversations", "Digest", "FiedlerUI", "GodotLog",
        "GodotServer", "Interchange", "JSON", "MCP", "SendEngine", "Settings", "ConfigurationReading", .logging,
      ]),
    .executableTarget(
      name: "fiedler",
      dependencies: [
        "Basics", "CSQLite", "Canvas", "Conversations", "FiedlerApp", "GodotLog", "GodotServer", "Interchange", "JSON",
        "MCP", "SendEngine", "Settings", "TerminalDriver", "ConfigurationReading", .argumentParser, .logging,
      ],
      exclude: ["exports.map", "static"],
      swiftSettings: settings,
      linkerSettings: [.unsafeFlags(startsFast, .when(configuration: .release))]),

    // Tests.
    .target(name: "CTestSupport", path: "Tests/CTestSupport"),
    .target(
      name: "TestSupport",
      dependencies: [
        "CTestSupport", "Conversations", "Digest", "JSON", .nioCore, .nioPosix, .nioHTTP1, .nioWebSocket, .nioSSL,
      ],
      path: "Tests/Support", swiftSettings: settings),
    probe("StoreProbe", ["Conversations", "ConversationStore", "GodotLog"]),
    probe("TerminalProbe", ["Canvas", "TerminalDriver"]),
    tests("Basics"),
    tests("Canvas"),
    tests("Conversations", ["JSON"]),
    tests("Digest"),
    tests("ConversationStore", ["Basics", "Conversations", "GodotLog", "Interchange", "JSON", "StoreProbe", .grdb]),
    tests(
      "FiedlerApp",
      [
        "Basics", "CAllocator", "Canvas", "ConversationStore", "Conversations", "FiedlerUI", "GodotLog", "JSON", "MCP",
        "SendEngine", "Settings", "ConfigurationReading", .grdb,
      ]),
    tests("FiedlerUI", ["Canvas", "Conversations", "TerminalDriver"], exclude: ["Screens"]),
    tests("GodotLog", ["Basics", "Conversations", "GodotWire", "JSON", "MCP", .grdb, .logging]),
    tests("GodotWire", ["Conversations", "JSON"]),
    tests(
      "GodotServer",
      ["Basics", "CPostgreSQL", "Conversations", "GodotWire", "JSON", "MCP", .grdb, .logging, .nioCore, .nioPosix]),
    tests("Interchange", ["Basics", "Conversations", "Digest", "JSON", .grdb, .yams], exclude: ["EarlierRun"]),
    tests("JSON"),
    tests("MCP", ["Basics", "JSON", .nioCore, .nioWebSocket]),
    tests("Markdown"),
    tests("SendEngine", ["Conversations", "JSON", "ConfigurationReading"]),
    tests("SQLiteErrors", [.grdb]),
    tests("Settings", ["Canvas", "ConfigurationReading"]),
    tests("TerminalDriver", ["Canvas", "CNcurses", "TerminalProbe"]),
    tests("ConfigurationReading"),
    // The built program, end to end.
    .testTarget(
      name: "JourneyTests", dependencies: ["fiedler", "JSON", "TestSupport", .grdb], swiftSettings: settings),
  ] + measurements)
