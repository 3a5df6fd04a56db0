#pragma once
#include <hdf5.h>

// Predefined types and property classes are comma expressions that open the library first, which
// Swift cannot import: each gets a getter of its C name.
#define CHDF5_ID(NAME) \
    __attribute__((swift_name("getter:" #NAME "()"))) static inline hid_t chdf5_##NAME(void)
CHDF5_ID(H5T_NATIVE_FLOAT) { return H5T_NATIVE_FLOAT; }
CHDF5_ID(H5T_NATIVE_DOUBLE) { return H5T_NATIVE_DOUBLE; }
CHDF5_ID(H5T_NATIVE_UINT8) { return H5T_NATIVE_UINT8; }
CHDF5_ID(H5T_NATIVE_INT32) { return H5T_NATIVE_INT32; }
CHDF5_ID(H5T_NATIVE_INT64) { return H5T_NATIVE_INT64; }
CHDF5_ID(H5T_NATIVE_UINT64) { return H5T_NATIVE_UINT64; }
CHDF5_ID(H5T_IEEE_F32LE) { return H5T_IEEE_F32LE; }
CHDF5_ID(H5T_IEEE_F64LE) { return H5T_IEEE_F64LE; }
CHDF5_ID(H5T_STD_U8LE) { return H5T_STD_U8LE; }
CHDF5_ID(H5T_STD_I32LE) { return H5T_STD_I32LE; }
CHDF5_ID(H5T_STD_I64LE) { return H5T_STD_I64LE; }
CHDF5_ID(H5T_STD_U64LE) { return H5T_STD_U64LE; }
CHDF5_ID(H5T_C_S1) { return H5T_C_S1; }
CHDF5_ID(H5P_FILE_CREATE) { return H5P_FILE_CREATE; }
CHDF5_ID(H5P_FILE_ACCESS) { return H5P_FILE_ACCESS; }
CHDF5_ID(H5P_GROUP_CREATE) { return H5P_GROUP_CREATE; }
CHDF5_ID(H5P_DATASET_CREATE) { return H5P_DATASET_CREATE; }
CHDF5_ID(H5P_LINK_CREATE) { return H5P_LINK_CREATE; }
#undef CHDF5_ID

__attribute__((swift_name("getter:H5T_VARIABLE()"))) static inline size_t chdf5_H5T_VARIABLE(void) { return H5T_VARIABLE; }
__attribute__((swift_name("getter:H5F_ACC_TRUNC()"))) static inline unsigned chdf5_H5F_ACC_TRUNC(void) { return H5F_ACC_TRUNC; }
__attribute__((swift_name("getter:H5F_ACC_RDONLY()"))) static inline unsigned chdf5_H5F_ACC_RDONLY(void) { return H5F_ACC_RDONLY; }

// H5Lget_info and H5L_info_t are renamed from version to version; the macro picks the right pair here.
static inline herr_t chdf5_link_type(hid_t location, const char *name, H5L_type_t *type) {
    H5L_info_t info;
    herr_t status = H5Lget_info(location, name, &info, H5P_DEFAULT);
    *type = status < 0 ? H5L_TYPE_ERROR : info.type;
    return status;
}
