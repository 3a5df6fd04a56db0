import CHDF5
import Diagnostics
import HDF5
import TestSupport
import XCTest

/// Files of other programs are read by a process of their own, whatever they hold.
final class ReadingProcessTests: FolderTestCase {
    private let none = hid_t(H5P_DEFAULT)

    /// Writes a file with libhdf5 directly; returns its path.
    private func file(_ name: String = "data.h5", _ fill: (hid_t) -> Void) -> String {
        let file = H5Fcreate(path(name), UInt32(H5F_ACC_TRUNC), none, none)
        XCTAssertGreaterThan(file, 0)
        fill(file)
        XCTAssertGreaterThanOrEqual(H5Fclose(file), 0)
        return path(name)
    }

    private func dataset<Value>(
        _ file: hid_t, _ name: String, _ extents: [hsize_t], type: hid_t, memory: hid_t, _ values: [Value],
        _ setUp: (hid_t) -> Void = { _ in }
    ) {
        let space = H5Screate_simple(Int32(extents.count), extents, nil), creation = H5Pcreate(H5P_DATASET_CREATE)
        setUp(creation)
        let dataset = H5Dcreate2(file, name, type, space, none, creation, none)
        XCTAssertGreaterThan(dataset, 0, name)
        if !values.isEmpty {
            XCTAssertGreaterThanOrEqual(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, none, values), 0, name)
        }
        H5Dclose(dataset)
        H5Pclose(creation)
        H5Sclose(space)
    }

    private func doubles(
        _ file: hid_t, _ name: String, _ extents: [hsize_t], _ values: [Double], _ setUp: (hid_t) -> Void = { _ in }
    ) {
        dataset(file, name, extents, type: H5T_NATIVE_DOUBLE, memory: H5T_NATIVE_DOUBLE, values, setUp)
    }

    private func packed(_ chunk: [hsize_t]) -> (hid_t) -> Void {
        { creation in
            H5Pset_chunk(creation, Int32(chunk.count), chunk)
            H5Pset_shuffle(creation)
            H5Pset_deflate(creation, 9)
            H5Pset_fletcher32(creation)
        }
    }

    private func read(
        _ path: String, _ wanted: [(name: String, kind: ForeignDataset.Kind)], _ limits: ForeignFile.Limits? = nil,
        command: [String]? = nil
    ) throws -> [ForeignDataset] {
        try ForeignFile.read(
            path, wanted, limits: limits, command: command ?? [MPIRun.builtProduct("rnn-dist"), "read-hdf5"])
    }

    /// What is said about a file, without the folder.
    private func refusal(
        _ path: String, _ name: String = "x", _ kind: ForeignDataset.Kind = .floats,
        _ limits: ForeignFile.Limits? = nil,
        command: [String]? = nil
    ) -> String {
        message { _ = try read(path, [(name, kind)], limits, command: command) }.replacingOccurrences(
            of: folder + "/", with: "")
    }

    func testNumbersOfAnyTypeAreReadWhereverTheyLie() throws {
        let path = file { file in
            doubles(file, "d", [2, 3], [1, -2.5, 3, 4, 5, 6e300])
            let big = H5Tcopy(H5T_NATIVE_INT32)
            H5Tset_order(big, H5T_ORDER_BE)
            H5Tset_size(big, 2)
            dataset(file, "i", [3], type: big, memory: H5T_NATIVE_INT32, [Int32(7), -300, 32767])
            H5Gclose(H5Gcreate2(file, "g", none, none, none))
            doubles(file, "g/packed", [1000, 2], (0..<2000).map { Double($0 / 7) }, packed([64, 2]))
        }
        let found = try read(path, [("d", .floats), ("i", .integers), ("/g/packed", .floats), ("i", .floats)])
        XCTAssertEqual(found.map(\.shape), [[2, 3], [3], [1000, 2], [3]])
        XCTAssertEqual(found[0].values, .floats([1, -2.5, 3, 4, 5, .infinity]))
        XCTAssertEqual(found[1].values, .integers([7, -300, 32767]))
        XCTAssertEqual(found[2].values, .floats((0..<2000).map { Float($0 / 7) }))
        XCTAssertEqual(found[3].values, .floats([7, -300, 32767]))
    }

    func testTextsOfAnyAndOfFixedLengthAreRead() throws {
        let path = file { file in
            for (name, padding) in [("zeros", H5T_STR_NULLPAD), ("blanks", H5T_STR_SPACEPAD)] {
                let fixed = H5Tcopy(H5T_C_S1)
                H5Tset_size(fixed, 4)
                H5Tset_strpad(fixed, padding)
                let filler = UInt8(padding == H5T_STR_NULLPAD ? 0 : 0x20)
                dataset(file, name, [2], type: fixed, memory: fixed, Array("abcdé".utf8) + [filler, filler])
            }
            let any = H5Tcopy(H5T_C_S1)
            H5Tset_size(any, H5T_VARIABLE)
            "a dog".withCString { dog in
                "été".withCString { dataset(file, "any", [3], type: any, memory: any, [dog, $0, dog]) }
            }
            dataset(file, "latin", [1], type: H5T_C_S1, memory: H5T_C_S1, [UInt8(0xE9)])
        }
        func texts(_ texts: String...) -> ForeignDataset.Values { .texts(texts.map { Array($0.utf8) }) }
        let found = try read(path, [("zeros", .texts), ("blanks", .texts), ("any", .texts)])
        XCTAssertEqual(found.map(\.shape), [[2], [2], [3]])
        XCTAssertEqual(
            found.map(\.values), [texts("abcd", "é"), texts("abcd", "é"), texts("a dog", "été", "a dog")])
        XCTAssertEqual(
            refusal(path, "latin", .texts), "data.h5: dataset 'latin' holds bytes that are not UTF-8 at position 0")
    }

    func testWhatIsAskedForMustBeThere() throws {
        let path = file { file in
            doubles(file, "d", [1], [1])
            H5Gclose(H5Gcreate2(file, "g", none, none, none))
            doubles(file, "g/e", [1], [1])
            // A circle of groups.
            H5Lcreate_hard(file, "/", file, "g/root", none, none)
        }
        XCTAssertTrue(
            refusal(path).hasPrefix("data.h5: dataset 'x' is missing, expected one of: d, g/e, g/root/d, "),
            refusal(path))
        XCTAssertEqual(refusal(path, "g"), "data.h5: 'g' is a group, expected a dataset")
        XCTAssertEqual(
            refusal(path, "d", .integers), "data.h5: dataset 'd' holds floating-point numbers, expected integers")
        XCTAssertEqual(refusal(path, "d", .texts), "data.h5: dataset 'd' holds floating-point numbers, expected texts")
        XCTAssertEqual(refusal(self.path("none.h5")), "none.h5: cannot be read: No such file or directory")
        XCTAssertEqual(refusal(folder), "\(folder): is not a file, expected an HDF5 file")
        try put(Array("PK".utf8), at: "zip.h5")
        XCTAssertEqual(refusal(self.path("zip.h5")), "zip.h5: is not an HDF5 file")
    }

    func testWhatLeadsOutOfTheFileIsRefused() {
        let path = file { file in
            doubles(file, "outside", [1], []) { H5Pset_external($0, "/etc/passwd", 0, 8) }
            H5Lcreate_external("/etc/passwd", "/x", file, "link", none, none)
            doubles(file, "plugin", [1], []) { creation in
                var chunk: hsize_t = 1
                H5Pset_chunk(creation, 1, &chunk)
                H5Pset_filter(creation, 32000, UInt32(H5Z_FLAG_OPTIONAL), 0, nil)
            }
        }
        XCTAssertEqual(
            refusal(path, "outside"),
            "data.h5: dataset 'outside' is virtual or stored in another file, expected values in this file")
        XCTAssertEqual(
            refusal(path, "link"), "data.h5: 'link' is a soft or external link, expected an item of the file itself")
        XCTAssertEqual(
            refusal(path, "plugin"),
            "data.h5: dataset 'plugin' is packed with filter 32000 (), expected gzip, or no compression")
    }

    func testWhatUnpacksToMoreThanIsAllowedIsRefused() {
        let path = file { file in
            doubles(file, "huge", [1 << 40], [], packed([1 << 16]))
            doubles(file, "large", [1 << 13, 1 << 13], [], packed([1 << 10, 1 << 10]))
        }
        let limits = ForeignFile.Limits(seconds: 30, bytes: 64 << 20)
        let hint =
            ", expected at most 64 MiB, half of this machine's memory; "
            + "make a dataset of fewer rows, or of smaller numbers, or take a machine with more memory"
        XCTAssertEqual(
            refusal(path, "huge", .floats, limits),
            "data.h5: dataset 'huge' has shape [1099511627776]" + hint)
        XCTAssertEqual(
            refusal(path, "large", .floats, limits),
            "data.h5: dataset 'large' has shape [8192, 8192], 512 MiB when unpacked" + hint)
    }

    func testMemoryIsLimitedByWhatValuesNeedNotByTheFilesSize() throws {
        let path = file { file in
            // One chunk, so that all of it is unpacked at once.
            dataset(
                file, "x", [24 << 20], type: H5T_NATIVE_DOUBLE, memory: H5T_NATIVE_DOUBLE,
                [Double](repeating: 1.5, count: 24 << 20)
            ) { creation in
                var chunk: hsize_t = 24 << 20
                H5Pset_chunk(creation, 1, &chunk)
                H5Pset_shuffle(creation)
                H5Pset_deflate(creation, 1)
            }
            doubles(file, "y", [72 << 10, 1 << 10], [], packed([1 << 10, 1 << 10]))
        }
        XCTAssertLessThan(try contents("data.h5").count, 2 << 20)
        let found = try read(path, [("x", .floats), ("y", .floats)])
        XCTAssertEqual(found.map(\.shape), [[24 << 20], [72 << 10, 1 << 10]])
        guard case .floats(let values) = found[0].values else { return XCTFail("no floats") }
        XCTAssertEqual(values.last, 1.5)
    }

    func testTruthValuesAreReadAsZeroAndOne() throws {
        let path = file { file in
            let byte = H5Tcopy(H5T_NATIVE_INT32)
            H5Tset_size(byte, 1)
            let truth = H5Tenum_create(byte)
            for (name, value) in [("FALSE", Int8(0)), ("TRUE", 1)] {
                withUnsafeBytes(of: value) { _ = H5Tenum_insert(truth, name, $0.baseAddress) }
            }
            dataset(file, "b", [2, 2], type: truth, memory: truth, [Int8(1), 0, 0, 1])
        }
        let found = try read(path, [("b", .floats), ("b", .integers)])
        XCTAssertEqual(found.map(\.shape), [[2, 2], [2, 2]])
        XCTAssertEqual(found.map(\.values), [ForeignDataset.Values.floats([1, 0, 0, 1]), .integers([1, 0, 0, 1])])
    }

    func testCrashesHangsAndNonsenseAreOneMessageEach() throws {
        let path = file { doubles($0, "x", [1], [1]) }
        func said(_ script: String, seconds: Int = 20) -> String {
            refusal(
                path, "x", .floats, ForeignFile.Limits(seconds: seconds, bytes: 1 << 20),
                command: ["/bin/sh", "-c", script])
        }
        let hint = "; it may be damaged: make it anew, or copy its datasets into a new file"
        XCTAssertEqual(
            said("kill -SEGV $$"),
            "data.h5: libhdf5 crashes on it, or wants more memory than its values need (Segmentation fault)" + hint)
        XCTAssertEqual(said("exec sleep 100", seconds: 1), "data.h5: reading it takes more than 1 s" + hint)
        XCTAssertEqual(said("kill -XCPU $$"), "data.h5: reading it takes more than 20 s" + hint)
        XCTAssertEqual(
            said("kill -KILL $$"), "data.h5: reading it takes more than 20 s, or more memory than there is" + hint)
        XCTAssertEqual(said("exit 3"), "data.h5: the process that reads it ended with status 3" + hint)
        let nonsense = "data.h5: what the process that reads it says makes no sense" + hint
        XCTAssertEqual(said("yes"), nonsense)
        // One extent of -1; more values than bytes; more bytes than allowed.
        let (one, most) = (#"\1\0\0\0\0\0\0\0"#, #"\377\377\377\377\377\377\377\377"#)
        XCTAssertEqual(said("printf '\\1\\1\(most)\(one)'"), nonsense)
        XCTAssertEqual(said("printf '\\1\\1\(one)\(one)'"), nonsense)
        XCTAssertEqual(said("printf '\\1\\0\(most)'"), nonsense)
        XCTAssertEqual(
            refusal(path, command: ["/nonexistent"]),
            "data.h5: the process that is to read it cannot be started: No such file or directory")
    }

    func testTheReadingProcessHasNothingOfThisOnesButWhatItNeeds() throws {
        let path = file { doubles($0, "x", [1], [1]) }
        setenv("OMPI_COMM_WORLD_RANK", "0", 1)
        defer { unsetenv("OMPI_COMM_WORLD_RANK") }
        let script = "env | cut -d= -f1 | sort > \(folder)/names; read line; echo \"$?\" >> \(folder)/names"
        _ = refusal(path, command: ["/bin/sh", "-c", script])
        let names = String(decoding: try contents("names"), as: UTF8.self).split(separator: "\n")
            .filter { !["LD_LIBRARY_PATH", "PATH", "PWD", "SHLVL", "_", "OLDPWD"].contains($0) }
        XCTAssertEqual(
            names, ["HDF5_PLUGIN_PRELOAD", "HDF5_USE_FILE_LOCKING", "SWIFT_BACKTRACE", "1"])
    }

    func testADamagedFileIsReadOrRefused() throws {
        let path = file { file in
            doubles(file, "x", [40, 3], (0..<120).map(Double.init), packed([8, 3]))
            let any = H5Tcopy(H5T_C_S1)
            H5Tset_size(any, H5T_VARIABLE)
            "a dog".withCString { dataset(file, "texts", [2], type: any, memory: any, [$0, $0]) }
        }
        let whole = try contents("data.h5")
        var random: UInt64 = 3, refusals = 0
        for _ in 0..<40 {
            var bytes = whole
            for _ in 0..<3 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(random >> 33) % bytes.count] = UInt8(truncatingIfNeeded: random >> 25)
            }
            try put(bytes, at: "data.h5")
            do {
                _ = try read(
                    path, [("x", .floats), ("texts", .texts)], ForeignFile.Limits(seconds: 5, bytes: 64 << 20))
            } catch let refusal as Diagnostic {
                XCTAssertEqual(refusal.subject, path)
                refusals += 1
            }
        }
        XCTAssertGreaterThan(refusals, 3)
    }
}
