import Diagnostics
import Reporting

/// What became of steps that were made again.
package struct Verification: Sendable {
    package struct Fact: Equatable, Sendable {
        package var name: String
        /// Of the run; nil: its receipt does not say.
        package var then: String?
        package var now: String

        package init(name: String, then: String?, now: String) { (self.name, self.then, self.now) = (name, then, now) }

        package var isSame: Bool { then == nil || then == now }
    }

    package var run: String
    package var checkpoint: String
    package var fromStep: Int
    package var toStep: Int
    package var facts: [Fact]
    /// nil: the steps were not made, since the data are others.
    package var digest: String?
    package var expectedDigest: String
    /// Names of what differs.
    package var differing: [String] = []
    package var largestWeightDifference: Double?
    /// Keys whose values have changed between the two checkpoints, with both.
    package var changes: [String] = []

    package init(
        run: String, checkpoint: String, fromStep: Int, toStep: Int, facts: [Fact], digest: String?,
        expectedDigest: String
    ) {
        (self.run, self.checkpoint, self.fromStep, self.toStep) = (run, checkpoint, fromStep, toStep)
        (self.facts, self.digest, self.expectedDigest) = (facts, digest, expectedDigest)
    }

    package var isSame: Bool { digest == expectedDigest }

    package var text: String {
        var table = TextTable(columns: [.init(""), .init("now"), .init("then")])
        for fact in facts {
            table.add([
                fact.name, fact.isSame ? "the same" : fact.now, fact.then ?? "not known",
            ])
        }
        let begin = fromStep == 0 ? "the beginning" : "step \(fromStep)"
        let steps = (toStep - fromStep).counted("step")
        var text = "\(checkpoint): \(steps) from \(begin) to step \(toStep)\n\n" + table.text + "\n"
        guard let digest else {
            return text + "NOT VERIFIED: the data are others, so that no step can be made again; name the run's own "
                + "with --set data.train=FILE\n"
        }
        if isSame {
            let others = facts.filter { !$0.isSame }.map { "another \($0.name)" }
            return text + "the same bits\(others.isEmpty ? "" : ", with \(others.joined(separator: " and "))")"
                + ": digest \(digest)\n"
        }
        text += "OTHER BITS: digest \(digest), expected \(expectedDigest)\n"
        let shown = differing.prefix(6).joined(separator: ", ")
        if !differing.isEmpty {
            text += "they differ in \(shown)\(differing.count > 6 ? " and \(differing.count - 6) more" : "")"
            text += largestWeightDifference.map { ", weights by at most \(Quantity.significant($0))" } ?? ""
            text += "\n"
        }
        let causes = facts.filter { !$0.isSame }.map { "another \($0.name)" } + changes
        let unknown = facts.filter { $0.then == nil }.map(\.name)
        if causes.isEmpty, !unknown.isEmpty {
            return text + "possible causes: another \(unknown.joined(separator: ", or another ")), of which the receipt says "
                + "nothing\n"
        }
        return text + (causes.isEmpty
            ? "program, data and kernels are the run's own: let rnn-dist doctor look at this machine, and at the one "
                + "that trained\n"
            : "possible causes: \(causes.joined(separator: "; "))\n")
    }

    package var json: JSONObject {
        [
            "run": .string(run), "checkpoint": .string(checkpoint), "from_step": .integer(fromStep),
            "to_step": .integer(toStep), "same": .bool(isSame), "digest": digest.map { .string($0) } ?? .null,
            "expected_digest": .string(expectedDigest), "differing_parts": .array(differing.map { .string($0) }),
            "largest_weight_difference": largestWeightDifference.map { .number($0) } ?? .null,
            "facts": .array(
                facts.map {
                    .object([
                        "name": .string($0.name), "then": $0.then.map { .string($0) } ?? .null, "now": .string($0.now),
                        "same": .bool($0.isSame),
                    ])
                }),
        ]
    }
}
