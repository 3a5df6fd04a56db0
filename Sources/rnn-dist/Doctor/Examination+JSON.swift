import Kernels
import Reporting

extension Examination {
    /// The findings, and below `ranks` what they were made of.
    package var json: JSONObject {
        [
            "verdict": .string(verdict.rawValue), "rank_count": .integer(facts.count),
            "host_count": .integer(HostRanks.grouped(facts).count),
            "findings": findings.json,
            "ranks": .array(facts.map { .object($0.json) }),
        ]
    }
}

extension [Finding] {
    package var json: JSONValue {
        .array(
            map {
                .object([
                    "subject": .string($0.subject), "verdict": .string($0.verdict.rawValue), "fact": .string($0.fact),
                    "advice": $0.advice.map { .string($0) } ?? .null,
                ])
            })
    }
}

extension RankFacts {
    fileprivate var json: JSONObject {
        func optional(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
        return [
            "rank": .integer(rank), "host": .string(host),
            "mpi": .string(mpi), "hdf5": .string(hdf5),
            "processor": .string(processor.model), "processor_level": .string(Processor.name(ofLevel: processor.level)),
            "built_level": .string(Processor.name(ofLevel: processor.builtLevel)),
            "host_cores": .integer(processor.hostCores), "cores": .array(processor.cores.cores.map { .integer($0) }),
            "core_limit": processor.coreLimit.map { .number($0) } ?? .null, "threads": .integer(processor.threads),
            "rounding_set": .bool(processor.roundsAsExpected),
            "memory_bytes": .integer(memory.total), "memory_available_bytes": .integer(memory.available),
            "memory_limit_bytes": optional(memory.limit), "shared_memory_bytes": optional(memory.shared),
            "shared_memory_free_bytes": optional(memory.sharedFree), "open_file_limit": .integer(memory.openFileLimit),
            "host_name_known": hostName.map { .bool($0.isKnown) } ?? .null,
            "host_name_seconds": hostName.map { .number($0.seconds) } ?? .null,
            "sums_right": .bool(trial.sumsAreRight), "sum_bytes": .integer(trial.sumBytes),
            "sum_seconds": .number(trial.sumSeconds), "gigaflops_per_core": .number(trial.gigaflops),
        ]
    }
}
