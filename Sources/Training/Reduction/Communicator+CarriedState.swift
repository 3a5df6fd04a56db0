import Kernels
import MessagePassing
import Tasks

extension Communicator {
    /// Gives every rank the rows of all shards.
    func exchange(_ carried: CarriedState, tree: ShardTree) throws {
        guard size > 1 else { return }
        let width = carried.rows.columns
        func streams(ofRank rank: Int) -> [Int] {
            let shards = tree.shards(ofRank: rank)
            return carried.shards.indices.filter { shards.contains(carried.shards[$0]) }
        }
        let values = carried.rows.storage.mutableElements
        try withExtendedLifetime(carried) {
            let blocks = try allGather(streams(ofRank: rank).flatMap { values[$0 * width..<($0 + 1) * width] })
            for (rank, block) in blocks.enumerated() {
                for (place, stream) in streams(ofRank: rank).enumerated() {
                    for i in 0..<width { values[stream * width + i] = block[place * width + i] }
                }
            }
        }
    }
}
