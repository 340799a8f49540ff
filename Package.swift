// swift-tools-version: 6.2
import PackageDescription

/// Every warning in our own code is an error.
let checked: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// The same, and no unsafe construct without the word `unsafe` beside it: for targets whose
/// work needs no pointers. Pointers live in EventLoop, the kernels, the arena and DigitWire.
let strict: [SwiftSetting] = checked + [.strictMemorySafety()]

/// Without the checks at run time, which cost a request on a busy loop 2 % of its time, that no two
/// accesses to a variable overlap: debug builds, and the compiler, look for those.
let uncheckedExclusivity: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// Functions of the C library that know the size of what they write to check it.
let fortified: [CSetting] = [.define("_FORTIFY_SOURCE", to: "2", .when(configuration: .release))]

/// The vector kernels are one source, compiled once per instruction set by these flags and
/// chosen at run time; those for narrow numbers, which need instructions by name, are another
/// source, compiled once per kind of number. On other architectures only the baseline is built.
///
/// The loops that hold sums in registers must be unrolled whole, and are the larger the more
/// registers there are, and where the compiler takes an instruction for a call. Too high a threshold
/// unrolls others too, so that sums no longer fit.
#if arch(x86_64)
  let kernelVariants: [(name: String, flags: [String], unrollThreshold: Int)] = [
    ("KernelsBaseline", [], 225),
    ("KernelsAVX2", ["-march=x86-64-v3"], 225),
    ("KernelsAVX512", ["-march=x86-64-v4"], 2_000),
    ("KernelsVNNI", ["-march=x86-64-v4", "-mavx512vnni"], 20_000),
    ("KernelsBF16", ["-march=x86-64-v4", "-mavx512bf16"], 20_000),
  ]
#else
  let kernelVariants: [(name: String, flags: [String], unrollThreshold: Int)] = [
    ("KernelsBaseline", [], 225)
  ]
#endif

/// Needs libFuzzer and its instrumentation of everything, so it is there only for `./dev fuzz`.
let fuzzer: [Target] =
  Context.environment["DIGITS_FUZZ"] == nil
  ? []
  : [
    .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(
      name: "fuzz", dependencies: ["CFuzzer", "FuzzSubjects"], path: "Tests/Fuzz/Driver",
      swiftSettings: checked),
  ]

func kernelTarget(_ name: String, flags: [String], unrollThreshold: Int) -> Target {
  .target(
    name: name, dependencies: ["KernelInterface", "CVectorInstructions"], path: "Sources/\(name)",
    swiftSettings: checked + [
      .unsafeFlags(
        flags.flatMap { ["-Xcc", $0] } + [
          "-Xllvm", "-unroll-threshold=\(unrollThreshold)",
          // Reflection metadata would bring shared symbols compiled for this instruction set, and
          // the linker might choose them for the whole program.
          "-Xfrontend", "-disable-reflection-metadata",
        ])
    ])
}

/// The tests of a target, which import it and what is named beside it.
func tests(of name: String, _ others: String..., exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: ([name] + others).map { .byName(name: $0) },
    exclude: exclude, swiftSettings: checked)
}

func systemLibrary(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/SystemLibraries/\(name)", pkgConfig: pkgConfig,
    providers: [.apt([apt])])
}

let package = Package(
  name: "Digits",
  products: [
    .library(name: "DigitWire", targets: ["DigitWire"]),
    .library(name: "DigitClient", targets: ["DigitClient"]),
    .executable(name: "digitd", targets: ["digitd"]),
    .executable(name: "digitctl", targets: ["digitctl"]),
    .executable(name: "digitlab", targets: ["digitlab"]),
  ],
  targets: [
    // The three programs.
    .executableTarget(
      name: "digitd",
      dependencies: [
        "DigitServer", "DigitTLS", "DigitKernels", "DigitWire", "EventLoop", "FileAccess",
        "PlainText", "ProgramShell", "ConfigurationFile", "Arguments",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "digitctl",
      dependencies: [
        "DigitClient", "DigitTop", "DigitLoad", "DigitWire", "EventLoop", "DigitReport",
        "DigitEvaluation",
        "DigitCharts", "DigitFiles", "DigitImage", "FileAccess", "LocalPictures", "Measure",
        "PlainText", "ProgramShell", "Arguments",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "digitlab",
      dependencies: [
        "DigitTraining", "DigitModel", "DigitKernels", "DigitReport", "DigitEvaluation",
        "DigitCharts", "DigitFiles", "DigitImage", "FileAccess", "Measure", "PlainText",
        "ProgramShell", "Arguments",
      ],
      swiftSettings: strict),

    // The client library in a program of one's own; Docs/library.md shows it.
    .executableTarget(
      name: "read-digits", dependencies: ["DigitClient"], path: "Examples/read-digits",
      swiftSettings: strict),

    // Serving.
    .target(
      name: "DigitServer",
      dependencies: [
        "DigitWire", "DigitHTTP", "DigitTLS", "DigitFiles", "FileAccess", "EventLoop",
        "DigitModel", "Slots", "CProcess",
      ],
      swiftSettings: checked + uncheckedExclusivity),
    .target(
      name: "DigitHTTP",
      dependencies: [
        "DigitWire", "DigitFiles", "DigitImage", "CHTTPParser", "CJSON", "COpenAPI", "CPage",
      ],
      exclude: [
        "OpenAPI/Embedded", "OpenAPI/openapi.json", "Page/Embedded", "Page/Images", "Page/Modules",
        "Page/index.html", "Page/style.css",
      ], swiftSettings: checked),
    // The page's files, and the description of the interfaces, which they read while they compile.
    .target(name: "COpenAPI", path: "Sources/DigitHTTP/OpenAPI/Embedded"),
    .target(name: "CPage", path: "Sources/DigitHTTP/Page/Embedded"),
    .target(
      name: "DigitClient",
      dependencies: ["DigitHandshake", "DigitTLS", "DigitWire", "EventLoop", "PlainText", "Slots"],
      swiftSettings: checked),
    .target(
      name: "DigitHandshake", dependencies: ["DigitTLS", "DigitWire", "EventLoop"],
      swiftSettings: checked),
    .target(
      name: "DigitLoad",
      dependencies: [
        "DigitHandshake", "DigitHTTP", "DigitTLS", "DigitWire", "EventLoop", "Measure", "Slots",
      ],
      swiftSettings: checked),
    .target(
      name: "DigitTLS", dependencies: ["EventLoop", "COpenSSL"], swiftSettings: checked),
    .target(name: "DigitWire", swiftSettings: checked),
    .target(name: "Slots", swiftSettings: checked),
    .target(
      name: "EventLoop", dependencies: ["CUV", "CThreadSanitizer", "CProcess"],
      swiftSettings: checked),

    // Networks.
    .target(
      name: "DigitTraining", dependencies: ["DigitModel", "DigitKernels", "DigitFiles"],
      swiftSettings: checked),
    .target(
      name: "DigitModel", dependencies: ["DigitKernels", "FileAccess"], swiftSettings: checked),
    .target(
      name: "DigitKernels",
      dependencies: ["CProcessor", "KernelInterface"]
        + kernelVariants.map { .target(name: $0.name) },
      swiftSettings: checked),
    .target(name: "KernelInterface", swiftSettings: checked),

    // Evaluations and what tells of them.
    .target(
      name: "DigitReport",
      dependencies: [
        "DigitEvaluation", "DigitCharts", "DigitFiles", "DigitImage", "FileAccess", "PlainText",
      ],
      swiftSettings: strict),
    .target(
      name: "DigitEvaluation", dependencies: ["Measure", "PlainText"], swiftSettings: strict),
    .target(
      name: "DigitCharts", dependencies: ["PlainText", "CProcess"], swiftSettings: strict),

    // Files, figures and flags.
    .target(
      name: "DigitFiles",
      dependencies: [
        "DigitImage", "FileAccess", "PlainText", "COpenSSL", "CPNG", "CTurboJPEG", "CWebP",
        "CZlib", "CTestImageHashes",
      ],
      swiftSettings: checked),
    // What digitctl reads beside, and digitd does not.
    .target(
      name: "LocalPictures", dependencies: ["CTIFF", "DigitFiles", "DigitImage"],
      swiftSettings: checked),
    .target(name: "DigitImage", swiftSettings: strict),
    .target(
      name: "CTestImageHashes", exclude: ["make-test-image-hashes.py", "test-image-hashes.bin"]),
    .target(name: "FileAccess", dependencies: ["PlainText"], swiftSettings: checked),
    .target(
      name: "DigitTop", dependencies: ["DigitWire", "Measure", "PlainText"],
      swiftSettings: strict),
    .target(name: "Measure", swiftSettings: strict),
    .target(name: "PlainText", swiftSettings: strict),
    .target(
      name: "ProgramShell",
      dependencies: ["Arguments", "FileAccess", "PlainText", "DigitWire", "CProcess"],
      swiftSettings: strict),
    .target(
      name: "ConfigurationFile", dependencies: ["Arguments", "CJSON"], swiftSettings: checked),
    .target(name: "Arguments", swiftSettings: strict),

    // System libraries, and what Swift cannot ask of the processor itself.
    systemLibrary("CUV", pkgConfig: "libuv", apt: "libuv1-dev"),
    systemLibrary("CHTTPParser", apt: "libhttp-parser-dev"),
    systemLibrary("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    systemLibrary("CPNG", pkgConfig: "libpng", apt: "libpng-dev"),
    systemLibrary("CTurboJPEG", pkgConfig: "libturbojpeg", apt: "libturbojpeg0-dev"),
    systemLibrary("CWebP", pkgConfig: "libwebpdemux", apt: "libwebp-dev"),
    .systemLibrary(
      name: "CVectorInstructions", path: "Sources/SystemLibraries/CVectorInstructions"),
    // A C interface over simdjson (libsimdjson-dev), which is C++ and here without exceptions.
    .target(
      name: "CJSON",
      cxxSettings: [
        .define("SIMDJSON_EXCEPTIONS", to: "0"),
        .define("_FORTIFY_SOURCE", to: "2", .when(configuration: .release)),
      ],
      linkerSettings: [.linkedLibrary("simdjson")]),
    // A C interface over libtiff (libtiff-dev), whose own has variadic functions.
    .target(
      name: "CTIFF", path: "Sources/SystemLibraries/CTIFF", cSettings: fortified,
      linkerSettings: [.linkedLibrary("tiff")]),
    .target(name: "CProcessor", path: "Sources/SystemLibraries/CProcessor"),
    .target(
      name: "CProcess", path: "Sources/SystemLibraries/CProcess", cSettings: fortified),
    .target(
      name: "CThreadSanitizer", path: "Sources/SystemLibraries/CThreadSanitizer"),

    // What several test targets read: the protocol's vectors and description.
    .target(
      name: "ProtocolFixtures", dependencies: ["DigitWire"], path: "Tests/ProtocolFixtures",
      swiftSettings: checked),
    // A client's bytes as requests.
    .target(
      name: "HTTPFixtures", dependencies: ["DigitHTTP"], path: "Tests/HTTPFixtures",
      swiftSettings: checked),
    // Certificates that tests make when they run.
    .target(
      name: "CertificateFixtures", path: "Tests/CertificateFixtures", swiftSettings: checked),
    // A server on a loop, whose answers a test writes.
    .target(
      name: "ScriptedServers",
      dependencies: ["DigitHTTP", "DigitWire", "EventLoop", "ProtocolFixtures"],
      path: "Tests/ScriptedServers", swiftSettings: checked),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    // What digitd is measured against.
    .executableTarget(name: "bare-libuv", dependencies: ["CUV"], path: "Tests/Peers/BareLibuv"),
    .target(
      name: "FuzzSubjects",
      dependencies: [
        "DigitWire", "DigitModel", "DigitFiles", "DigitHTTP", "DigitServer", "DigitTLS",
        "EventLoop", "LocalPictures", "Arguments", "ConfigurationFile", "CertificateFixtures",
        "HTTPFixtures", "ProtocolFixtures",
      ],
      path: "Tests/Fuzz",
      exclude: [
        "CFuzzer", "Driver", "make-corpus.py", "Frames/Corpus", "Requests/Corpus",
        "Safetensors/Corpus", "IDX/Corpus", "OpenInference/Corpus", "TensorFlowServing/Corpus",
        "Predict/Corpus", "Pictures/Corpus", "RepositoryIndex/Corpus", "Configuration/Corpus",
        "TLSRecords/Corpus", "TokenList/Corpus",
      ], swiftSettings: checked),
  ]
    + kernelVariants.map {
      kernelTarget($0.name, flags: $0.flags, unrollThreshold: $0.unrollThreshold)
    }
    + [
      tests(of: "Arguments", "ConfigurationFile"),
      tests(of: "CJSON"),
      tests(of: "ConfigurationFile", "Arguments"),
      tests(of: "DigitCharts"),
      tests(of: "DigitClient", "CAllocations", "DigitWire", "EventLoop", "ScriptedServers"),
      tests(of: "DigitEvaluation"),
      tests(of: "DigitFiles", "DigitImage", "FileAccess", "LocalPictures"),
      tests(of: "DigitHTTP", "DigitFiles", "DigitImage", "DigitWire", "HTTPFixtures"),
      tests(of: "DigitHandshake", "DigitWire", "ProtocolFixtures"),
      tests(of: "DigitImage", "DigitFiles", "DigitModel", "DigitTraining"),
      tests(of: "DigitKernels"),
      tests(
        of: "DigitLoad", "CAllocations", "DigitHTTP", "DigitWire", "EventLoop", "Measure",
        "ProtocolFixtures", "ScriptedServers"),
      tests(of: "DigitModel", "CAllocations", "DigitKernels"),
      tests(
        of: "DigitReport", "DigitCharts", "DigitEvaluation", "DigitFiles", "DigitImage",
        "FileAccess"),
      tests(
        of: "DigitServer", "CAllocations", "DigitFiles", "DigitHTTP", "DigitKernels", "DigitModel",
        "DigitWire",
        "EventLoop", "ProtocolFixtures", "Slots"),
      tests(
        of: "DigitTraining", "DigitEvaluation", "DigitFiles", "DigitKernels", "DigitModel",
        exclude: ["Golden"]),
      tests(of: "DigitTLS", "CertificateFixtures", "EventLoop"),
      tests(of: "DigitTop", "DigitWire"),
      tests(of: "DigitWire", "ProtocolFixtures"),
      tests(of: "EventLoop"),
      tests(of: "FileAccess"),
      tests(of: "Measure", "CAllocations"),
      tests(of: "PlainText"),
      tests(of: "ProgramShell", "Arguments"),
      tests(of: "Slots"),
      // The server and its clients without sockets, threads and clocks, event by event.
      .testTarget(
        name: "SimulationTests",
        dependencies: [
          "DigitServer", "DigitClient", "DigitWire", "DigitModel", "EventLoop", "Slots",
          "ProtocolFixtures",
        ], swiftSettings: checked),
      // Of whole programs, of the fuzzers' inputs, and of the source itself.
      .testTarget(
        name: "EndToEndTests",
        dependencies: [
          "CertificateFixtures", "DigitClient", "DigitFiles", "DigitWire", "EventLoop",
          "ProtocolFixtures", "ScriptedServers",
        ], swiftSettings: checked),
      .testTarget(name: "FuzzTests", dependencies: ["FuzzSubjects"], swiftSettings: checked),
      .testTarget(name: "TidyTests", swiftSettings: checked),
    ] + fuzzer,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
