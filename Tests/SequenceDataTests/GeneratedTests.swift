import SequenceData
import XCTest

final class GeneratedTests: XCTestCase {
    func testTheSumOfTheMarkedNumbersIsAsked() {
        let problem = AddingProblem(seed: 4, length: 11)
        var firsts: Set<Int> = [], seconds: Set<Int> = [], square = 0.0
        for example in 0..<2000 {
            var steps: [Float] = [9]
            let target = problem.append(example: UInt64(example), to: &steps)
            XCTAssertEqual(steps.count, 1 + 2 * 11)
            let numbers = (0..<11).map { steps[1 + 2 * $0] }, marked = (0..<11).filter { steps[2 + 2 * $0] != 0 }
            XCTAssertTrue(numbers.allSatisfy { (0...1).contains($0) })
            XCTAssertEqual(marked.count, 2)
            XCTAssertEqual(target, numbers[marked[0]] + numbers[marked[1]])
            firsts.insert(marked[0])
            seconds.insert(marked[1])
            square += Double((target - 1) * (target - 1))
        }
        XCTAssertEqual(firsts, Set(0..<5))
        XCTAssertEqual(seconds, Set(5..<11))
        XCTAssertEqual(square / 2000, AddingProblem.baseline, accuracy: 0.015)
    }

    func testTheShownSymbolsAreAskedAfterTheDelay() {
        let problem = CopyProblem(seed: 1, delay: 5)
        var counts = [Int](repeating: 0, count: 8)
        for example in 0..<100 {
            var tokens: [Int32] = [], targets: [Int32] = []
            problem.append(example: UInt64(example), tokens: &tokens, targets: &targets)
            XCTAssertEqual(tokens.count, problem.length)
            XCTAssertEqual(Array(tokens[10...]), [8, 8, 8, 8, 9] + [Int32](repeating: 8, count: 10))
            XCTAssertEqual(Array(targets[..<15]), [Int32](repeating: 8, count: 15))
            XCTAssertEqual(targets[15...], tokens[..<10])
            for symbol in tokens[..<10] { counts[Int(symbol)] += 1 }
        }
        XCTAssertEqual(problem.length, 25)
        XCTAssertEqual(problem.baseline, 10 * 2.0794415416798357 / 25, accuracy: 1e-12)
        XCTAssertTrue(counts.allSatisfy { $0 > 80 && $0 < 170 }, "\(counts)")
    }

    func testTheClassOfATextIsTheOrderOfItsTwoLetters() {
        let problem = TemporalOrder(seed: 3, length: 40, examples: 0..<400)
        var places: [Set<Int>] = [[], []], labels: [[UInt8]: Int] = [:]
        for number in 0..<400 {
            let (text, label) = problem.example(UInt64(number))
            XCTAssertEqual(text.count, 40)
            XCTAssertEqual([text[0], text[39]], Array("EB".utf8))
            let found = text.indices.filter { text[$0] == UInt8(ascii: "X") || text[$0] == UInt8(ascii: "Y") }
            XCTAssertEqual(found.map { text[$0] }, label)
            XCTAssertEqual(text.indices.filter { !"abcd".utf8.contains(text[$0]) }.count, 4)
            for (which, place) in found.enumerated() { places[which].insert(place) }
            labels[label, default: 0] += 1
        }
        XCTAssertEqual(places, [Set(4..<8), Set(20..<24)])
        XCTAssertEqual(labels.count, 4)
        XCTAssertTrue(labels.values.allSatisfy { $0 > 70 })
    }

    func testExamplesDependOnSeedAndNumberAlone() {
        func adding(_ seed: UInt64, _ example: UInt64) -> [Float] {
            var steps: [Float] = []
            steps.append(AddingProblem(seed: seed, length: 10).append(example: example, to: &steps))
            return steps
        }
        XCTAssertEqual(adding(1, 5), adding(1, 5))
        XCTAssertNotEqual(adding(1, 5), adding(1, 6))
        XCTAssertNotEqual(adding(1, 5), adding(2, 5))
        let order = { TemporalOrder(seed: 1, length: 20, examples: 0..<$0).example(3).text }
        XCTAssertEqual(order(4), order(100))
    }
}
