import Reporting
import XCTest

final class ForecastPictureTests: XCTestCase {
    func testForecastAndTruthBeginWhereTheHistoryEnds() {
        let picture = ForecastPicture(
            title: "t", series: [.init(name: "sales", history: [1, 3, 2], forecast: [4, 1], truth: [3])])
        let lines = WellFormedXML(picture.svg).elements.filter { $0.name == "polyline" }
            .compactMap { $0.attributes["points"]?.split(separator: " ").map(String.init) }
        XCTAssertEqual(lines.count, 6, "three lines and their legend")
        XCTAssertEqual(lines.prefix(3).map(\.count), [3, 2, 3])
        XCTAssertEqual(lines[0].last, lines[1].first)
        XCTAssertEqual(lines[0].last, lines[2].first)
    }

    func testSeriesAreNamedAndTheFutureNeedsNoTruth() {
        let picture = ForecastPicture(
            title: "t",
            series: [
                .init(name: "a", history: [1, 2], forecast: [3]), .init(name: "b", history: [2, 2], forecast: [1]),
            ])
        let texts = WellFormedXML(picture.svg).texts(of: "text")
        XCTAssertEqual(texts.suffix(4), ["a", "a, forecast", "b", "b, forecast"])
        XCTAssertTrue(texts.contains("time steps after the last one known"))
    }

    func testOneValueOfHistoryIsEnough() {
        _ = WellFormedXML(ForecastPicture(title: "", series: [.init(name: "a", history: [1], forecast: [1])]).svg)
        _ = WellFormedXML(ForecastPicture(title: "", series: []).svg)
    }
}
