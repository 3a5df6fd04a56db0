import Diagnostics
import Reporting

extension Examination {
    /// A line for each finding, and one below it for what to do.
    package var text: String {
        let hosts = HostRanks.grouped(facts).count
        return "\(facts.count.counted("rank")) on \(hosts.counted("host"))\n\n" + findings.text
    }
}

extension [Finding] {
    package var verdict: Verdict { map(\.verdict).max() ?? .good }

    /// A line for each, one below it for what to do, and what they amount to.
    package var text: String {
        var text = ""
        let width = map { TerminalWidth.columns(of: $0.subject) }.max() ?? 0
        let indent = String(repeating: " ", count: 6 + 2 + width + 2)
        for finding in self {
            let verdict = TerminalText.padded(finding.verdict.rawValue, columns: 6, alignment: .left)
            let subject = TerminalText.padded(finding.subject, columns: width, alignment: .left)
            text += "\(verdict)  \(subject)  \(TerminalText.printable(finding.fact))\n"
            if let advice = finding.advice { text += "\(indent)→ \(TerminalText.printable(advice))\n" }
        }
        return text + "\n" + conclusion + "\n"
    }

    private var conclusion: String {
        func things(_ verdict: Verdict) -> String {
            let count = count { $0.verdict == verdict }
            return "\(count) thing\(count == 1 ? " is" : "s are")"
        }
        switch verdict {
        case .good: return "All is good."
        case .slow: return "Nothing is broken; \(things(.slow)) slower or less safe than need be."
        case .broken: return "\(things(.broken)) broken."
        }
    }
}
