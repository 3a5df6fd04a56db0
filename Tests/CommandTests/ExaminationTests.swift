import XCTest

import rnn_dist

/// What the doctor makes of machines that are not at hand.
final class ExaminationTests: XCTestCase {
    private func rank(
        _ number: Int, host: String = "node1", neighbours: [Int], cores: [Int], jobCores: [Int]? = nil,
        hostCores: Int = 8,
        coreLimit: Double? = nil, level: Int = 4, builtLevel: Int = 4, available: Int = 8 << 30,
        memoryLimit: Int? = nil,
        sharedFree: Int? = 1 << 30, files: Int = 1024, sumsAreRight: Bool = true
    ) -> RankFacts {
        RankFacts(
            rank: number, host: host, neighbours: neighbours, mpi: "Open MPI v4.1.4", hdf5: "1.10.8",
            launch: Launch(environment: [:]),
            processor: ProcessorFacts(
                model: "Test CPU", level: level, builtLevel: builtLevel, isDebugBuild: false, hostCores: hostCores,
                cores: CoreSet(cores), launcherCores: CoreSet(jobCores ?? cores), coreLimit: coreLimit, threads: 1,
                roundsAsExpected: true),
            memory: MemoryFacts(
                total: 16 << 30, available: available, limit: memoryLimit, shared: 2 << 30, sharedFree: sharedFree,
                openFileLimit: files),
            hostName: number == neighbours.first ? HostNameFacts(name: host, isKnown: true, seconds: 0) : nil,
            trial: Trial(shards: 16, sumsAreRight: sumsAreRight, sumBytes: 1 << 20, sumSeconds: 0.0031, gigaflops: 100))
    }

    private func expect(
        _ facts: [RankFacts], _ subject: String, _ verdict: Verdict, _ fact: String, advice: String? = nil,
        line: UInt = #line
    ) {
        let findings = Examination(facts).findings.filter { $0.subject == subject }
        XCTAssertEqual(findings, [Finding(subject: subject, verdict: verdict, fact: fact, advice: advice)], line: line)
    }

    func testEachRankOnItsOwnCoresIsGood() {
        let facts = (0..<2).map {
            rank($0, neighbours: [0, 1], cores: Array($0 * 4..<$0 * 4 + 4), jobCores: Array(0..<8))
        }
        expect(facts, "host", .good, "node1: 2 ranks of 1 thread on 8 cores, bound to 4 cores each (0-3 · 4-7)")
    }

    func testCoresThatBindingLeavesOutAreTold() {
        let facts = (0..<2).map { rank($0, neighbours: [0, 1], cores: [$0], jobCores: Array(0..<8)) }
        expect(
            facts, "host", .slow,
            "node1: 2 ranks of 1 thread on 8 cores, bound to 1 core each (0 · 1); 6 cores left out",
            advice: "start 8 ranks here, or let threads use all cores: mpirun --bind-to none (srun: --cpu-bind=none)")
    }

    func testRanksBoundToOneCoreAreTold() {
        let facts = (0..<2).map { rank($0, neighbours: [0, 1], cores: [0], jobCores: Array(0..<8)) }
        expect(
            facts, "host", .slow,
            "node1: 2 ranks of 1 thread on 8 cores, bound to 1 core each (0 · 0); some ranks share a core",
            advice: "give each its own: mpirun --map-by core --bind-to core (srun: --cpu-bind=cores)")
    }

    func testTheTimeThatAContainerGrantsIsCompared() {
        let facts = (0..<3).map { rank($0, neighbours: [0, 1, 2], cores: Array(0..<8), coreLimit: 1.5) }
        expect(
            facts, "host", .slow, "node1: 3 ranks of 1 thread on 8 cores, unbound, limited to the time of 1.5 cores",
            advice: "start at most 1 rank here, or raise the limit")
    }

    func testAPartOfAHostIsNamedAsSuch() {
        expect(
            [rank(0, neighbours: [0], cores: [2, 3])], "host", .good,
            "node1: 1 rank of 1 thread on 2 cores of 8, unbound")
    }

    func testABuildForTheNarrowestNodeIsGoodAndANarrowerOneIsSlow() {
        func nodes(_ builtLevel: Int, _ levels: [Int]) -> [RankFacts] {
            levels.enumerated().map { number, level in
                rank(
                    number, host: "node\(number)", neighbours: [number], cores: [0], level: level,
                    builtLevel: builtLevel)
            }
        }
        expect(
            nodes(3, [4, 4]), "processor", .slow,
            "Test CPU has x86-64-v4 (AVX-512), the program is built for x86-64-v3 (AVX2) only",
            advice: "build it on this machine, or with RNN_DIST_CPU=x86-64-v4 if all nodes have that")
        let mixed = Examination(nodes(3, [4, 3])).findings.filter { $0.subject == "processor" }
        XCTAssertEqual(mixed.map(\.verdict), [.good, .good])
        XCTAssertEqual(
            mixed.map(\.fact),
            [
                "Test CPU has x86-64-v4 (AVX-512); the program is built for x86-64-v3 (AVX2), as other hosts here need it "
                    + "(rank 0 on node0)",
                "Test CPU, program built for x86-64-v3 (AVX2) (rank 1 on node1)",
            ])
    }

    func testLittleMemoryForARankIsTold() {
        let facts = (0..<4).map { rank($0, neighbours: [0, 1, 2, 3], cores: [$0], memoryLimit: 1 << 30) }
        expect(
            facts, "memory", .slow, "16.0 GiB, 8.0 GiB available, limited to 1.0 GiB: 256.0 MiB a rank",
            advice: "start fewer ranks or find more: a run that swaps crawls, one over a limit is killed")
    }

    func testASmallSharedMemoryIsTold() {
        let facts = (0..<4).map { rank($0, neighbours: [0, 1, 2, 3], cores: [$0], sharedFree: 8 << 20) }
        expect(
            facts, "shared memory", .slow, "/dev/shm has 2.0 GiB, 8.0 MiB free",
            advice: "make it at least 128.0 MiB (a container's --shm-size): ranks that find it full crash")
    }

    func testHostsThatAreWellShareALineAndTheOthersAreNamed() {
        let facts = (0..<3).map {
            rank($0, host: "node\($0)", neighbours: [$0], cores: [0], available: $0 == 1 ? 1 << 20 : 8 << 30)
        }
        let lines = Examination(facts).findings.filter { $0.subject == "memory" }
        XCTAssertEqual(
            lines.map(\.fact),
            ["enough on 2 of 3 hosts; node0: 16.0 GiB, 8.0 GiB available", "node1: 16.0 GiB, 1.0 MiB available"])
        XCTAssertEqual(lines.map(\.verdict), [.good, .slow])
    }

    func testALowLimitOfFilesIsToldAndAnUsualOneIsNot() {
        XCTAssertFalse(
            Examination([rank(0, neighbours: [0], cores: [0])]).findings.contains { $0.subject == "open files" })
        expect(
            [rank(0, neighbours: [0], cores: [0], files: 100)], "open files", .slow, "a process may open 100",
            advice: "raise the limit to 1024 (ulimit -n): connections between ranks count as files")
    }

    func testWrongSumsAreBrokenAndTheRanksNamed() {
        let facts = (0..<4).map { rank($0, neighbours: [0, 1, 2, 3], cores: [$0], sumsAreRight: $0 < 2) }
        expect(
            facts, "sums", .broken, "wrong bits on ranks 2-3 (node1)",
            advice:
                "messages arrive damaged: look at these hosts' network, or try mpirun --mca pml ob1 --mca btl self,tcp")
        XCTAssertEqual(Examination(facts).verdict, .broken)
    }

    func testAHostNameThatIsNotKnownOrSlowToFindIsTold() {
        let advice = "add '127.0.1.1 node7' to /etc/hosts: a launch of MPI asks for it, and may wait for seconds"
        XCTAssertEqual(
            HostNameFacts(name: "node7", isKnown: false, seconds: 5).finding,
            .slow("host name", "the address of 'node7' is not known (after 5.0 s)", advice: advice))
        XCTAssertEqual(
            HostNameFacts(name: "node7", isKnown: true, seconds: 5).finding,
            .slow("host name", "finding the address of 'node7' took 5.0 s", advice: advice))
    }

    func testARankAloneIsHeldAgainstWhatItsLaunchersMeant() {
        func verdict(_ environment: [String: String]) -> Verdict {
            Launch(environment: environment).finding(ranks: 1, library: "Open MPI v4.1.4").verdict
        }
        XCTAssertEqual(verdict([:]), .good)
        XCTAssertEqual(verdict(["SLURM_NTASKS": "1"]), .good)
        XCTAssertEqual(verdict(["SLURM_NTASKS": "4"]), .broken)
        XCTAssertEqual(verdict(["SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "4"]), .broken)
        XCTAssertEqual(verdict(["OMPI_COMM_WORLD_SIZE": "4"]), .broken)
        // mpirun -n 1 in a larger allocation, whose daemon was started by srun.
        XCTAssertEqual(verdict(["OMPI_COMM_WORLD_SIZE": "1", "SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "2"]), .slow)
    }
}
