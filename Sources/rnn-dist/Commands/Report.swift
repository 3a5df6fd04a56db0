import ArgumentParser
import Diagnostics
import Foundation
import HDF5
import Reporting

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write an HTML file about a run, or one that compares several.",
        discussion: """
            rnn-dist report runs/surnames
            rnn-dist report runs/lstm runs/gru --output cells.html

            Curves, confusion matrix and scores of the classes, where the time went, configuration, environment and \
            receipt, from what is in the folders of the runs: also of a run that goes on, or was killed. The file is \
            complete in itself: no scripts, nothing from a network.
            """)

    @Argument(help: "Folders of runs.", completion: .directory)
    var runs: [String]

    @Option(help: "The file to write.", completion: .file(extensions: ["html"]))
    var output = "report.html"

    func validate() throws {
        try OptionRange.checkName("--output", output, endsIn: ".html")
        for (place, run) in runs.enumerated() where runs[..<place].contains(run) {
            throw ValidationError("\(run) is given twice, expected each run once")
        }
    }

    func run() throws {
        try runAlone {
            try OutputFile.report.check(output)
            let report = Reporting.Report(try reported(), now: .now, program: "rnn-dist \(programVersion)")
            try AtomicFile.write(report.html, to: output)
            for run in report.runs {
                for remark in run.remarks { sayOnStandardError("rnn-dist: warning: \(remark.withoutControls)") }
            }
            print(output)
        }
    }

    /// Of several folders those that hold no run are left out, with a word; what is not there is a mistake.
    private func reported() throws -> [ReportedRun] {
        var found: [ReportedRun] = [], refusal: (any Error)?
        for folder in runs {
            do { found.append(try ReportedRun(folder: folder)) } catch {
                guard FileManager.default.fileExists(atPath: folder) else { throw error }
                if runs.count > 1 { sayOnStandardError("rnn-dist: warning: left out: \(error)") }
                refusal = refusal ?? error
            }
        }
        if let refusal, found.isEmpty { throw refusal }
        return found
    }
}
