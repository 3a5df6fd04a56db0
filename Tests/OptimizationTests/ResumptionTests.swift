import Configuration
import Kernels
import Optimization
import XCTest

/// An optimizer that goes on from a stored state, beside one that was never interrupted.
final class ResumptionTests: XCTestCase {
    private static let rows = 24, width = 20, dense = 70

    /// One run: parameters and optimizer, with steps that touch few rows of the table, some of them rarely.
    private final class Run {
        let configuration: OptimizerConfiguration
        let optimizer: Optimizer
        let dense: AlignedBuffer<Float>, table: Matrix<Float>
        private let numbers = Numbers(5), team = ThreadTeam(count: 1)

        init(_ configuration: OptimizerConfiguration) {
            self.configuration = configuration
            optimizer = Optimizer(
                configuration, denseCount: ResumptionTests.dense,
                tables: [(ResumptionTests.rows, ResumptionTests.width)])
            dense = numbers.buffer(ResumptionTests.dense)
            table = Matrix(
                numbers.buffer(ResumptionTests.rows * ResumptionTests.width, 1), rows: ResumptionTests.rows,
                columns: ResumptionTests.width)
        }

        /// Goes on from another run's state, as a checkpoint keeps it: values, raw moments and their steps.
        init(continuing other: Run) {
            configuration = other.configuration
            optimizer = Optimizer(
                configuration, denseCount: ResumptionTests.dense,
                tables: [(ResumptionTests.rows, ResumptionTests.width)])
            dense = other.dense.copy()
            table = Matrix(other.table.storage.copy(), rows: ResumptionTests.rows, columns: ResumptionTests.width)
            let mine = optimizer.tables[0], theirs = other.optimizer.tables[0]
            for (to, from) in [
                (optimizer.denseMoments.first, other.optimizer.denseMoments.first),
                (optimizer.denseMoments.second, other.optimizer.denseMoments.second),
                (mine.moments.first, theirs.moments.first), (mine.moments.second, theirs.moments.second),
            ] {
                guard let to, let from else { continue }
                for i in 0..<to.count { to[i] = from[i] }
            }
            for row in 0..<ResumptionTests.rows { mine.momentStep[row] = theirs.momentStep[row] }
            optimizer.resume(at: other.optimizer.step)
        }

        func go(to last: Int, readingEvery: Int? = nil) {
            while optimizer.step < last {
                let step = optimizer.step + 1
                // Row r has a gradient every r² + 1 steps: the last ones after hundreds.
                let ids = (0..<ResumptionTests.rows).filter { step % ($0 * $0 + 1) == 0 }
                let count = ids.count * ResumptionTests.width
                optimizer.update(
                    dense: dense, gradient: numbers.buffer(dense.count, 10 + 2 * step), tables: [table],
                    tableGradients: [
                        SparseRows(
                            ids: ids.map { Int32($0) },
                            rows: Matrix(
                                numbers.buffer(count, 11 + 2 * step), rows: ids.count, columns: ResumptionTests.width))
                    ], scale: 0.25, learningRate: configuration.learningRate * (step % 50 < 25 ? 1 : 0.3), team: team)
                if let readingEvery, step % readingEvery == 0 { read() }
            }
        }

        func read() { optimizer.bringCurrent(table: 0, table, ids: nil) }

        var state: [[UInt32]] {
            read()
            let moments = optimizer.currentMoments(table: 0, width: ResumptionTests.width)
            return [
                dense.bits, table.storage.bits, optimizer.denseMoments.first?.bits ?? [],
                optimizer.denseMoments.second?.bits ?? [],
                moments.first?.map(\.bitPattern) ?? [], moments.second?.map(\.bitPattern) ?? [],
            ]
        }
    }

    func testGoingOnGivesTheBitsOfAnUninterruptedRun() {
        for (name, configuration) in UpdateCases.all {
            let whole = Run(configuration)
            whole.go(to: 700)
            var parts = Run(configuration)
            // Interruptions close together and far apart, some right after a step with many rows.
            for stop in [1, 2, 50, 51, 333, 640, 700] {
                parts.go(to: stop)
                parts.read()
                parts = Run(continuing: parts)
                XCTAssertEqual(parts.optimizer.step, stop, name)
            }
            XCTAssertEqual(parts.state, whole.state, name)
        }
    }

    func testReadingAndForgettingChangeNoLaterBit() {
        for (name, configuration) in UpdateCases.all {
            let whole = Run(configuration), read = Run(configuration)
            whole.go(to: 700)
            for stop in stride(from: 100, through: 700, by: 100) {
                read.go(to: stop, readingEvery: 7)
                read.read()
                read.optimizer.forgetHistory()
            }
            XCTAssertEqual(read.state, whole.state, name)
        }
    }

    func testATableThatIsNotTrainedStaysAsItIs() {
        var configuration = OptimizerConfiguration()
        configuration.name = .adamw
        let numbers = Numbers(3), table = Matrix(numbers.buffer(60), rows: 3, columns: 20), before = table.storage.bits
        let optimizer = Optimizer(configuration, denseCount: 16, tables: [(3, 20)]), values = numbers.buffer(16)
        for step in 0..<3 {
            optimizer.update(
                dense: values, gradient: numbers.buffer(16, step), tables: [table], tableGradients: [nil], scale: 1,
                learningRate: 0.1, team: ThreadTeam(count: 1))
        }
        XCTAssertEqual(table.storage.bits, before)
    }
}
