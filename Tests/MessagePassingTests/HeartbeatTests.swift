import MessagePassing
import XCTest

final class HeartbeatTests: XCTestCase {
    private let heartbeat = Heartbeat(rank: 5, step: 123_456, phase: 7, idleSeconds: 0.25)

    func testAHeartbeatComesBack() {
        let bytes = heartbeat.encoded(run: 99)
        XCTAssertEqual(bytes.count, Heartbeat.byteCount)
        XCTAssertEqual(Heartbeat(bytes, run: 99, ranks: 6), heartbeat)
    }

    func testWhatIsNoHeartbeatOfTheRunIsLeftAlone() {
        let bytes = heartbeat.encoded(run: 99)
        XCTAssertNil(Heartbeat(bytes, run: 98, ranks: 6))
        XCTAssertNil(Heartbeat(bytes, run: 99, ranks: 5))
        for count in [0, 1, bytes.count - 1] { XCTAssertNil(Heartbeat(bytes.prefix(count), run: 99, ranks: 6)) }
        XCTAssertNil(Heartbeat(bytes + [0], run: 99, ranks: 6))
        for idle in [-1, .nan, .infinity, 1e19] {
            let strange = Heartbeat(rank: 5, step: 1, phase: 7, idleSeconds: idle).encoded(run: 99)
            XCTAssertNil(Heartbeat(strange, run: 99, ranks: 6))
        }
    }
}
