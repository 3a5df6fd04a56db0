import Foundation
import Kernels
import XCTest

final class RandomnessTests: XCTestCase {
    func testPhiloxGivesItsPublishedVectors() {
        // Random123, kat_vectors: philox4x32 10.
        let all = UInt32.max
        XCTAssertTrue(
            RandomStream(key: (0, 0)).words(0, 0, 0, 0) == (0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        XCTAssertTrue(
            RandomStream(key: (all, all)).words(all, all, all, all) == (
                0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD
            ))
        XCTAssertTrue(
            RandomStream(key: (0xA409_3822, 0x299F_31D0)).words(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344)
                == (0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    func testADropoutMaskIsAFunctionOfExampleTimeUnitStepAndStream() {
        let stream = RandomStream(seed: 7, purpose: .dropout, index: 1), probability = 0.3
        let examples = AlignedBuffer<Int32>([5, 1 << 30, 0, 5]), times = AlignedBuffer<Int32>([0, 3, 70_000, 1])
        for units in [1, 3, 4, 31, 32, 33, 70] {
            let mask = Matrix<Float>(rows: 4, columns: units), wide = Matrix<Double>(rows: 4, columns: units)
            dropoutMask(stream, probability: probability, step: 9, examples: examples, times: times, into: mask)
            dropoutMask(stream, probability: probability, step: 9, examples: examples, times: times, into: wide)
            for row in 0..<4 {
                for unit in 0..<units {
                    let words = stream.words(
                        UInt32(unit / 4), UInt32(bitPattern: times[row]), UInt32(bitPattern: examples[row]), 9)
                    let word = [words.0, words.1, words.2, words.3][unit % 4]
                    let expected = Double(word) < probability * 0x1p32 ? 0 : 1 / (1 - probability)
                    XCTAssertEqual(mask[row, unit], Float(expected))
                    XCTAssertEqual(wide[row, unit], expected)
                }
            }
        }
    }

    func testDropoutDropsItsShareAndEveryCoordinateCounts() {
        let rows = 500, units = 64
        func mask(_ index: UInt64 = 0, step: Int = 0, example: Int32 = 0, time: Int32 = 0) -> [Float] {
            let mask = Matrix<Float>(rows: rows, columns: units)
            dropoutMask(
                RandomStream(seed: 0, purpose: .dropout, index: index), probability: 0.25, step: step,
                examples: AlignedBuffer((0..<rows).map { Int32($0) + example * 1000 }),
                times: AlignedBuffer((0..<rows).map { _ in time }), into: mask)
            return mask.elements
        }
        let base = mask()
        for other in [mask(1), mask(step: 1), mask(example: 1), mask(time: 1)] {
            XCTAssertEqual(share(of: other) { $0 == 0 }, 0.25, accuracy: 0.01)
            XCTAssertEqual(other.reduce(0, +) / Float(other.count), 1, accuracy: 0.02)
            // Independent masks agree in 0.25² + 0.75² of all places.
            XCTAssertEqual(share(of: zip(base, other).map { $0 == $1 ? 1 : 0 }) { $0 == 1 }, 0.625, accuracy: 0.015)
        }
        XCTAssertEqual(base.bits, mask().bits)
    }

    private func share(of values: [Float], _ condition: (Float) -> Bool) -> Double {
        Double(values.filter(condition).count) / Double(values.count)
    }

    func testStreamsOfOtherSeedsPurposesAndIndicesDiffer() {
        let streams = [
            RandomStream(seed: 1, purpose: .shuffling), RandomStream(seed: 2, purpose: .shuffling),
            RandomStream(seed: 1, purpose: .dropout), RandomStream(seed: 1, purpose: .shuffling, index: 1),
        ]
        let bits =
            streams.map { $0.bits(12) } + [streams[0].bits(13), streams[0].bits(12, 1), streams[0].bits(12 + 1 << 32)]
        XCTAssertEqual(Set(bits).count, bits.count)
    }

    func testUniformNumbersFillTheUnitIntervalEvenly() {
        let stream = RandomStream(seed: 3, purpose: .sampling)
        var counts = [Int](repeating: 0, count: 10)
        for element in 0..<100_000 {
            let x = stream.uniform(UInt64(element))
            XCTAssertTrue(x >= 0 && x < 1)
            counts[Int(x * 10)] += 1
        }
        for count in counts { XCTAssertEqual(Double(count), 10_000, accuracy: 400) }
    }

    func testNormalNumbersHaveTheMomentsOfTheNormalDistribution() {
        let stream = RandomStream(seed: 4, purpose: .initialization)
        let numbers = (0..<200_000).map { stream.normal(UInt64($0)) }
        func moment(_ power: Double) -> Double { numbers.reduce(0) { $0 + pow($1, power) } / Double(numbers.count) }
        XCTAssertEqual(moment(1), 0, accuracy: 0.01)
        XCTAssertEqual(moment(2), 1, accuracy: 0.015)
        XCTAssertEqual(moment(3), 0, accuracy: 0.04)
        XCTAssertEqual(moment(4), 3, accuracy: 0.1)
    }

    func testNormalQuantilesInvertTheNormalDistribution() {
        let known = [
            (0.5, 0), (0.975, 1.959963984540054), (0.025, -1.959963984540054), (0.9999, 3.719016485455709),
            (1e-10, -6.361340902404056),
        ]
        for (p, x) in known { XCTAssertEqual(normalQuantile(p), x, accuracy: 1e-14 * max(1, abs(x))) }
        for exponent in 1...300 {
            let p = pow(10, -Double(exponent)) * 0.7, x = normalQuantile(p)
            XCTAssertEqual(0.5 * erfc(-x / 2.0.squareRoot()) / p, 1, accuracy: 1e-12 * max(1, x * x))
        }
        for i in 1..<1000 {
            let p = Double(i) / 1000, x = normalQuantile(p)
            XCTAssertEqual(0.5 * erfc(-x / 2.0.squareRoot()), p, accuracy: 1e-15)
        }
    }
}
