import Diagnostics
import MessagePassing
import XCTest

final class ShardTreeTests: XCTestCase {
    /// Every (S, N) with S up to 32.
    private func trees() throws -> [ShardTree] {
        try [1, 2, 4, 8, 16, 32].flatMap { shards in try (1...shards).map { try ShardTree(shards: shards, ranks: $0) } }
    }

    func testEveryShardHasOneOwner() throws {
        for tree in try trees() {
            let owned = (0..<tree.rankCount).flatMap { tree.shards(ofRank: $0) }
            XCTAssertEqual(owned, Array(0..<tree.shardCount))
            for rank in 0..<tree.rankCount {
                XCTAssertFalse(tree.shards(ofRank: rank).isEmpty)
                for shard in tree.shards(ofRank: rank) { XCTAssertEqual(tree.owner(ofShard: shard), rank) }
            }
        }
    }

    func testSubtreesAreAlignedMaximalAndCoverTheRange() throws {
        let tree = try ShardTree(shards: 32, ranks: 1)
        for lower in 0...32 {
            for upper in lower...32 {
                let subtrees = tree.maximalAlignedSubtrees(of: lower..<upper)
                XCTAssertEqual(subtrees.flatMap { $0 }, Array(lower..<upper))
                for subtree in subtrees {
                    XCTAssertEqual(subtree.count & (subtree.count - 1), 0)
                    XCTAssertEqual(subtree.lowerBound % subtree.count, 0)
                    let parent = subtree.lowerBound / (2 * subtree.count) * 2 * subtree.count
                    XCTAssertFalse(subtree.count < 32 && lower <= parent && parent + 2 * subtree.count <= upper)
                }
            }
        }
    }

    func testAPowerOfTwoOfRanksOwnsOneSubtreeEach() throws {
        for tree in try trees() where tree.rankCount & (tree.rankCount - 1) == 0 {
            for rank in 0..<tree.rankCount {
                XCTAssertEqual(tree.maximalAlignedSubtrees(of: tree.shards(ofRank: rank)), [tree.shards(ofRank: rank)])
            }
        }
    }

    /// A sum as text, so that the order shows: left plus right, absent halves skipped.
    private func naive(_ range: Range<Int>, _ present: [Bool]) -> String? {
        if range.count == 1 { return present[range.lowerBound] ? "\(range.lowerBound)" : nil }
        let middle = (range.lowerBound + range.upperBound) / 2
        let (left, right) = (naive(range.lowerBound..<middle, present), naive(middle..<range.upperBound, present))
        guard let left, let right else { return left ?? right }
        return "(\(left)+\(right))"
    }

    private func fold(_ tree: ShardTree, _ nodes: [Range<Int>], _ sums: [String]) -> String? {
        var sums = sums
        for addition in tree.additions(folding: nodes) {
            sums[addition.left] = "(\(sums[addition.left])+\(sums[addition.right]))"
        }
        return sums.first
    }

    /// All sets of present shards, all numbers of ranks: first within the ranks, then across them.
    func testFoldingInRanksThenAcrossThemIsTheTree() throws {
        for shards in [1, 2, 4, 8] {
            for ranks in 1...shards {
                let tree = try ShardTree(shards: shards, ranks: ranks)
                for set in 0..<(1 << shards) {
                    let present = (0..<shards).map { set >> $0 & 1 == 1 }
                    let subtrees = (0..<ranks).flatMap { tree.presentSubtrees(ofRank: $0, present: present) }
                    let partials = subtrees.map { subtree in
                        let leaves = subtree.filter { present[$0] }
                        return fold(tree, leaves.map { $0..<$0 + 1 }, leaves.map { "\($0)" }) ?? "nothing"
                    }
                    XCTAssertEqual(
                        fold(tree, subtrees, partials), naive(0..<shards, present), "S \(shards) N \(ranks) \(present)")
                }
            }
        }
    }

    func testTooManyRanksNameTheSettingAndItsValue() {
        XCTAssertThrowsError(try ShardTree(shards: 16, ranks: 20)) {
            XCTAssertEqual(
                "\($0)",
                "training.shards: 16 shards cannot be spread over 20 ranks, expected at least one shard per rank; "
                    + "set training.shards to 32 or start at most 16 ranks")
            XCTAssertEqual(($0 as? Diagnostic)?.category, .usage)
        }
    }

    func testShardsThatAreNoPowerOfTwoAreRefused() {
        for (shards, ranks, fix) in [(12, 2, 16), (0, 1, 1), (-4, 3, 4), (3, 9, 16)] {
            XCTAssertThrowsError(try ShardTree(shards: shards, ranks: ranks)) {
                XCTAssertEqual(
                    "\($0)",
                    "training.shards: \(shards) is not a power of two, expected 1, 2, 4, 8, 16, …; set it to \(fix)")
                XCTAssertEqual(($0 as? Diagnostic)?.category, .usage)
            }
        }
    }
}
