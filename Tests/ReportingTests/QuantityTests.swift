import Reporting
import XCTest

final class QuantityTests: XCTestCase {
    func testDurationsReadInTheirTwoLargestUnits() {
        let expected: [(Double, String)] = [
            (0, "0 s"), (0.085, "85 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (4.25, "4.2 s"), (9.94, "9.9 s"),
            (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3599.4, "59 min 59 s"),
            (3599.6, "1 h 00 min"), (3720, "1 h 02 min"), (47 * 3600 + 59 * 60, "47 h 59 min"),
            (2 * 86400, "2 d 00 h"), (3 * 86400 + 4 * 3600, "3 d 04 h"),
        ]
        for (seconds, text) in expected { XCTAssertEqual(Quantity.duration(seconds), text, "\(seconds)") }
    }

    func testWhatIsNoNumberReadsAsUnknown() {
        for value in [Double.nan, .infinity, -.infinity] {
            XCTAssertEqual(Quantity.duration(value), "–")
            XCTAssertEqual(Quantity.short(value), "–")
            XCTAssertEqual(Quantity.significant(value), "–")
            XCTAssertEqual(Quantity.percent(value), "–")
            XCTAssertEqual(Quantity.fixed(value, decimals: 2), "–")
        }
        XCTAssertEqual(Quantity.duration(-1), "–")
        XCTAssertEqual(Quantity.duration(1e300), "–")
    }

    func testCountsAreGroupedInThrees() {
        let expected = [
            (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"),
            (Int.min, "-9,223,372,036,854,775,808"),
        ]
        for (count, text) in expected { XCTAssertEqual(Quantity.count(count), text) }
    }

    func testShortCountsKeepThreeDigits() {
        let expected: [(Double, String)] = [
            (0, "0"), (7, "7"), (2.5, "2.5"), (999, "999"), (999.6, "1.00k"), (1234, "1.23k"), (12_345, "12.3k"),
            (99_960, "100k"), (123_456, "123k"), (999_600, "1.00M"), (4_560_000, "4.56M"), (7.89e9, "7.89G"),
            (5e15, "5000T"), (-12_345, "-12.3k"), (-0.001, "0"),
        ]
        for (value, text) in expected { XCTAssertEqual(Quantity.short(value), text, "\(value)") }
        XCTAssertEqual(Quantity.rate(12_345, of: "tokens"), "12.3k tokens/s")
    }

    func testBytesAreInPowersOf1024() {
        let expected = [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1024 * 1024 - 1, "1.0 MiB"),
            (3 << 30, "3.0 GiB"), (-2048, "-2.0 KiB"),
        ]
        for (count, text) in expected { XCTAssertEqual(Quantity.bytes(count), text) }
    }

    func testLossesKeepFourSignificantDigits() {
        let expected: [(Double, String)] = [
            (0, "0.000"), (1.2344, "1.234"), (9.9996, "10.00"), (12.345, "12.35"), (99.996, "100.0"), (999.96, "1000"),
            (12_345, "12345"), (123_456, "1.235e+05"), (0.056784, "0.05678"), (0.99996, "1.000"),
            (0.0012346, "0.001235"), (0.00001, "1.000e-05"), (-1.5, "-1.500"),
        ]
        for (value, text) in expected { XCTAssertEqual(Quantity.significant(value), text, "\(value)") }
        XCTAssertEqual(Quantity.percent(0.875), "87.5 %")
    }
}
