import Kernels
import XCTest

final class PhaseClockTests: XCTestCase {
    private func wait(milliseconds: Double) {
        let clock = ContinuousClock(), begin = clock.now
        while (clock.now - begin) / .milliseconds(1) < milliseconds {}
    }

    func testEveryMomentBelongsToThePhaseEnteredLast() {
        let clock = ThreadTeam(count: 1).clock
        let wall = ContinuousClock(), begin = wall.now
        clock.start()
        clock.enter(.recurrence)
        wait(milliseconds: 20)
        clock.enter(.optimizer)
        wait(milliseconds: 5)
        clock.enter(.recurrence)
        wait(milliseconds: 20)
        let nanoseconds = clock.stop()
        let elapsed = (wall.now - begin) / .nanoseconds(1)
        XCTAssertGreaterThanOrEqual(nanoseconds[StepPhase.recurrence.rawValue], 40_000_000)
        XCTAssertGreaterThanOrEqual(nanoseconds[StepPhase.optimizer.rawValue], 5_000_000)
        XCTAssertEqual(nanoseconds[StepPhase.reduction.rawValue], 0)
        XCTAssertLessThanOrEqual(Double(nanoseconds.reduce(0, +)), elapsed)
        XCTAssertGreaterThan(Double(nanoseconds.reduce(0, +)), 45_000_000)
    }

    func testAClockThatIsOffAddsUpNothing() {
        let clock = ThreadTeam(count: 1).clock
        clock.enter(.recurrence)
        wait(milliseconds: 2)
        clock.start()
        XCTAssertLessThan(clock.stop().reduce(0, +), 2_000_000)
        clock.enter(.output)
        wait(milliseconds: 2)
        XCTAssertEqual(clock.stop()[StepPhase.output.rawValue], 0)
    }

    func testNoProductIsFasterThanThePeak() {
        let team = ThreadTeam(count: 1)
        let (rows, inputs, outputs) = (120, 256, 256)
        let x = Matrix<Float>(rows: rows, columns: inputs), y = Matrix<Float>(rows: rows, columns: outputs)
        for precision in [ProductPrecision.float32, .bfloat16] {
            let peak = MachineSpeed.floatOperations(team: team, seconds: 0.2, precision: precision)
            var weight = ProductWeight<Float>(precision: precision, fewRows: false)
            weight.take(PackedMatrix(inputs: inputs, outputs: outputs))
            var best = 0.0
            let clock = ContinuousClock()
            for _ in 0..<50 {
                let begin = clock.now
                weight.multiply(x, rows: .all(rows), from: .zero, into: y, rows: .all(rows))
                best = max(best, Double(2 * rows * inputs * outputs) / ((clock.now - begin) / .seconds(1)))
            }
            XCTAssertLessThan(best, 1.1 * peak, "\(precision)")
            XCTAssertGreaterThan(best, 0.2 * peak, "\(precision)")
        }
        XCTAssertGreaterThan(MachineSpeed.memoryBytes(team: team, seconds: 0.05), 1e8)
    }
}
