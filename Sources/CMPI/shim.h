#pragma once
#include <mpi.h>

// Open MPI's predefined handles are casts of addresses of C globals, MPICH's are casts of numbers;
// Swift imports neither: each gets a getter of its C name.
#define CMPI_CONSTANT(TYPE, NAME) \
    __attribute__((swift_name("getter:" #NAME "()"))) static inline TYPE cmpi_##NAME(void)
CMPI_CONSTANT(MPI_Comm, MPI_COMM_WORLD) { return MPI_COMM_WORLD; }
CMPI_CONSTANT(MPI_Comm, MPI_COMM_NULL) { return MPI_COMM_NULL; }
CMPI_CONSTANT(MPI_Datatype, MPI_BYTE) { return MPI_BYTE; }
CMPI_CONSTANT(MPI_Datatype, MPI_INT64_T) { return MPI_INT64_T; }
CMPI_CONSTANT(MPI_Datatype, MPI_FLOAT) { return MPI_FLOAT; }
CMPI_CONSTANT(MPI_Op, MPI_SUM) { return MPI_SUM; }
CMPI_CONSTANT(MPI_Op, MPI_MAX) { return MPI_MAX; }
CMPI_CONSTANT(MPI_Op, MPI_BOR) { return MPI_BOR; }
CMPI_CONSTANT(MPI_Info, MPI_INFO_NULL) { return MPI_INFO_NULL; }
CMPI_CONSTANT(MPI_Request, MPI_REQUEST_NULL) { return MPI_REQUEST_NULL; }
CMPI_CONSTANT(MPI_Errhandler, MPI_ERRORS_RETURN) { return MPI_ERRORS_RETURN; }
CMPI_CONSTANT(void *, MPI_IN_PLACE) { return MPI_IN_PLACE; }
#undef CMPI_CONSTANT
// Arrays of statuses are never read: errors come back as codes.
__attribute__((swift_name("getter:MPI_STATUS_IGNORE()"))) static inline MPI_Status *cmpi_MPI_STATUS_IGNORE(void) { return MPI_STATUS_IGNORE; }
__attribute__((swift_name("getter:MPI_STATUSES_IGNORE()"))) static inline MPI_Status *cmpi_MPI_STATUSES_IGNORE(void) { return MPI_STATUSES_IGNORE; }
