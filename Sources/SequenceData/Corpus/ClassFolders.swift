import Diagnostics

/// A folder with one folder per class, which holds one text file per example; the label is the folder's name.
///
/// Files beside the class folders (a README) are no examples.
struct ClassFolders: TextSource {
    let name: String

    func forEach(_ body: (_ label: Span<UInt8>, _ text: Span<UInt8>, _ place: SourcePlace) throws -> Void) throws -> Int
    {
        let listing = try FolderListing(path: name)
        guard !listing.folders.isEmpty else {
            throw Diagnostic(name, "folder holds no folders", expected: "one folder per class")
        }
        var content = [UInt8](repeating: 0, count: 1 << 16)
        for label in listing.folders {
            let folder = "\(name)/\(label)"
            let examples = try FolderListing(path: folder)
            if let inner = examples.folders.first {
                throw Diagnostic("\(folder)/\(inner)", "is a folder", expected: "one text file per example")
            }
            guard !examples.files.isEmpty else {
                throw Diagnostic(folder, "folder holds no files", expected: "one text file per example")
            }
            let labelBytes = Array(label.utf8)
            for fileName in examples.files {
                let path = "\(folder)/\(fileName)"
                let text = try readAll(path, into: &content)
                let bytes = content.span.extracting(text)
                try bytes.checkUTF8(file: path, line: 1)
                try body(labelBytes.span, bytes, SourcePlace(file: path, line: nil))
            }
        }
        return 0
    }

    /// Reads a whole file, without its byte order mark, into a buffer that is reused; an empty file is an empty text.
    private func readAll(_ path: String, into content: inout [UInt8]) throws -> Range<Int> {
        let stream = try ByteStream(path: path)
        var count = 0
        while true {
            if count == content.count {
                guard count < TextFile.longestRecord else {
                    throw Diagnostic(path, "text is larger than \(TextFile.longestRecord >> 20) MiB")
                }
                content.append(contentsOf: repeatElement(0, count: count))
            }
            let read = try stream.read(into: &content, from: count)
            if read == 0 { break }
            count += read
        }
        let hasMark = count >= 3 && content[0] == 0xEF && content[1] == 0xBB && content[2] == 0xBF
        return (hasMark ? 3 : 0)..<count
    }
}
