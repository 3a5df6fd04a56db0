import Diagnostics

extension [String] {
    /// The first of the names that differ least from one that is not among them, or that it is the begin of, or the
    /// other way round; nil where none is near.
    package func nearest(to name: String) -> String? {
        // A name longer than all keys is no typing error, and its distance would cost time.
        guard name.utf8.count <= 40 else { return nil }
        let candidates = map { (name: $0, distance: editDistance(Array<UInt8>($0.utf8), Array<UInt8>(name.utf8))) }
        return candidates.filter { $0.distance <= Swift.max(1, Swift.min($0.name.utf8.count, name.utf8.count) / 3) }
            .min { $0.distance < $1.distance }?.name
            ?? first { known in
                Swift.min(known.utf8.count, name.utf8.count) >= 3 && (known.hasPrefix(name) || name.hasPrefix(known))
            }
    }

    /// `a, b or c`.
    package func listed(_ conjunction: String) -> String {
        guard let last, count > 1 else { return first ?? "nothing" }
        return "\(dropLast().joined(separator: ", ")) \(conjunction) \(last)"
    }
}

/// The number of bytes to insert, delete, replace or swap with their neighbour (Damerau 1964, in the
/// restricted form that edits no place twice).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int](), last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
            row.append(best)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}

/// The error for a key nobody declared: names the nearest valid one, else all of them.
func unknownKey(_ entry: Given.Entry, in given: Given, known: [String]) -> Diagnostic {
    if entry.name.contains(":") {
        return Diagnostic(
            entry.value.origin.subject, "unknown key '\(entry.name.shown)'",
            hint: entry.value.origin.isOverride
                ? "sections and keys are joined by '.'" : "a blank belongs behind a key's colon: 'cell: lstm'",
            category: .usage)
    }
    let place = given.path.isEmpty ? "" : " in \(given.path)"
    // A right name in the wrong section: `training.learning_rate`.
    let elsewhere = { RunConfiguration.keyPaths.first { $0.hasSuffix(".\(entry.name)") } }
    let nearest = known.nearest(to: entry.name) ?? elsewhere()
    return Diagnostic(
        entry.value.origin.subject, "unknown key '\(entry.name.shown)'\(place)",
        expected: nearest == nil ? known.listed("or") : nil, hint: nearest.map { "did you mean '\($0)'?" },
        category: .usage)
}
