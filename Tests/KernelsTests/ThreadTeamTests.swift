import Foundation
import Kernels
import Synchronization
import XCTest

/// A value behind a lock that ThreadSanitizer sees, as it does not the one of `Mutex`.
private final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result { lock.withLock { body(&value) } }
}

final class ThreadTeamTests: XCTestCase {
    func testASplitCoversEveryElementOnce() {
        for threads in 1...4 {
            let team = ThreadTeam(count: threads)
            for total in [0, 1, 7, 8, 9, 31, 100, 257] {
                for grain in [1, 3, 8, 32, 300] {
                    let ranges = Locked<[Range<Int>]>([])
                    team.split(total, grain: grain) { range in ranges.withLock { $0.append(range) } }
                    let sorted = ranges.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
                    XCTAssertEqual(
                        sorted.flatMap { Array($0) }, Array(0..<total), "\(threads) threads, \(total) by \(grain)")
                    XCTAssertTrue(sorted.dropFirst().allSatisfy { $0.lowerBound % grain == 0 })
                    XCTAssertLessThanOrEqual(sorted.count, threads)
                }
            }
        }
    }

    func testEveryThreadRunsOnceInTheFloatingPointEnvironment() {
        for threads in 1...4 {
            let team = ThreadTeam(count: threads)
            for _ in 0..<200 {
                let seen = Locked<[Int]>([])
                team.run { number in
                    let isSet = Processor.floatingPointEnvironmentIsSet
                    seen.withLock { $0.append(isSet ? number : -1) }
                }
                XCTAssertEqual(seen.withLock { $0.sorted() }, Array(0..<threads))
            }
        }
    }

    func testATeamThatHasSleptStillWorks() {
        let team = ThreadTeam(count: 3), sum = Atomic<Int>(0)
        for _ in 0..<3 {
            // Longer than idle threads look for work; whether they sleep by then changes nothing.
            let end = Date(timeIntervalSinceNow: 0.02)
            while Date() < end {}
            team.run { sum.wrappingAdd($0 + 1, ordering: .relaxed) }
        }
        XCTAssertEqual(sum.load(ordering: .relaxed), 18)
    }

    func testProductsAndGradientsHaveTheSameBitsOnTwoThreads() {
        var random = RandomNumbers(seed: 51)
        let x: Matrix<Float> = random.matrix(rows: 90, columns: 37),
            d: Matrix<Float> = random.matrix(rows: 90, columns: 50)
        let weight = PackedMatrix<Float>(inputs: 37, outputs: 50)
        weight.pack(random.matrix(rows: 37, columns: 50))
        let index = AlignedBuffer((0..<90).map { Int32($0) })
        let leaves = GradientLeaves(shards: [0, 1, 3], bounds: [0, 20, 21, 90], subtreeShards: [0..<4])
        func results(threads: Int) -> [UInt64] {
            let team = ThreadTeam(count: threads)
            let y = Matrix<Float>(rows: 90, columns: 50), sum = AlignedBuffer<Float>(count: 37 * 50)
            let back = Matrix<Float>(rows: 90, columns: 37)
            team.split(37, grain: PackedMatrix<Float>.panelWidth) { columns in
                multiply(d, rows: .all(90), byTransposeOf: weight, into: back, rows: .all(90), columns: columns)
            }
            team.split(90, grain: 8) { range in
                multiply(x, rows: .range(range), by: weight, into: y, rows: .range(range))
            }
            team.split(37, grain: 8) { range in
                weightGradient(
                    x, index: index, d, index: index, leaves: leaves, inputRange: range, into: [sum],
                    at: .panels(offset: 0, inputs: 37, outputs: 50))
            }
            return y.elements.bits + back.elements.bits + sum.elements.bits
        }
        let alone = results(threads: 1)
        for threads in 2...4 { XCTAssertEqual(results(threads: threads), alone) }
    }

    func testTheNormIsTheSumOfSquares() {
        var random = RandomNumbers(seed: 52)
        for count in [0, 1, 7, 8, 9, 4095, 4096, 4097, 20_000] {
            let x = AlignedBuffer<Float>(random.numbers(count + 3))
            let expected = x.elements.prefix(count).reduce(0.0) { $0 + Double($1) * Double($1) }
            XCTAssertEqual(squaredNorm(x, 0..<count), expected, accuracy: 1e-12 * max(1, expected))
        }
        let huge = AlignedBuffer<Float>([1e30, 1e30])
        XCTAssertEqual(squaredNorm(huge, 0..<2) / 2e60, 1, accuracy: 1e-6)
    }

    func testTreeSumAddsNeighboursFirst() {
        // 1e16 absorbs a single 1, not two together.
        XCTAssertEqual(treeSum([1e16, 0, 1, 1]), 1e16 + 2)
        XCTAssertEqual(treeSum([1e16, 1, 1]), (1e16 + 1) + 1)
        XCTAssertEqual(treeSum([]), 0)
        XCTAssertEqual(treeSum([3][...]), 3)
    }
}
