import Foundation
import Kernels
import XCTest

final class ElementaryFunctionTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    // MARK: Float

    func testExponentialIsWithinTwoUnitsOfTheLastPlace() {
        check("exp", Float.exponential, exp, floats { $0 > -87.33654 && $0 < 88.37626 }, tolerance: 2)
    }

    func testHyperbolicTangentIsWithinTwoUnitsOfTheLastPlace() {
        check("tanh", Float.hyperbolicTangent, tanh, floats(), tolerance: 2)
    }

    func testSigmoidIsWithinTwoUnitsOfTheLastPlace() {
        check("sigmoid", Float.sigmoid, { 1 / (1 + exp(-$0)) }, floats(), tolerance: 2)
    }

    func testLogarithmIsWithinTwoUnitsOfTheLastPlace() {
        check("log", Float.naturalLogarithm, log, floats { $0 > 0 }, tolerance: 2)
    }

    func testExponentialSaturatesInsteadOfOverflowing() {
        let y = Float.exponential([
            -.infinity, -1e30, -88, -87.4, 88.4, 100, 1e30, .infinity, 0, -0.0, 1e-30, .nan, 0, 0, 0, 0,
        ])
        for lane in 0..<4 { XCTAssertEqual(y[lane] / .leastNormalMagnitude, 1, accuracy: 1e-5) }
        for lane in 4..<8 { XCTAssertEqual(y[lane], 2.4e38, accuracy: 0.02e38) }
        for lane in 8..<11 { XCTAssertEqual(y[lane], 1) }
        XCTAssertTrue(y[11].isNaN)
    }

    func testHyperbolicTangentAndSigmoidKeepTheirLimits() {
        let x: SIMD16<Float> = [-.infinity, -1e30, -20, 20, 1e30, .infinity, 0, -0.0, .nan, 0, 0, 0, 0, 0, 0, 0]
        let t = Float.hyperbolicTangent(x), s = Float.sigmoid(x)
        for lane in 0..<3 { XCTAssertEqual(t[lane], -1) }
        for lane in 3..<6 { XCTAssertEqual(t[lane], 1) }
        for lane in 6..<8 {
            XCTAssertEqual(t[lane], 0)
            XCTAssertEqual(s[lane], 0.5)
        }
        XCTAssertTrue(t[8].isNaN && s[8].isNaN)
        XCTAssertEqual([s[0], s[1], s[4], s[5]], [0, 0, 1, 1])
    }

    func testHyperbolicTangentIsOddToTheBit() {
        for x in floats(mantissas: 1 << 8, { $0 > 0 }) {
            let positive = Float.hyperbolicTangent(x), negative = Float.hyperbolicTangent(-x)
            for lane in 0..<16 { XCTAssertEqual(positive[lane].bitPattern, (-negative[lane]).bitPattern) }
        }
    }

    func testScalarLogarithmHasTheBitsOfTheVector() {
        for x in floats(mantissas: 16, { $0 > 0 }) {
            let y = Float.naturalLogarithm(x)
            for lane in 0..<16 { XCTAssertEqual(Float.naturalLogarithm(of: x[lane]).bitPattern, y[lane].bitPattern) }
        }
    }

    // MARK: Double

    func testDoubleFormsAreWithinFourUnitsOfTheLastPlace() {
        check("exp", Double.exponential, exp, doubles { $0 > -708.3 && $0 < 709.4 })
        check("tanh", Double.hyperbolicTangent, tanh, doubles())
        check("sigmoid", Double.sigmoid, { 1 / (1 + exp(-$0)) }, doubles { $0 > -700 })
        check("log", Double.naturalLogarithm, log, doubles { $0 > 0 })
    }

    func testDoubleFormsKeepLimitsAndNaN() {
        let x: SIMD8<Double> = [-.infinity, -1e300, 1e300, .infinity, 0, -0.0, .nan, 1]
        let t = Double.hyperbolicTangent(x), e = Double.exponential(x), s = Double.sigmoid(x)
        XCTAssertEqual((0..<6).map { t[$0] }, [-1, -1, 1, 1, 0, 0])
        XCTAssertEqual([e[4], e[5]], [1, 1])
        XCTAssertEqual([s[2], s[3], s[4]], [1, 1, 0.5])
        XCTAssertTrue(t[6].isNaN && e[6].isNaN && s[6].isNaN)
        XCTAssertTrue(e[0] < 1e-307 && e[3] > 1e308 && e[3].isFinite)
    }

    // MARK: Comparison

    /// Normal numbers of every exponent and both signs, mantissas spread over all their bits.
    private func floats(mantissas: Int = 1 << 14, _ isWanted: (Float) -> Bool = { _ in true }) -> [SIMD16<Float>] {
        var lanes: [Float] = []
        for exponent in UInt32(1)..<255 {
            for i in 0..<UInt32(mantissas) {
                let mantissa = (i &* 0x9E37_79B1) >> 9
                for sign in [UInt32(0), 1] {
                    let x = Float(bitPattern: sign << 31 | exponent << 23 | mantissa)
                    if isWanted(x) { lanes.append(x) }
                }
            }
        }
        lanes += [Float](repeating: lanes[0], count: (16 - lanes.count % 16) % 16)
        return stride(from: 0, to: lanes.count, by: 16).map { SIMD16(lanes[$0..<$0 + 16]) }
    }

    private func doubles(_ isWanted: (Double) -> Bool = { _ in true }) -> [SIMD8<Double>] {
        var lanes: [Double] = []
        for exponent in UInt64(1)..<2047 {
            for i in 0..<UInt64(128) {
                let mantissa = (i &* 0x9E37_79B9_7F4A_7C15) >> 12
                for sign in [UInt64(0), 1] {
                    let x = Double(bitPattern: sign << 63 | exponent << 52 | mantissa)
                    if isWanted(x) { lanes.append(x) }
                }
            }
        }
        lanes += [Double](repeating: lanes[0], count: (8 - lanes.count % 8) % 8)
        return stride(from: 0, to: lanes.count, by: 8).map { SIMD8(lanes[$0..<$0 + 8]) }
    }

    private func check(
        _ name: String, _ function: (SIMD16<Float>) -> SIMD16<Float>, _ reference: (Double) -> Double,
        _ inputs: [SIMD16<Float>],
        tolerance: Double, line: UInt = #line
    ) {
        var worst = (error: -1.0, x: Float.nan)
        for x in inputs {
            let y = function(x)
            for lane in 0..<16 {
                let expected = reference(Double(x[lane]))
                // In Double: a Float's own unit may be subnormal, hence zero in this floating-point environment,
                // as results below the normal range are.
                let isTiny = abs(expected) < Double(Float.leastNormalMagnitude) && y[lane] == 0
                let unit = Double(
                    sign: .plus, exponent: (isTiny ? -126 : max(-126, expected.exponent)) - 23, significand: 1)
                let error = isTiny ? 0 : abs(Double(y[lane]) - expected) / unit
                if !(error <= worst.error) { worst = (error, x[lane]) }
            }
        }
        XCTAssertLessThanOrEqual(worst.error, tolerance, "\(name) of \(worst.x)", line: line)
    }

    private func check(
        _ name: String, _ function: (SIMD8<Double>) -> SIMD8<Double>, _ reference: (Double) -> Double,
        _ inputs: [SIMD8<Double>],
        line: UInt = #line
    ) {
        var worst = (error: -1.0, x: Double.nan)
        for x in inputs {
            let y = function(x)
            for lane in 0..<8 {
                let expected = reference(x[lane])
                // Scaled up, so that the unit is not subnormal.
                let error = expected == y[lane] ? 0 : abs(y[lane] - expected) * 0x1p60 / (abs(expected) * 0x1p60).ulp
                if !(error <= worst.error) { worst = (error, x[lane]) }
            }
        }
        XCTAssertLessThanOrEqual(worst.error, 4, "\(name) of \(worst.x)", line: line)
    }
}
