import Foundation
import XCTest

import rnn_dist

/// Limits of containers and batch systems, from folders as the kernel shows them.
final class ControlGroupTests: XCTestCase {
    private var root = ""

    override func setUpWithError() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("groups-" + UUID().uuidString).path
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(atPath: root)
    }

    private func write(_ text: String, to path: String) throws {
        let file = URL(fileURLWithPath: root + path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private func limits(_ membership: String) -> [Double?] {
        let group = ControlGroup(root: root, membership: membership)
        return [group.memory.map(Double.init), group.cores]
    }

    func testTheTightestLimitOfAllGroupsAboveCounts() throws {
        try write("8192\n", to: "/memory.max")
        try write("max\n", to: "/job/step/memory.max")
        try write("4096\n", to: "/job/memory.max")
        try write("max 100000\n", to: "/job/step/cpu.max")
        try write("150000 100000\n", to: "/job/cpu.max")
        XCTAssertEqual(limits("0::/job/step\n"), [4096, 1.5])
        XCTAssertEqual(limits("0::/other\n"), [8192, nil])
    }

    func testInAContainerTheLimitLiesAtTheRoot() throws {
        try write("8192\n", to: "/memory.max")
        XCTAssertEqual(limits("0::/docker/0123\n"), [8192, nil])
    }

    func testVersionOneIsRead() throws {
        try write("9223372036854771712\n", to: "/memory/memory.limit_in_bytes")
        try write("1048576\n", to: "/memory/docker/x/memory.limit_in_bytes")
        try write("200000\n", to: "/cpu,cpuacct/docker/x/cpu.cfs_quota_us")
        try write("100000\n", to: "/cpu,cpuacct/docker/x/cpu.cfs_period_us")
        XCTAssertEqual(limits("4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n0::/\n"), [1_048_576, 2])
        try write("-1\n", to: "/cpu,cpuacct/docker/x/cpu.cfs_quota_us")
        XCTAssertEqual(limits("3:cpu,cpuacct:/docker/x\n"), [nil, nil])
    }
}
