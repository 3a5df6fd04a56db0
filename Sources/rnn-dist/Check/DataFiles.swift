import Configuration
import Diagnostics
import Foundation
import SequenceData

/// The files that a configuration names.
enum DataFiles {
    /// Each with the key that names it; `builtin:` data have none.
    static func named(_ configuration: RunConfiguration) -> [(key: String, path: String)] {
        var files = [("data.train", configuration.data.train)]
        for case (let key, let path?) in [
            ("data.validation", configuration.data.validation), ("data.features", configuration.data.features),
            ("data.validation_features", configuration.data.validationFeatures),
        ] { files.append((key, path)) }
        if case .vectors(let path, _) = configuration.model.input { files.append(("model.input.vectors", path)) }
        return files.filter { !$0.1.hasPrefix("builtin:") }.flatMap { key, path in
            ParallelText.files(of: path).map { [(key, $0.source), (key, $0.target)] } ?? [(key, path)]
        }
    }

    /// - Returns: A finding for each that is not there or may not be read, or one that all are.
    static func findings(_ configuration: RunConfiguration) -> [Finding] {
        let files = named(configuration)
        let wrong = files.compactMap { key, path -> Finding? in
            if access(path, R_OK) == 0 { return nil }
            let isMissing = errno == ENOENT || errno == ENOTDIR
            let reason = isMissing ? "there is no such file" : String(cString: strerror(errno))
            let here = FileManager.default.currentDirectoryPath.withoutControls
            return .broken(
                "files", "\(key): \(path.withoutControls): \(reason)",
                advice: "correct \(key)"
                    + (path.hasPrefix("/") ? "" : ", or begin in the folder that the path is meant from, not in \(here)")
                    + "; on a cluster, hosts must see it, too")
        }
        guard wrong.isEmpty else { return wrong }
        return files.isEmpty ? [] : [.good("files", files.map { $0.path.withoutControls }.joined(separator: ", "))]
    }
}
