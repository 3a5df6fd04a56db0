internal import CHDF5

/// A number type that datasets hold.
public protocol HDF5Number: BitwiseCopyable {
    static var hdf5Kind: HDF5NumberKind { get }
}

/// How a number is stored, little-endian in the file.
public enum HDF5NumberKind: String, CaseIterable, Sendable {
    case float32 = "32-bit floats"
    case float64 = "64-bit floats"
    case uint8 = "bytes"
    case int32 = "32-bit integers"
    case int64 = "64-bit integers"
    case uint64 = "unsigned 64-bit integers"
}

extension Float: HDF5Number { public static var hdf5Kind: HDF5NumberKind { .float32 } }
extension Double: HDF5Number { public static var hdf5Kind: HDF5NumberKind { .float64 } }
extension UInt8: HDF5Number { public static var hdf5Kind: HDF5NumberKind { .uint8 } }
extension Int32: HDF5Number { public static var hdf5Kind: HDF5NumberKind { .int32 } }
extension Int64: HDF5Number { public static var hdf5Kind: HDF5NumberKind { .int64 } }
extension Int: HDF5Number { public static var hdf5Kind: HDF5NumberKind { .int64 } }
extension UInt64: HDF5Number { public static var hdf5Kind: HDF5NumberKind { .uint64 } }

extension HDF5NumberKind {
    /// Type in memory.
    var memoryType: hid_t {
        switch self {
        case .float32: H5T_NATIVE_FLOAT
        case .float64: H5T_NATIVE_DOUBLE
        case .uint8: H5T_NATIVE_UINT8
        case .int32: H5T_NATIVE_INT32
        case .int64: H5T_NATIVE_INT64
        case .uint64: H5T_NATIVE_UINT64
        }
    }

    /// Type in the file, the same on every machine.
    var fileType: hid_t {
        switch self {
        case .float32: H5T_IEEE_F32LE
        case .float64: H5T_IEEE_F64LE
        case .uint8: H5T_STD_U8LE
        case .int32: H5T_STD_I32LE
        case .int64: H5T_STD_I64LE
        case .uint64: H5T_STD_U64LE
        }
    }

    var byteCount: Int {
        switch self {
        case .uint8: 1
        case .float32, .int32: 4
        case .float64, .int64, .uint64: 8
        }
    }
}
