import Configuration
import Diagnostics
internal import Foundation
import HDF5

/// Keeps encoded data in files, so that the next start with the same data and settings need not encode them again.
///
/// A file is named by everything its data depend on (`EncodedKey`), holds that key, is written atomically, and is
/// believed only with its digest. The cache never stands in the way of a run: what cannot be read is encoded anew, what
/// cannot be written is not kept, and either is said.
package struct EncodedCache {
    private let configuration: RunConfiguration
    private let sources: [EncodedSource]
    private let keeps: Bool

    /// - Parameters:
    ///   - sources: All that the data are read from.
    ///   - keeps: Whether this process may write; of the ranks of a host one is enough.
    package init(_ configuration: RunConfiguration, sources: [EncodedSource], keeps: Bool) {
        self.configuration = configuration
        self.sources = sources
        self.keeps = keeps
    }

    /// The data: from the cache, or else encoded and kept.
    ///
    /// - Parameters:
    ///   - notice: Told where data was read or kept, or why it was not.
    ///   - load: Reads the data back.
    ///   - store: Writes the data to an empty file.
    ///   - encode: Reads the sources and encodes them.
    /// - Throws: What `encode` throws.
    package func data<Data>(
        notice: (String) -> Void, load: (HDF5File) throws -> Data, store: (Data, HDF5File) throws -> Void,
        encode: () throws -> Data
    ) throws -> Data {
        guard let folder = configuration.data.cache else { return try encode() }
        if let source = sources.first(where: \.isBuiltIn) {
            notice("\(source.files[0]) is made anew at every start: data.cache is not needed")
            return try encode()
        }
        let key: EncodedKey
        do { key = try EncodedKey(configuration, sources) } catch {
            // What is wrong with the data, reading them says best.
            let data = try encode()
            notice("warning: \(error): encoded data is neither read nor kept")
            return data
        }
        let path = folder + "/" + key.fileName
        if FileManager.default.fileExists(atPath: path) {
            do {
                let data = try load(open(path, key))
                notice("encoded data read from \(path)")
                return data
            } catch { notice("warning: \(error): the data is encoded anew") }
        }
        let data = try encode()
        guard keeps else { return data }
        do {
            try keep(data, key, in: folder, path, store)
            notice("encoded data kept in \(path)")
        } catch { notice("warning: encoded data is not kept: \(error)") }
        return data
    }

    private func open(_ path: String, _ key: EncodedKey) throws -> HDF5File {
        let file = try HDF5File(image: SealedFile.read(path, as: .encodedData), subject: path)
        guard try [String](from: file, Self.keyName) == [key.text] else {
            throw Diagnostic(path, "holds data of other files or settings than its name says")
        }
        return file
    }

    private func keep<Data>(
        _ data: Data, _ key: EncodedKey, in folder: String, _ path: String, _ store: (Data, HDF5File) throws -> Void
    ) throws {
        guard try EncodedKey(configuration, sources) == key else {
            throw Diagnostic(configuration.data.train, "has changed while it was read")
        }
        let file = try HDF5File.inMemory(path)
        try [key.text].write(to: file, Self.keyName)
        try store(data, file)
        // Where it fails, writing the file says why.
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try SealedFile.write(file.image(), to: path, as: .encodedData)
    }

    private static let keyName = "key"
}
