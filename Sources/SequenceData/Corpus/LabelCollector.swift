import Diagnostics

/// Numbers the labels of training data: by a given list, or in order of first sight until all are known.
struct LabelCollector {
    private let given: LabelSet?
    private var found = ByteStringTable()
    private var isSeen: [Bool]

    init(given: LabelSet?) {
        self.given = given
        isSeen = [Bool](repeating: false, count: given?.count ?? 0)
    }

    /// - Throws: `Diagnostic` when labels are given and this one is not among them.
    mutating func number(of label: borrowing Span<UInt8>, at place: SourcePlace) throws -> Int32 {
        if let given {
            let number = try given.index(of: label, at: place)
            isSeen[Int(number)] = true
            return number
        }
        return Int32(found.intern(label))
    }

    /// Settles the label set and renumbers `labels` accordingly.
    ///
    /// - Throws: `Diagnostic` when the examples are of one class only.
    func finish(_ labels: inout [Int32], subject: String) throws -> LabelSet {
        let seen = given == nil ? found.count : isSeen.count { $0 }
        guard seen != 1 else {
            let label = given.map { $0.names[isSeen.firstIndex(of: true) ?? 0] } ?? found.text(of: 0)
            throw Diagnostic(
                subject, "all \(labels.count) examples are of class '\(label)'", expected: "at least two classes",
                hint: "check data.columns.label")
        }
        if let given { return given }
        let (set, classes) = LabelSet.sorted(found)
        for index in labels.indices { labels[index] = classes[Int(labels[index])] }
        return set
    }
}
