import MessagePassing

extension Communicator {
    /// Ends the run where a rank's replica of the state has drifted away from that of the others.
    ///
    /// - Parameters:
    ///   - digest: Of the whole state.
    ///   - parts: The digest of each part of it by name, in the same order on every rank; asked for only where the
    ///     replicas differ.
    /// - Throws: `AgreedFailure` that names the rank, its host, and the parts in which it differs.
    func requireSameReplica(
        _ digest: String, step: Int, parts: () throws -> [(name: String, digest: String)]
    ) throws {
        guard size > 1 else { return }
        let digests = try allGather(Array(digest.utf8))
        // What most ranks have is taken to be right; where as many have another, what the lowest of them has.
        let support = digests.map { digest in digests.count { $0 == digest } }
        let right = support.indices.max { (support[$0], -$0) < (support[$1], -$1) } ?? 0
        let drifted = digests.indices.filter { digests[$0] != digests[right] }
        guard let first = drifted.first else { return }
        let own = try parts()
        let all = try allGather(own.flatMap { Array($0.digest.utf8) })
        let hosts = try allGather(Array(host.utf8)).map { String(decoding: $0, as: UTF8.self) }
        let width = own.first?.digest.utf8.count ?? 0
        let names = own.indices.filter { part in
            let bytes = part * width..<(part + 1) * width
            return !all[first].indices.contains(bytes.upperBound - 1) || all[first][bytes] != all[right][bytes]
        }.map { own[$0].name }
        let others = drifted.count == 1
            ? "" : "; so have ranks \(listed(drifted.dropFirst().map { "\($0)" }, showing: 8)) drifted"
        throw AgreedFailure(
            message: "rank \(first) on \(hosts[first]): after step \(step) its state is no longer that of rank \(right), "
                + "in \(listed(names, showing: 6))\(others); go on from the last checkpoint with --resume, without "
                + "this host if it happens again",
            category: .run)
    }
}
