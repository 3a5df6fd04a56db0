import Foundation
import XCTest

/// What the launchers say on machines that lack something.
final class LaunchTests: XCTestCase {
    private let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private var folder = URL(fileURLWithPath: "/")

    override func setUpWithError() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("launch-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(at: folder)
    }

    /// Runs a launcher with nothing on PATH but these tools of the system and these scripts.
    private func launch(
        _ arguments: [String], shell: String = "sh", tools: [String] = [], scripts: [String: String] = [:],
        variables: [String: String] = [:]
    ) throws -> (status: Int32, errors: String) {
        for tool in tools {
            let found = ["/usr/bin/", "/bin/"].map { $0 + tool }.first(where: FileManager.default.fileExists(atPath:))
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + tool, withDestinationPath: try XCTUnwrap(found, "no \(tool) here"))
        }
        for (name, script) in scripts.sorted(by: { $0.key < $1.key }) {
            let file = folder.appendingPathComponent(name)
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/\(shell)")
        process.arguments = ["\(top.path)/Launch/\(arguments[0])"] + arguments.dropFirst()
        process.environment = variables.merging(["PATH": folder.path, "HOME": folder.path]) { $1 }
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    func testWithoutSwiftTheMessageSaysWhereToGetIt() throws {
        let (status, errors) = try launch(["test"], tools: ["dirname"])
        XCTAssertEqual(status, 1)
        XCTAssertEqual(
            errors,
            """
            rnn-dist is built with Swift 6.2 or newer, and there is no 'swift' on PATH.
            Install one from https://www.swift.org/install/linux/, for example with its installer:
                curl -O "https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz"
                tar zxf "swiftly-$(uname -m).tar.gz" && ./swiftly init
            A toolchain that is already unpacked only needs to be on PATH: export PATH=/where/it/is/usr/bin:$PATH\n
            """)
    }

    func testWithoutAptTheMessageNamesThePackagesOfEachDistribution() throws {
        let (status, errors) = try launch(
            ["quickstart"], tools: ["dirname", "tr", "grep"],
            scripts: ["swift": "", "ld.gold": "", "git": "", "pkg-config": "[ $2 = zlib ] || [ $2 = libcrypto ]"])
        XCTAssertEqual(status, 1)
        let lines = errors.split(separator: "\n").map(String.init)
        XCTAssertEqual(lines.first, "Packages are missing, and without apt-get they cannot be installed from here.")
        // Not the whole lines: what else the machine of this test has, it cannot know.
        let expected = [
            ("Not found:", "module:ompi-c command:mpirun"),
            ("  Debian, Ubuntu   apt-get install", " libopenmpi-dev openmpi-bin"),
            ("  Fedora, RHEL     dnf install", " openmpi-devel openmpi"),
            ("  openSUSE         zypper install", " openmpi4-devel openmpi4"),
            ("  Arch             pacman -S", " openmpi"),
        ]
        for (start, names) in expected {
            XCTAssertTrue(lines.contains { $0.hasPrefix(start) && $0.contains(names) }, "\(names) in \(errors)")
        }
    }

    func testAnOldSwiftIsNamed() throws {
        let (status, errors) = try launch(
            ["test"], tools: ["dirname", "tr", "grep", "sed", "head"],
            scripts: [
                "swift": "echo 'Swift version 6.1.2 (swift-6.1.2-RELEASE)'", "ld.gold": "", "git": "", "mpirun": "",
                "pkg-config": "",
            ])
        XCTAssertEqual(status, 1)
        XCTAssertTrue(
            errors.hasPrefix("rnn-dist is built with Swift 6.2 or newer; \(folder.path)/swift is 6.1.\n"), errors)
    }

    func testAnUnknownOptionOfInstallIsAUsageError() throws {
        let (status, errors) = try launch(["install", "--prefx", "/x"], tools: ["dirname"])
        XCTAssertEqual(status, 64)
        XCTAssertTrue(
            errors.hasPrefix("--prefx: not an option of Launch/install\nusage: Launch/install [--prefix DIR]\n"))
    }

    func testAFolderThatCannotBeWrittenIsNamedBeforeTheBuild() throws {
        let (status, errors) = try launch(
            ["install", "--prefix", "/dev/null/x"], tools: ["dirname", "tr", "grep", "sed", "head", "mkdir", "id"],
            scripts: [
                "swift": "echo 'Swift version 6.2'", "ld.gold": "", "git": "", "mpirun": "", "pkg-config": "",
            ])
        XCTAssertEqual(status, 1)
        XCTAssertTrue(errors.hasPrefix("/dev/null/x/bin: user "), errors)
        XCTAssertTrue(errors.hasSuffix(" cannot write there; name another folder with --prefix.\n"), errors)
    }

    func testAProgramThatIsNotThereIsNamedBeforeHostsAreAsked() throws {
        let (status, errors) = try launch(["hosts", "list", "/no/rnn-dist", "train"], shell: "bash")
        XCTAssertEqual(status, 64)
        XCTAssertEqual(
            errors, "/no/rnn-dist: there is no such program; expected 'rnn-dist' on PATH, or its path.\n")
    }

    func testAJobThatIsSubmittedFromElsewhereSaysWhatToDo() throws {
        for (script, variable) in [
            ("slurm/mpirun.sbatch", "SLURM_SUBMIT_DIR"), ("slurm/srun.sbatch", "SLURM_SUBMIT_DIR"),
            ("pbs/train.pbs", "PBS_O_WORKDIR"), ("lsf/train.lsf", "LS_SUBCWD"),
        ] {
            let (status, errors) = try launch([script], shell: "bash", variables: [variable: folder.path])
            XCTAssertEqual(status, 1, script)
            XCTAssertEqual(
                errors,
                "There is no \(folder.path)/Launch/cluster: submit from rnn-dist's folder, or name its Launch folder in "
                    + "RNN_DIST_LAUNCH.\n", script)
        }
    }

    func testRanksPerHostAreANumber() throws {
        try Data("node1\n".utf8).write(to: folder.appendingPathComponent("list"))
        for count in ["0", "two", "-1", "2x"] {
            let (status, errors) = try launch(
                ["hosts", folder.path + "/list", "rnn-dist", "train"], shell: "bash",
                tools: ["dirname", "hostname", "date", "awk", "wc", "sort", "head", "cat"],
                scripts: [
                    "rnn-dist": "echo 'output: \"run\"'", "mpirun": "echo 2", "env": "",
                ], variables: ["RNN_DIST_RANKS_PER_HOST": count])
            XCTAssertEqual(status, 1, count)
            XCTAssertTrue(
                errors.contains("RNN_DIST_RANKS_PER_HOST is '\(count)', expected a number, at least 1.\n"), errors)
            // The next round makes them again.
            for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file != "list" {
                try FileManager.default.removeItem(atPath: folder.path + "/" + file)
            }
        }
    }
}
