import Foundation
import Reporting
import XCTest

final class PictureTests: XCTestCase {
    private let hostile = "<b>\"&'\u{1}\u{FFFE}]]>"
    private let shown = "<b>\"&'\u{FFFD}\u{FFFD}]]>"

    func testEverySeriesIsDrawnAndNamed() {
        let xml = WellFormedXML(
            LossCurve(
                title: hostile, xLabel: "epoch", yLabel: "loss (nats per target)",
                series: [
                    .init(name: "training", points: [(1, 2.5), (2, 1.25), (3, 1)]),
                    .init(name: hostile, points: [(1, 2.0), (2, 1.75), (3, 1.5)]),
                ]
            ).svg)
        XCTAssertEqual(xml.texts(of: "title"), [shown])
        XCTAssertEqual(
            xml.texts(of: "text"),
            [
                shown, "0", "0.5", "1.0", "1.5", "2.0", "2.5", "1", "2", "3", "epoch", "loss (nats per target)",
                "training", shown,
            ])
        XCTAssertEqual(xml.count(of: "polyline"), 4, "two curves and their legend")
        XCTAssertEqual(xml.count(of: "circle"), 6)
        let colors = xml.elements.filter { $0.name == "polyline" }.compactMap { $0.attributes["stroke"] }
        XCTAssertEqual(Set(colors).count, 2)
    }

    func testWhatIsNotFiniteLeavesAGap() {
        let points: [(x: Double, y: Double)] = [(1, 1), (2, 2), (3, .nan), (4, 3), (5, .infinity), (6, 1), (7, 2)]
        let svg = LossCurve(title: "", xLabel: "", yLabel: "", series: [.init(name: "a", points: points)]).svg
        let xml = WellFormedXML(svg)
        XCTAssertEqual(xml.count(of: "polyline"), 3, "two pieces of two points, and the legend")
        XCTAssertEqual(xml.count(of: "circle"), 5, "a point alone is a dot")
        XCTAssertFalse(svg.contains("nan") || svg.contains("inf"))
    }

    func testCurvesWithoutExtentAreNoTrouble() {
        let cases: [[(x: Double, y: Double)]] = [
            [], [(1, 0)], [(1, 5), (2, 5)], [(0, .nan)], [(1, 1e300), (2, -1e300)], [(1, 1e-300), (2, 2e-300)],
            [(1, 1e17), (2, 1e17)], [(1, .greatestFiniteMagnitude), (2, -.greatestFiniteMagnitude)],
        ]
        for points in cases {
            let svg = LossCurve(title: "t", xLabel: "x", yLabel: "y", series: [.init(name: "a", points: points)]).svg
            _ = WellFormedXML(svg)
            XCTAssertFalse(svg.contains("nan") || svg.contains("inf"), "\(points)")
        }
        XCTAssertTrue(LossCurve(title: "t", xLabel: "x", yLabel: "y", series: []).svg.contains("nothing measured yet"))
    }

    func testAHundredThousandStepsMakeASmallPictureWithTheSamePeaks() throws {
        var points: [(x: Double, y: Double)] = []
        for step in 0..<100_000 { points.append((Double(step) / 200, step == 54_321 ? 9 : Double(step % 7))) }
        let thinned = CurveThinning.thinned(points)
        XCTAssertLessThanOrEqual(thinned.count, 2000)
        XCTAssertEqual(thinned.map(\.y).max(), 9)
        XCTAssertEqual(thinned.first?.x, points.first?.x)
        XCTAssertEqual(thinned.last?.x, points.last?.x)
        XCTAssertTrue(zip(thinned, thinned.dropFirst()).allSatisfy { $0.x < $1.x })
    }

    func testTicksAreRound() {
        func labels(_ range: ClosedRange<Double>, _ count: Int, isWhole: Bool = false, outside: Bool = false)
            -> [String]
        {
            AxisTicks(covering: range, count: count, isWhole: isWhole, outside: outside).places.map(\.label)
        }
        XCTAssertEqual(labels(0...1, 5), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        XCTAssertEqual(labels(0.31...0.69, 4), ["0.4", "0.5", "0.6"])
        XCTAssertEqual(labels(0.31...0.69, 4, outside: true), ["0.3", "0.4", "0.5", "0.6", "0.7"])
        XCTAssertEqual(labels(1...3, 10, isWhole: true), ["1", "2", "3"])
        XCTAssertEqual(labels(0...100_000, 4), ["0", "50,000", "100,000"])
        XCTAssertEqual(labels(-1e-7...1e-7, 4), ["-10e-8", "-5e-8", "0", "5e-8", "10e-8"])
        XCTAssertEqual(AxisTicks(covering: 0...1, count: 5).places.map(\.value), [0, 0.2, 0.4, 0.6, 0.8, 1])
    }

    func testEveryCellTellsItsCountsAndHostileLabelsAreEscaped() {
        let xml = WellFormedXML(
            ConfusionMatrixPicture(title: "t", labels: ["yes", hostile], counts: [[3, 1], [0, 1200]]).svg)
        XCTAssertEqual(
            xml.texts(of: "title"),
            [
                "t", "true yes, predicted yes: 3 (75.0 % of yes)", "true yes, predicted \(shown): 1 (25.0 % of yes)",
                "true \(shown), predicted \(shown): 1,200 (100.0 % of \(shown))",
            ], "a cell without examples needs no rectangle")
        XCTAssertTrue(xml.texts(of: "text").contains("1,203 of 1,204 right (99.9 %)"))
        XCTAssertTrue(xml.texts(of: "text").contains("1200"))
    }

    func testAnyNumberOfClassesGivesAPicture() {
        for classes in [0, 1, 2, 50, 300] {
            var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
            for row in 0..<classes { counts[row][(row * 7) % classes] = row }
            let labels = (0..<classes).map { "class \($0)" }
            let xml = WellFormedXML(ConfusionMatrixPicture(title: "t", labels: labels, counts: counts).svg)
            XCTAssertEqual(xml.texts(of: "text").filter { $0.hasPrefix("class ") }.count, 2 * classes)
        }
    }

    func testFiftyClassesHaveReadableNumbers() throws {
        let counts = [[Int]](repeating: [Int](repeating: 88, count: 50), count: 50)
        let svg = ConfusionMatrixPicture(title: "t", labels: (0..<50).map { "c\($0)" }, counts: counts).svg
        let numbers = WellFormedXML(svg).elements.filter { $0.name == "text" && $0.text == "88" }
        XCTAssertEqual(numbers.count, 2500)
        let size = try XCTUnwrap(numbers.first?.attributes["font-size"].flatMap(Double.init))
        XCTAssertGreaterThanOrEqual(size, 8)
    }

    func testTheSamePictureIsTheSameBytes() {
        let curve = LossCurve(
            title: "t", xLabel: "x", yLabel: "y", series: [.init(name: "a", points: [(1, 0.1), (2, 0.7)])])
        // Pinned, so that a change is seen: 0.1 and 0.7 of an axis from 0 to 0.8, 300 pixels high.
        let xml = WellFormedXML(curve.svg)
        XCTAssertEqual(
            xml.elements.first { $0.name == "polyline" }?.attributes["points"], "64.88,344.5 724,119.5")
    }
}
