import Foundation

/// One line of a `metrics.jsonl` that somebody may have changed: what is absent or of another kind is nil.
struct LogLine {
    private let members: [String: Any]

    init?(_ bytes: some Collection<UInt8>) {
        guard let object = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] else { return nil }
        members = object
    }

    private init(members: [String: Any]) { self.members = members }

    /// Keys in byte order: a dictionary has none of its own.
    var keys: [String] { members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// Counts far beyond any run are taken for none, so that sums of them never overflow.
    func integer(_ key: String) -> Int? { Self.integer(members[key]) }

    func number(_ key: String) -> Double? { members[key] as? Double }

    func text(_ key: String) -> String? { members[key] as? String }

    func texts(_ key: String) -> [String] { members[key] as? [String] ?? [] }

    func numbers(_ key: String) -> [Double] { members[key] as? [Double] ?? [] }

    func flag(_ key: String) -> Bool? { members[key] as? Bool }

    func line(_ key: String) -> LogLine? { (members[key] as? [String: Any]).map(LogLine.init(members:)) }

    func lines(_ key: String) -> [LogLine] { (members[key] as? [[String: Any]] ?? []).map(LogLine.init(members:)) }

    /// Rows of whole numbers; rows that hold anything else are left out.
    func rows(_ key: String) -> [[Int]] {
        (members[key] as? [Any] ?? []).compactMap { row in
            guard let row = row as? [Any] else { return nil }
            let numbers = row.compactMap(Self.integer)
            return numbers.count == row.count ? numbers : nil
        }
    }

    private static func integer(_ value: Any?) -> Int? {
        (value as? Int).flatMap { abs($0.clamped) < 1_000_000_000_000 ? $0 : nil }
    }
}

extension Int {
    /// Without the one number that has no opposite.
    fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}
