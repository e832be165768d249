// swift-tools-version: 6.2
import PackageDescription

// What the program says about itself with --version. A build without git, such as the image's, is
// told by the variable.
let commit =
  Context.environment["CLORO_MOCK_COMMIT"] ?? Context.gitInformation?.currentCommit ?? ""

// Where the manual is published, which the double's page leads to. Without it the page leads to the
// text that the double has.
let manual = Context.environment["CLORO_MOCK_MANUAL"] ?? ""

// What is released is built with exactly the versions below, so that the same commit gives the same
// bytes. Whoever depends on the library takes any version that is compatible.
let isRelease = Context.environment["CLORO_MOCK_RELEASE"] != nil

func apple(_ name: String, _ version: Version) -> Package.Dependency {
  let url = "https://github.com/apple/\(name)"
  return isRelease ? .package(url: url, exact: version) : .package(url: url, from: version)
}

let package = Package(
  name: "cloro-mock",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "CloroMock", targets: ["CloroMock"]),
    .executable(name: "cloro-mock", targets: ["cloro-mock"]),
  ],
  dependencies: [
    apple("swift-argument-parser", "1.8.2"),
    apple("swift-collections", "1.6.0"),
    apple("swift-crypto", "4.5.2"),
    apple("swift-log", "1.16.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CSQLite",
      pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .target(name: "CCurl"),
    .target(name: "CEpoll"),
    .target(
      name: "CFixtures", cSettings: [.define("CLORO_MOCK_MANUAL", to: "\"\(manual)\"")]),
    .target(name: "CLaunch"),
    .target(name: "CProcess"),
    .target(name: "CTLS"),
    .target(
      name: "CVersion", exclude: ["VERSION"],
      cSettings: [.define("CLORO_MOCK_COMMIT", to: "\"\(commit)\"")]),
    // Each target uses those above it, and no other.
    .target(name: "Platform", dependencies: ["CEpoll", "CProcess"]),
    .target(name: "Bytes"),
    .target(name: "JSON", dependencies: ["Bytes"]),
    .target(name: "Patterns"),
    .target(
      name: "Simulation",
      dependencies: [
        "Bytes", "Platform", .product(name: "HeapModule", package: "swift-collections"),
      ]),
    .target(name: "TLS", dependencies: ["CTLS", "Platform"]),
    .target(name: "HTTPServer", dependencies: ["Bytes", "Platform", "TLS"]),
    .target(name: "Ledger", dependencies: ["CSQLite", "Platform"]),
    .target(name: "CloroContract", dependencies: ["JSON"]),
    .target(
      name: "CloroMock",
      dependencies: [
        "Bytes", "CCurl", "CFixtures", "CloroContract", "HTTPServer", "JSON", "Ledger", "Patterns",
        "Platform", "Simulation", "TLS",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "cloro-mock",
      dependencies: [
        "CLaunch", "CVersion", "CloroContract", "CloroMock", "HTTPServer", "JSON", "Ledger",
        "Platform", "Simulation", "TLS",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // Looking for Swift's libraries takes a third of the start, and correcting the 50,000
      // addresses of a program that may lie anywhere an eighth of what is left. A twentieth of
      // start and size is the list of symbols for libraries that would be loaded later and call
      // back. Only this program is linked so: the library stays free to be depended upon.
      linkerSettings: [
        .unsafeFlags(
          [
            "-static-stdlib", "-Xclang-linker", "-no-pie", "-use-ld=lld",
            "-Xlinker", "--no-export-dynamic", "-l_FoundationCollections", "-l_FoundationCShims",
          ],
          .when(platforms: [.linux], configuration: .release))
      ]),
    .testTarget(name: "BytesTests", dependencies: ["Bytes"]),
    .testTarget(name: "PlatformTests", dependencies: ["Platform"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "PatternsTests", dependencies: ["Patterns", "Simulation"]),
    .testTarget(name: "SimulationTests", dependencies: ["Platform", "Simulation"]),
    .target(name: "TLSClient", path: "Tests/TLSClient"),
    .testTarget(
      name: "HTTPServerTests", dependencies: ["HTTPServer", "Platform", "TLS", "TLSClient"]),
    .testTarget(name: "CloroContractTests", dependencies: ["CloroContract"]),
    .testTarget(name: "LedgerTests", dependencies: ["Ledger", "CSQLite"]),
    .testTarget(name: "CloroMockTests", dependencies: ["CloroMock"]),
  ],
  swiftLanguageModes: [.v6]
)

// Tests/run takes no warning. Others may have a newer compiler, which warns of more.
if Context.environment["CLORO_MOCK_WARNINGS_AS_ERRORS"] != nil {
  for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    target.cSettings = (target.cSettings ?? []) + [.treatAllWarnings(as: .error)]
  }
}

// The fuzz targets need a build of their own, with coverage: Tests/Fuzz/run makes it.
if Context.environment["CLORO_MOCK_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CloroContract", "CloroMock", "HTTPServer", "JSON", "Patterns", "TLS", "TLSClient",
      ],
      path: "Tests/Fuzz/Targets"))
}
