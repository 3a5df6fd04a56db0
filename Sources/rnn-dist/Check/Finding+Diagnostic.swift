import Diagnostics

extension Finding {
    /// What an error says, as a finding.
    package static func broken(_ subject: String, _ error: any Error) -> Finding {
        guard let diagnostic = error as? Diagnostic else {
            return Finding(subject: subject, verdict: .broken, fact: "\(error)".withoutControls)
        }
        var told = diagnostic
        told.hint = nil
        return Finding(
            subject: subject, verdict: .broken, fact: told.description, advice: diagnostic.hint?.withoutControls)
    }
}
