import XCTest

import rnn_dist

/// When OpenBLAS's choice of a kernel is worth a word.
final class BLASKernelTests: XCTestCase {
    private func kernel(_ core: String, wanted: String? = nil, level: Int, dynamic: Bool = true) -> BLASKernel {
        BLASKernel(
            configuration:
                "OpenBLAS 0.3.21 NO_LAPACKE\(dynamic ? " DYNAMIC_ARCH" : "") NO_AFFINITY \(core) MAX_THREADS=64",
            core: core, wanted: wanted, processorLevel: level)
    }

    func testAKernelAsWideAsTheProcessorIsGood() {
        for (core, level) in [
            ("SkylakeX", 4), ("Cooperlake", 4), ("SapphireRapids", 4), ("Haswell", 3), ("Zen", 3), ("Nehalem", 1),
        ] {
            XCTAssertEqual(kernel(core, level: level).finding.verdict, .good, core)
            XCTAssertNil(kernel(core, wanted: core, level: level).warning, "forced, but to nothing narrower")
        }
        XCTAssertEqual(kernel("Haswell", level: 3).finding.fact, "OpenBLAS 0.3.21, kernel Haswell (AVX2)")
    }

    func testAForcedNarrowKernelIsSlowAndTrainingSaysSo() {
        let forced = kernel("Haswell", wanted: "haswell", level: 4)
        XCTAssertEqual(forced.finding.verdict, .slow)
        XCTAssertEqual(
            forced.warning,
            "OpenBLAS 0.3.21 runs its kernel Haswell (AVX2), forced by OPENBLAS_CORETYPE, on a CPU that has AVX-512; "
                + "unset OPENBLAS_CORETYPE: the narrower kernel has about half the speed")
        for core in ["Zen", "Sandybridge", "Nehalem", "Prescott"] {
            XCTAssertEqual(kernel(core, wanted: core, level: 4).finding.verdict, .slow)
        }
        XCTAssertEqual(kernel("Sandybridge", wanted: "SandyBridge", level: 3).finding.verdict, .slow)
    }

    func testANameThatOpenBLASDoesNotKnowForcesNothing() {
        XCTAssertNil(kernel("SkylakeX", wanted: "Foo", level: 4).warning)
        XCTAssertNil(kernel("Haswell", wanted: "SkylakeX", level: 4).warning)
    }

    func testALibraryOlderThanTheProcessorIsSlow() {
        let old = kernel("Prescott", level: 4)
        XCTAssertNil(old.warning)
        XCTAssertEqual(
            old.finding,
            Finding(
                subject: "BLAS", verdict: .slow,
                fact: "OpenBLAS 0.3.21 runs its kernel Prescott (SSE) on a CPU that has AVX-512",
                advice: "install a newer OpenBLAS, or set OPENBLAS_CORETYPE=SkylakeX for all ranks"))
        XCTAssertEqual(
            kernel("Haswell", wanted: "Haswell", level: 4, dynamic: false).finding.advice,
            "install an OpenBLAS for this CPU, or one that chooses its kernel at start (DYNAMIC_ARCH)")
    }

    func testAKernelWiderThanTheProcessorIsBroken() {
        let forced = kernel("SkylakeX", wanted: "SkylakeX", level: 3)
        XCTAssertEqual(forced.finding.verdict, .broken)
        XCTAssertEqual(
            forced.warning,
            "OpenBLAS 0.3.21 runs its kernel SkylakeX (AVX-512), forced by OPENBLAS_CORETYPE, on a CPU that has AVX2 only; "
                + "unset OPENBLAS_CORETYPE, or the first product dies of an illegal instruction")
    }

    func testOtherArchitecturesAreNotJudged() {
        XCTAssertEqual(kernel("NEOVERSEN1", level: 1).finding.verdict, .good)
    }
}
