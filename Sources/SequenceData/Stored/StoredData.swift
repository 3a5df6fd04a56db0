import Diagnostics
import HDF5

/// What can be kept in an HDF5 file and comes back the same to the bit.
package protocol StoredData {
    /// Writes it below a name of its own.
    func write(to file: HDF5File, _ name: String) throws

    /// - Throws: `Diagnostic` where it is not there, or what is there cannot be such data.
    init(from file: HDF5File, _ name: String) throws
}

/// Data that consists of named parts.
package protocol StoredRecord: StoredData {
    init()
    static var fields: [StoredField<Self>] { get }

    /// Whether the parts go together, so that no index leads out of them.
    var isWhole: Bool { get }
}

/// A part of a record.
package struct StoredField<Record> {
    fileprivate let name: String
    fileprivate let write: (Record, HDF5File, String) throws -> Void
    fileprivate let read: (inout Record, HDF5File, String) throws -> Void

    package init<Value: StoredData>(_ name: String, _ path: WritableKeyPath<Record, Value>) {
        self.name = name
        write = { try $0[keyPath: path].write(to: $1, $2) }
        read = { $0[keyPath: path] = try Value(from: $1, $2) }
    }
}

extension StoredRecord {
    package func write(to file: HDF5File, _ name: String) throws {
        try file.makeGroup(name)
        for field in Self.fields { try field.write(self, file, "\(name)/\(field.name)") }
    }

    package init(from file: HDF5File, _ name: String) throws {
        self.init()
        for field in Self.fields { try field.read(&self, file, "\(name)/\(field.name)") }
        try file.require(isWhole, name)
    }
}

/// Absent data leaves no trace.
extension Optional: StoredData where Wrapped: StoredData {
    package func write(to file: HDF5File, _ name: String) throws { try self?.write(to: file, name) }

    package init(from file: HDF5File, _ name: String) throws {
        self = try file.exists(name) ? Wrapped(from: file, name) : nil
    }
}

extension Int: StoredData {
    package func write(to file: HDF5File, _ name: String) throws { try file.write([self], to: name, shape: []) }

    package init(from file: HDF5File, _ name: String) throws { self = try file.read(name, shape: [])[0] }
}

/// What lists of are stored as one array.
package protocol StoredElement {
    static func write(_ list: [Self], to file: HDF5File, _ name: String) throws
    static func list(from file: HDF5File, _ name: String) throws -> [Self]
}

extension Array: StoredData where Element: StoredElement {
    package func write(to file: HDF5File, _ name: String) throws { try Element.write(self, to: file, name) }

    package init(from file: HDF5File, _ name: String) throws { self = try Element.list(from: file, name) }
}

extension HDF5Number {
    package static func write(_ list: [Self], to file: HDF5File, _ name: String) throws {
        try file.write(list, to: name)
    }

    package static func list(from file: HDF5File, _ name: String) throws -> [Self] { try file.read(name) }
}

extension UInt8: StoredElement {}
extension Int32: StoredElement {}
extension Int: StoredElement {}
extension Float: StoredElement {}

extension HDF5File {
    /// Refuses what no program of ours can have written.
    package func require(_ holds: Bool, _ name: String) throws {
        guard holds else { throw Diagnostic(subject, "the parts of '\(name)' do not go together") }
    }
}

extension [Int] {
    /// Whether these are where each of some ragged rows begins and the last one ends, in so many elements.
    func areOffsets(in count: Int) -> Bool {
        guard first == 0, last == count else { return false }
        return indices.dropFirst().allSatisfy { self[$0 - 1] <= self[$0] }
    }
}

extension [Int32] {
    /// Whether all are numbers of one of so many things.
    package func areNumbers(below count: Int) -> Bool {
        let bound = UInt32(clamping: count)
        // The largest of all, not a search that stops: it goes by vectors.
        var largest: UInt32 = 0
        for number in self { largest = Swift.max(largest, UInt32(bitPattern: number)) }
        return isEmpty || largest < bound
    }
}
