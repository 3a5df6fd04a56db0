import Configuration
import Foundation
import Optimization
import XCTest

/// Every schedule against values worked out by hand.
final class LearningRateScheduleTests: XCTestCase {
    private func schedule(_ name: ScheduleConfiguration.Name, _ set: (inout TrainingConfiguration) -> Void = { _ in })
        -> LearningRateSchedule
    {
        var training = TrainingConfiguration()
        training.schedule.name = name
        training.optimizer.learningRate = 0.8
        set(&training)
        return LearningRateSchedule(training)
    }

    private func isLower(_ value: Double, _ best: Double?) -> Bool { best.map { value < $0 } ?? true }

    func testConstantIsConstant() {
        for (step, epoch) in [(0, 0), (1, 0), (999, 99)] {
            XCTAssertEqual(schedule(.constant).learningRate(step: step, epoch: epoch, stepsPerEpoch: 10), 0.8)
        }
    }

    func testWarmUpRisesInEqualStepsAndReachesTheFullRateWithItsLast() {
        for name in ScheduleConfiguration.Name.allCases {
            let schedule = schedule(name) { $0.schedule.warmupSteps = 4 }
            let rates = (0..<4).map { schedule.learningRate(step: $0, epoch: 0, stepsPerEpoch: 10) }
            for (rate, expected) in zip(rates, [0.2, 0.4, 0.6, 0.8]) {
                XCTAssertEqual(rate, expected, accuracy: 1e-15, name.rawValue)
            }
        }
    }

    func testStepFallsEverySoManyEpochs() {
        let schedule = schedule(.step) { ($0.schedule.every, $0.schedule.factor) = (3, 0.5) }
        let rates = (0..<8).map { schedule.learningRate(step: 10 * $0, epoch: $0, stepsPerEpoch: 10) }
        XCTAssertEqual(rates, [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2])
    }

    func testExponentialFallsEveryEpoch() {
        let schedule = schedule(.exponential) { $0.schedule.factor = 0.25 }
        let rates = (0..<4).map { schedule.learningRate(step: 10 * $0 + 3, epoch: $0, stepsPerEpoch: 10) }
        XCTAssertEqual(rates, [0.8, 0.2, 0.05, 0.0125])
    }

    func testCosineGoesFromTheEndOfTheWarmUpToTheLastStep() {
        let schedule = schedule(.cosine) {
            ($0.epochs, $0.schedule.warmupSteps, $0.schedule.minimum) = (2, 2, 0.2)
        }
        func rate(_ step: Int) -> Double { schedule.learningRate(step: step, epoch: step / 5, stepsPerEpoch: 5) }
        // Eight steps after two of warm-up; a cosine is 1, √½, 0, -√½, -1 at its quarters of a half turn.
        XCTAssertEqual(rate(2), 0.8, accuracy: 1e-15)
        XCTAssertEqual(rate(4), 0.5 + 0.3 * 0.5.squareRoot(), accuracy: 1e-15)
        XCTAssertEqual(rate(6), 0.5, accuracy: 1e-15)
        XCTAssertEqual(rate(8), 0.5 - 0.3 * 0.5.squareRoot(), accuracy: 1e-15)
        XCTAssertEqual(rate(10), 0.2, accuracy: 1e-15)
        XCTAssertEqual(rate(11), 0.2, accuracy: 1e-15, "a run that was lengthened stays at the minimum")
    }

    func testTheCosineIsThatOfTheCLibrary() {
        let steps = 1000
        let schedule = schedule(.cosine) { ($0.epochs, $0.optimizer.learningRate) = (1, 1) }
        for step in 0...steps {
            let expected = 0.5 * (1 + cos(Double.pi * Double(step) / Double(steps)))
            XCTAssertEqual(schedule.learningRate(step: step, epoch: 0, stepsPerEpoch: steps), expected, accuracy: 1e-12)
        }
    }

    func testPlateauFallsWhenMoreThanSoManyEpochsBringNothing() {
        var schedule = schedule(.plateau) {
            ($0.schedule.every, $0.schedule.factor, $0.schedule.minimum) = (2, 0.5, 0.15)
        }
        var rates: [Double] = [], falls: [Bool] = []
        // Better, then three that are not: the third of them is one more than `every`.
        for value in [1.0, 1.0, 1.5, 1.0, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95] {
            falls.append(schedule.observe(value, isBetter: isLower))
            rates.append(schedule.learningRate(step: 0, epoch: 0, stepsPerEpoch: 1))
        }
        XCTAssertEqual(
            falls, [false, false, false, true, false, false, false, true, false, false, true, false])
        XCTAssertEqual(rates, [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.15, 0.15])
        XCTAssertEqual(schedule.plateau.best, 0.9)
    }

    func testAPlateauGoesOnFromItsState() {
        let settings: (inout TrainingConfiguration) -> Void = { ($0.schedule.every, $0.schedule.factor) = (1, 0.5) }
        var whole = schedule(.plateau, settings)
        let values = [1, 2, 2, 0.5, 3, 3, 3, 3]
        for value in values { _ = whole.observe(value, isBetter: isLower) }
        var first = schedule(.plateau, settings)
        for value in values.prefix(5) { _ = first.observe(value, isBetter: isLower) }
        var second = schedule(.plateau, settings)
        second.plateau = first.plateau
        for value in values.dropFirst(5) { _ = second.observe(value, isBetter: isLower) }
        XCTAssertEqual(second.plateau, whole.plateau)
        XCTAssertEqual(whole.plateau.factor, 0.125)
    }

    func testOtherSchedulesDoNotWatch() {
        for name in ScheduleConfiguration.Name.allCases where name != .plateau {
            var schedule = schedule(name) { $0.schedule.every = 1 }
            for value in [1.0, 2, 3, 4, 5] { XCTAssertFalse(schedule.observe(value, isBetter: isLower)) }
            XCTAssertEqual(schedule.plateau, LearningRateSchedule.PlateauState())
        }
    }
}
