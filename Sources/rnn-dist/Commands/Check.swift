import ArgumentParser
import Configuration
import Kernels
import Reporting

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for everything that could stop a run, before it is queued.",
        discussion: """
            rnn-dist check config.yaml                                    as rnn-dist train config.yaml would be run
            rnn-dist check config.yaml --ranks 16 --ranks-per-host 4

            Files and what is in them, a minibatch of each size forward and backward, memory, room for checkpoints, \
            the folder of the run, cores. All that is wrong is told, not only the first. Nothing is written. Exit \
            status 0: nothing would stop the run; 1: something would.

            --json: verdict (good, slow or broken); findings, each with subject, verdict, fact and advice.
            """)

    @Argument(help: "YAML file; without it the embedded surnames task.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: "Ranks of the run; by default as many as mpirun starts, or 1.")
    var ranks = Launcher.current?.size ?? 1

    @Option(help: "Of them on a host like this one; by default as many as mpirun starts here, or as it has cores.")
    var ranksPerHost: Int?

    @Option(help: "Threads of a rank; by default its share of its host's cores.")
    var threads: Int?

    @Option(help: "Folder of the run; overrides 'output' of the configuration.", completion: .directory)
    var output: String?

    @Flag(help: "The run goes on in the folder that it has.")
    var resume = false

    @Option(name: .customLong("set"), help: "Override a key; may be repeated.")
    var overrides: [String] = []

    @Flag(help: "One JSON object.")
    var json = false

    func validate() throws {
        try OptionRange.check("--ranks", ranks, 1...65_536)
        try OptionRange.check("--ranks-per-host", ranksPerHost, 1...65_536)
        try OptionRange.check("--threads", threads, OptionRange.threads)
    }

    func run() throws {
        // Of the ranks that mpirun would start, one looks for all.
        if let launcher = Launcher.current, launcher.rank != 0 { return }
        try runAlone {
            let findings = CheckSession(self).findings()
            let object: JSONObject = ["verdict": .string(findings.verdict.rawValue), "findings": findings.json]
            print(json ? object.text + "\n" : findings.text, terminator: "")
            if findings.verdict == .broken { throw ExitCode(ExitStatus.failed) }
        }
    }
}
