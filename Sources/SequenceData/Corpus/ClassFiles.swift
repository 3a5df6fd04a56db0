import Diagnostics

/// A folder with one file per class, one example per line; the label is the file's name without its extension.
struct ClassFiles: TextSource {
    let name: String

    func forEach(_ body: (_ label: Span<UInt8>, _ text: Span<UInt8>, _ place: SourcePlace) throws -> Void) throws -> Int
    {
        let listing = try FolderListing(path: name)
        if let folder = listing.folders.first {
            throw Diagnostic(
                "\(name)/\(folder)", "is a folder", expected: "one file per class",
                hint: "name the folder that holds the files, or set data.format to class_folders for one folder per class")
        }
        guard !listing.files.isEmpty else {
            throw Diagnostic(name, "folder holds no files", expected: "one file per class")
        }
        var fileOfLabel: [String: String] = [:]
        var blankLines = 0
        for fileName in listing.files {
            let label = Self.label(of: fileName)
            if let other = fileOfLabel.updateValue(fileName, forKey: label) {
                throw Diagnostic(
                    name, "files '\(other)' and '\(fileName)' are both of class '\(label)'",
                    expected: "one file per class")
            }
            let labelBytes = Array(label.utf8)
            var file = try TextFile(path: "\(name)/\(fileName)")
            while let line = try file.nextTextLine() {
                let text = file.bytes.span.extracting(line)
                if text.trimmed.isEmpty {
                    blankLines += 1
                } else {
                    try body(labelBytes.span, text, SourcePlace(file: file.name, line: file.lineNumber))
                }
            }
        }
        return blankLines
    }

    /// `Arabic.txt.gz`, `Arabic.txt` and `Arabic` are of class `Arabic`.
    static func label(of fileName: String) -> String {
        let name = fileName.hasSuffix(".gz") && fileName.utf8.count > 3 ? String(fileName.dropLast(3)) : fileName
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }
}
