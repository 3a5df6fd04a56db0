// Makes system calls on a run's files fail: a library that Tests/Faults/writes has the program load before all others.
//
// FAULT_FOLDER  the run's folder; calls on other files are left alone
// FAULT_LOG     gets a line for every call on these files: thread (m main, w any other), its number, the call, the file;
//               the one that FAULT_AT names begins with "hit", those that fail after it with "then"
// FAULT_AT      the call to fail, such as w17; absent: none
// FAULT_KIND    an error number; "kill": the process is killed before the call; "torn": a write is done by half and the
//               process killed; "short": a write is done by half
// FAULT_LASTING what fails from then on, too: "space" what needs space, "changes" all that changes the folder, "all"
// FAULT_CHUNK   most bytes that one call writes
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { files = 1024 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *names[files];     // of the open files that are watched
static int changing[files];    // whether they were opened to be written
static int counts[2];          // calls so far: main thread, others
static int broken;             // whether the call to fail has come

// What the true function is called by.
#define TRUE_ONE(name) \
    static __typeof__(name) *true_one; \
    if (!true_one) true_one = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int is_watched(const char *path) {
    const char *folder = setting("FAULT_FOLDER");
    size_t length = strlen(folder);
    return length && path && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static void note(const char *text) {
    static int log = -1;
    if (log < 0) log = (int)syscall(SYS_openat, AT_FDCWD, setting("FAULT_LOG"),
                                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log >= 0) syscall(SYS_write, log, text, strlen(text));
}

enum { needs_nothing, needs_change, needs_space };

// What shall happen to a call: 0 nothing, an error number, -1 half of it, -2 half of it and the end.
static int fate(const char *call, const char *path, int needs) {
    const char *name = path + strlen(setting("FAULT_FOLDER"));
    int other = getpid() != (pid_t)syscall(SYS_gettid);
    // The main thread looks by the clock whether another start has taken over: not the same calls in each run.
    if (!other && !strcmp(name, "/incarnation") && needs == needs_nothing) return 0;
    const char *kind = setting("FAULT_KIND"), *lasting = setting("FAULT_LASTING");
    char place[24], text[4096];
    pthread_mutex_lock(&lock);
    snprintf(place, sizeof place, "%c%d", other ? 'w' : 'm', ++counts[other]);
    int hit = !strcmp(place, setting("FAULT_AT"));
    int fails = hit || (broken && (!strcmp(lasting, "all") || (!strcmp(lasting, "changes") && needs != needs_nothing)
                                   || (!strcmp(lasting, "space") && needs == needs_space)));
    if (hit) broken = 1;
    snprintf(text, sizeof text, "%s%s %s %s\n", hit ? "hit " : fails ? "then " : "", place, call, name);
    note(text);
    pthread_mutex_unlock(&lock);
    if (!fails) return 0;
    if (!strcmp(kind, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(kind, "short")) return -1;
    if (!strcmp(kind, "torn")) return -2;
    return atoi(kind);
}

static int fails(const char *call, const char *path, int needs) {
    int number = is_watched(path) ? fate(call, path, needs) : 0;
    if (number > 0) errno = number;
    return number > 0;
}

// The same for an open file.
static int fails_open(const char *call, int file, int needs) {
    return file >= 0 && file < files && names[file] && fails(call, names[file], needs);
}

static int watch(int file, const char *path, int flags) {
    if (file >= 0 && file < files && is_watched(path)) {
        names[file] = strdup(path);
        changing[file] = (flags & O_ACCMODE) != O_RDONLY;
    }
    return file;
}

static int opening(const char *path, int flags) {
    int access = flags & O_ACCMODE;
    return fails(flags & O_CREAT ? "create" : "open", path,
                 flags & O_CREAT ? needs_space : access == O_RDONLY ? needs_nothing : needs_change);
}

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        TRUE_ONE(name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opening(path, flags) ? -1 : watch(true_one(path, flags, mode), path, flags); \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        TRUE_ONE(name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opening(path, flags) ? -1 : watch(true_one(folder, path, flags, mode), path, flags); \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

DIR *opendir(const char *path) {
    TRUE_ONE(opendir);
    return fails("list", path, needs_nothing) ? NULL : true_one(path);
}

ssize_t read(int file, void *bytes, size_t count) {
    TRUE_ONE(read);
    return fails_open("read", file, needs_nothing) ? -1 : true_one(file, bytes, count);
}

ssize_t write(int file, const void *bytes, size_t count) {
    TRUE_ONE(write);
    if (file < 0 || file >= files || !names[file]) return true_one(file, bytes, count);
    size_t most = strtoul(setting("FAULT_CHUNK"), NULL, 10);
    if (most && count > most) count = most;
    int number = fate("write", names[file], needs_space);
    if (number > 0) {
        errno = number;
        return -1;
    }
    ssize_t written = true_one(file, bytes, number < 0 ? (count + 1) / 2 : count);
    if (number == -2) kill(getpid(), SIGKILL);
    return written;
}

int fsync(int file) {
    TRUE_ONE(fsync);
    return fails_open("fsync", file, needs_nothing) ? -1 : true_one(file);
}

int ftruncate(int file, off_t size) {
    TRUE_ONE(ftruncate);
    return fails_open("truncate", file, needs_change) ? -1 : true_one(file, size);
}

// A file is closed even where that says an error.
int close(int file) {
    TRUE_ONE(close);
    int failed = fails_open(file >= 0 && file < files && changing[file] ? "close" : "let go", file, needs_nothing);
    int number = errno;
    if (file >= 0 && file < files && names[file]) {
        free(names[file]);
        names[file] = NULL;
    }
    int status = true_one(file);
    if (!failed) return status;
    errno = number;
    return -1;
}

int rename(const char *from, const char *to) {
    TRUE_ONE(rename);
    return fails("rename", to, needs_change) ? -1 : true_one(from, to);
}

int unlink(const char *path) {
    TRUE_ONE(unlink);
    if (!strcmp(setting("FAULT_KIND"), "keep") && strstr(path, "/step-")) return 0;
    return fails("unlink", path, needs_change) ? -1 : true_one(path);
}

int mkdir(const char *path, mode_t mode) {
    TRUE_ONE(mkdir);
    return fails("mkdir", path, needs_space) ? -1 : true_one(path, mode);
}
