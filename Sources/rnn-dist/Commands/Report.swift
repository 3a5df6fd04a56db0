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
        for (place, run) in runs.enumerated() where runs[..<place].contains(run) {
            throw ValidationError("\(run) is given twice, expected each run once")
        }
    }

    func run() throws {
        try runAlone {
            try AtomicFile.checkWritable(output)
            let report = Reporting.Report(
                try runs.map(ReportedRun.init(folder:)), now: .now, program: "rnn-dist \(programVersion)")
            try AtomicFile.write(report.html, to: output)
            for run in report.runs {
                for remark in run.remarks { sayOnStandardError("rnn-dist: warning: \(remark.withoutControls)") }
            }
            print(output)
        }
    }
}
