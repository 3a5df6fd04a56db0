import HDF5

/// Byte strings as HDF5 keeps them here: all bytes, and where each string begins and the last one ends.
///
/// HDF5's own strings end at a zero byte, and cost an allocation each.
private struct StoredBytes: StoredRecord {
    var bytes: [UInt8] = []
    var offsets = [0]

    static var fields: [StoredField<Self>] { [StoredField("bytes", \.bytes), StoredField("offsets", \.offsets)] }
    var isWhole: Bool { offsets.areOffsets(in: bytes.count) }
}

extension String: StoredElement {
    package static func write(_ list: [String], to file: HDF5File, _ name: String) throws {
        var stored = StoredBytes()
        for text in list {
            stored.bytes.append(contentsOf: text.utf8)
            stored.offsets.append(stored.bytes.count)
        }
        try stored.write(to: file, name)
    }

    package static func list(from file: HDF5File, _ name: String) throws -> [String] {
        let stored = try StoredBytes(from: file, name)
        return stored.offsets.indices.dropLast().map {
            String(decoding: stored.bytes[stored.offsets[$0]..<stored.offsets[$0 + 1]], as: UTF8.self)
        }
    }
}

extension ByteStringTable: StoredData {
    package func write(to file: HDF5File, _ name: String) throws {
        try StoredBytes(bytes: arena, offsets: [0] + ends).write(to: file, name)
    }

    package init(from file: HDF5File, _ name: String) throws {
        let stored = try StoredBytes(from: file, name)
        self.init()
        let bytes = stored.bytes.span
        for number in stored.offsets.indices.dropLast() {
            let range = stored.offsets[number]..<stored.offsets[number + 1]
            try file.require(intern(bytes.extracting(range)) == number, name)
        }
    }
}

extension Vocabulary: StoredData {
    package func write(to file: HDF5File, _ name: String) throws { try table.write(to: file, name) }

    package init(from file: HDF5File, _ name: String) throws {
        self.init(table: try ByteStringTable(from: file, name))
        try file.require(count >= 2 && string(of: Int(Self.padding)).isEmpty, name)
    }
}

extension LabelSet: StoredData {
    package func write(to file: HDF5File, _ name: String) throws { try table.write(to: file, name) }

    package init(from file: HDF5File, _ name: String) throws {
        self.init(table: try ByteStringTable(from: file, name))
        try file.require(count >= 2, name)
    }
}
