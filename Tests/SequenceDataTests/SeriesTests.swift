import Configuration
import Diagnostics
import SequenceData
import TestSupport
import XCTest

final class SeriesTests: XCTestCase {
    private func table(_ text: String) throws -> SeriesTable {
        let folder = try TemporaryFolder()
        return try SeriesReader(DataConfiguration()).read(try folder.write("s.csv", text))
    }

    private func settings(_ change: (inout ForecastConfiguration) -> Void) -> ForecastConfiguration {
        var configuration = ForecastConfiguration()
        change(&configuration)
        return configuration
    }

    func testScalingIsFittedOnTheTrainingPartAlone() throws {
        let table = try table("1,10\n3,10\n5,10\n100,90\n")
        let standard = try SeriesScaling(fitting: table, times: 0..<3, settings { $0.scaling = .standard })
        XCTAssertEqual(standard.offsets, [3, 10])
        XCTAssertEqual(standard.divisors, [(8.0 / 3).squareRoot(), 1], "a series that never changes is not divided by 0")
        let minmax = try SeriesScaling(fitting: table, times: 0..<3, settings { $0.scaling = .minmax })
        XCTAssertEqual(minmax.offsets + minmax.divisors, [1, 10, 4, 1])
        XCTAssertEqual(try minmax.scaled(table), [0, 0, 0.5, 0, 1, 0, 24.75, 80])
        let none = try SeriesScaling(fitting: table, times: 0..<3, settings { $0.scaling = .none })
        XCTAssertEqual(try none.scaled(table), table.values)
    }

    func testScalingIsUndoneAndReadsBackToTheBit() throws {
        let table = try table("0.1,7\n0.7,1e-3\n1e3,0.3\n0.2,5\n")
        for scaling in ForecastConfiguration.Scaling.allCases {
            for logarithm in [false, true] {
                let fitted = try SeriesScaling(
                    fitting: table, times: 0..<3,
                    settings {
                        $0.scaling = scaling
                        $0.logarithm = logarithm
                    })
                XCTAssertEqual(SeriesScaling(texts: fitted.texts), fitted)
                for (position, value) in try fitted.scaled(table).enumerated() {
                    let original = table.values[position]
                    XCTAssertEqual(fitted.original(value, series: position % 2), original, accuracy: 1e-12 * original)
                }
            }
        }
        for texts in [[], ["value", "1"], ["value", "1 0"], ["value", "1 nan"], ["other", "1 1"]] {
            XCTAssertNil(SeriesScaling(texts: texts))
        }
    }

    func testALogarithmOfWhatIsNotPositiveIsRefusedWithItsLine() throws {
        let folder = try TemporaryFolder()
        let table = try SeriesReader(DataConfiguration()).read(try folder.write("s.csv", "d,v\na,1\nb,0\n"))
        folder.expect("s.csv:3: v is 0.0, expected a value above 0, since forecast.logarithm is true") {
            _ = try SeriesScaling(fitting: table, times: 0..<1, settings { $0.logarithm = true })
        }
    }

    func testWindowsCoverTheirPartAndReadWhatIsBefore() throws {
        let configuration = settings {
            $0.window = 4
            $0.horizon = 2
            $0.stride = 3
        }
        func origins(_ targets: Range<Int>) throws -> [Int] {
            try SeriesWindows(configuration, targets: targets, source: "s.csv", purpose: "training").origins
        }
        XCTAssertEqual(try origins(0..<12), [4, 7, 10])
        XCTAssertEqual(try origins(12..<17), [12, 15])
        XCTAssertEqual(try origins(12..<14), [12])
        XCTAssertEqual(try origins(0..<6), [4])
        let folder = try TemporaryFolder()
        folder.expect(
            "s.csv: 5 time steps are too few for training, expected at least 6 (forecast.window 4, forecast.horizon 2)"
        ) { _ = try origins(0..<5) }
        folder.expect(
            "s.csv: 1 time step is too few for training, expected at least 2 (forecast.window 4, forecast.horizon 2)"
        ) { _ = try origins(12..<13) }
        XCTAssertEqual(try SeriesWindows.trainingSteps(configuration, fraction: 0.25, of: 10, source: "s"), 7)
        XCTAssertEqual(
            try SeriesWindows.trainingSteps(settings { $0.validationSteps = 4 }, fraction: 0.25, of: 10, source: "s"), 6)
        folder.expect("s.csv: has 4 time steps, of which 4 are held out (forecast.validation_steps), expected some to train on") {
            _ = try SeriesWindows.trainingSteps(settings { $0.validationSteps = 4 }, fraction: 0, of: 4, source: "s.csv")
        }
    }

    func testNaiveForecastsUseOnlyWhatIsKnown() throws {
        let table = try table((0..<10).map { "\($0),\($0 * $0)" }.joined(separator: "\n"))
        func naive(_ time: Int, origin: Int, season: Int) -> Double? {
            NaiveForecast.value(table, series: 1, time: time, origin: origin, season: season)
        }
        XCTAssertEqual([6, 7, 8].map { naive($0, origin: 6, season: 1) }, [25, 25, 25])
        XCTAssertEqual([6, 7, 8, 9].map { naive($0, origin: 6, season: 3) }, [9, 16, 25, 9])
        XCTAssertNil(naive(2, origin: 2, season: 3))
        XCTAssertEqual(naive(3, origin: 2, season: 3), 0)
        XCTAssertEqual(NaiveForecast.errorScales(table, times: 0..<4, season: 1), [1, 3])
        XCTAssertEqual(NaiveForecast.errorScales(table, times: 0..<4, season: 2), [2, 6])
        XCTAssertEqual(NaiveForecast.errorScales(table, times: 0..<2, season: 2), [0, 0], "nothing to divide by")
    }
}
