/// How good something is for training.
package enum Verdict: String, Comparable, Sendable {
    case good
    /// Training runs, but slower or less safely than it could.
    case slow
    /// Training fails or does something else than asked.
    case broken

    package static func < (left: Verdict, right: Verdict) -> Bool { left.severity < right.severity }

    private var severity: Int {
        switch self {
        case .good: 0
        case .slow: 1
        case .broken: 2
        }
    }
}

/// One line of the doctor's report.
package struct Finding: Equatable, Sendable {
    /// What was looked at, in a word or two.
    package var subject: String
    package var verdict: Verdict
    package var fact: String
    /// What to do; present unless the verdict is good.
    package var advice: String?

    package init(subject: String, verdict: Verdict, fact: String, advice: String? = nil) {
        self.subject = subject
        self.verdict = verdict
        self.fact = fact
        self.advice = advice
    }

    package static func good(_ subject: String, _ fact: String) -> Finding {
        Finding(subject: subject, verdict: .good, fact: fact)
    }

    package static func slow(_ subject: String, _ fact: String, advice: String) -> Finding {
        Finding(subject: subject, verdict: .slow, fact: fact, advice: advice)
    }

    package static func broken(_ subject: String, _ fact: String, advice: String) -> Finding {
        Finding(subject: subject, verdict: .broken, fact: fact, advice: advice)
    }
}
