import Diagnostics
import MessagePassing

/// A failure that all ranks know of: the lowest rank that met it speaks, on rank 0.
public struct AgreedFailure: Error {
    public let message: String
    public let category: Diagnostic.Category

    public init(message: String, category: Diagnostic.Category) {
        self.message = message.withoutControls
        self.category = category
    }
}

extension Communicator {
    /// Does something on every rank that may fail on some, and goes on only if it succeeded on all.
    ///
    /// - Throws: `AgreedFailure` on every rank, with the message of the lowest rank that failed.
    public func onAllRanks<Result>(_ body: () throws -> Result) throws -> Result { try together(body) }

    /// Does something on rank 0 alone, such as looking at the run's folder; all ranks go on only if it succeeded.
    ///
    /// - Returns: nil on the other ranks.
    /// - Throws: `AgreedFailure` on every rank; the message names no rank, since no other one does the like.
    @discardableResult
    public func onFirstRank<Result>(_ body: () throws -> Result) throws -> Result? {
        try together(namesRank: false) { rank == 0 ? try body() : nil }
    }

    private func together<Result>(namesRank: Bool = true, _ body: () throws -> Result) throws -> Result {
        var outcome: Result?
        var report: [UInt8] = []
        do {
            outcome = try body()
        } catch let error as AgreedFailure {
            throw error
        } catch {
            let category = (error as? Diagnostic)?.category ?? .run
            report = [category == .usage ? 1 : 2] + Array("\(error)".utf8)
        }
        let reports = try allGather(report)
        if let outcome, reports.allSatisfy(\.isEmpty) { return outcome }
        guard let rank = reports.firstIndex(where: { !$0.isEmpty }) else {
            throw Diagnostic("startup", "the ranks disagree about a failure")
        }
        let text = String(decoding: reports[rank].dropFirst(), as: UTF8.self)
        let isShared = reports.allSatisfy { $0 == reports[rank] }
        throw AgreedFailure(
            message: isShared || !namesRank ? text : "rank \(rank): \(text)", category: reports[rank].first == 1 ? .usage : .run)
    }

    /// Refuses ranks that differ from rank 0.
    ///
    /// - Parameter properties: What must be equal, by name.
    /// - Throws: `AgreedFailure` naming the first rank that differs and what differs.
    public func requireEqual(_ properties: [(name: String, value: String)]) throws {
        let text = properties.map { "\($0.name)\u{0}\($0.value)" }.joined(separator: "\u{1}")
        // Compared as bytes: to Swift, strings of different bytes may be equal.
        let all = try allGather(Array(text.utf8)).map { $0.split(separator: 1, omittingEmptySubsequences: false) }
        for (rank, theirs) in all.enumerated() where theirs != all[0] {
            let index = theirs.indices.first { $0 >= all[0].count || theirs[$0] != all[0][$0] } ?? theirs.count
            func part(_ number: Int, of properties: [ArraySlice<UInt8>]) -> String {
                guard properties.indices.contains(index) else { return "absent" }
                let parts = properties[index].split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
                return String(decoding: parts[number], as: UTF8.self)
            }
            let name = part(0, of: index < all[0].count ? all[0] : theirs)
            let isSameName = index >= all[0].count || part(0, of: theirs) == name
            let found = isSameName ? part(1, of: theirs) : "absent", expected = part(1, of: all[0])
            throw AgreedFailure(
                message: "rank \(rank): \(name) is \(found), expected \(expected) as on rank 0; "
                    + "start all ranks with the same configuration, data and program", category: .run)
        }
    }
}
