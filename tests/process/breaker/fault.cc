#include "process/breaker/fault.h"

#include <sys/syscall.h>

namespace leat::process_test {
namespace {

// What has no number here is called by another name; there are no others.
#ifdef SYS_rename
constexpr long kRename = SYS_rename;
#else
constexpr long kRename = SYS_renameat;
#endif
#ifdef SYS_unlink
constexpr long kUnlink = SYS_unlink;
#else
constexpr long kUnlink = SYS_unlinkat;
#endif
#ifdef SYS_mkdir
constexpr long kMkdir = SYS_mkdir;
#else
constexpr long kMkdir = SYS_mkdirat;
#endif
#ifdef SYS_rmdir
constexpr long kRmdir = SYS_rmdir;
#else
constexpr long kRmdir = SYS_unlinkat;
#endif

constexpr long kInterruptible[] = {SYS_openat,    SYS_pread64, SYS_pwrite64,  SYS_pwritev, SYS_fallocate,
                                   SYS_ftruncate, SYS_fsync,   SYS_fdatasync, SYS_futex};
constexpr long kMoving[] = {SYS_pread64, SYS_pwrite64, SYS_pwritev};
constexpr long kTouching[] = {SYS_openat,    SYS_pread64,    SYS_pwrite64, SYS_pwritev,    SYS_fallocate,
                              SYS_ftruncate, SYS_newfstatat, SYS_fstat,    SYS_getdents64, SYS_fcntl,
                              kRename,       kUnlink,        kMkdir,       kRmdir,         SYS_msync,
                              SYS_statfs,    SYS_fstatfs,    SYS_fchmod,   SYS_fchown};
constexpr long kSyncing[] = {SYS_fsync, SYS_fdatasync};
constexpr long kTaking[] = {SYS_openat, SYS_fallocate, SYS_pwrite64, SYS_pwritev, SYS_ftruncate, kRename, kMkdir};
constexpr long kOpening[] = {SYS_openat};
constexpr long kMapping[] = {SYS_mmap, SYS_madvise};

constexpr FaultKind kKinds[] = {
    {"interrupted", EINTR, kInterruptible, true}, {"half", 0, kMoving, true},
    {"io-error", EIO, kTouching, false},          {"sync-error", EIO, kSyncing, false},
    {"sync-full", ENOSPC, kSyncing, false},       {"sync-quota", EDQUOT, kSyncing, false},
    {"disk-full", ENOSPC, kTaking, false},        {"quota", EDQUOT, kTaking, false},
    {"too-many-files", EMFILE, kOpening, false},  {"no-memory", ENOMEM, kMapping, false},
};

}  // namespace

std::span<const FaultKind> FaultKinds() { return kKinds; }

}  // namespace leat::process_test
