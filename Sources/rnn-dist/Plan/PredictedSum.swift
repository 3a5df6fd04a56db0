import MessagePassing
import Reporting

/// What a sum over ranks would take, to be compared with what `bench --reduction` measures.
package struct PredictedSum: Sendable {
    package let ranks: Int
    /// Of the vector.
    package let bytes: Int
    package let seconds: Double
    package let bytesSent: Int

    /// - Returns: nil: there is no tree over so many ranks.
    package init?(ranks: Int, bytes: Int, _ links: Links) {
        var shards = 16
        while shards < ranks { shards *= 2 }
        guard let tree = try? ShardTree(shards: shards, ranks: ranks) else { return nil }
        let schedule = ReductionSchedule(tree, vectors: [bytes])
        (self.ranks, self.bytes, bytesSent) = (ranks, bytes, schedule.bytesSent)
        seconds = links.seconds(schedule, ranks: ranks, addition: links.addition.float32)
    }

    package var json: JSONObject {
        [
            "ranks": .integer(ranks), "reduction_bytes": .integer(bytes), "seconds": .number(seconds),
            "bytes_sent": .integer(bytesSent),
        ]
    }
}

extension [PredictedSum] {
    package var text: String {
        var table = TextTable(columns: ["ranks", "vector", "time", "sent"].map { .init($0, .right) })
        for sum in self {
            table.add([
                Quantity.count(sum.ranks), "\(sum.bytes / 1024) KiB",
                "\(Quantity.fixed(sum.seconds * 1e6, decimals: 1)) µs", "\(sum.bytesSent / 1024) KiB",
            ])
        }
        return table.text
    }
}
