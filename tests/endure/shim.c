/* Faults of a disk, for tests/endure: a library to preload that counts system calls on files below
 * one folder and, at the n-th, lets it fail or kills the process. Until it is armed it does nothing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* What a call does; a fault is of one or more of them. tests/endure/shim.py has the same numbers. */
enum { OPEN_READ = 1, OPEN_WRITE = 2, READ = 4, WRITE = 8, SYNC = 16, MAKE = 32, REMOVE = 64, CHANGE = 128 };
enum { COUNT = 0, KILL = -1 }; /* COUNT only writes the calls to file `number`; else the errno to fail with */

/* Shared with the driver, which reads it after the process was killed. */
struct report {
    atomic_int calls; /* that the fault is of, so far */
    atomic_int struck;
    char call[32];
    char path[512];
};

static struct report *report;
static char folder[4096];
static size_t folder_length;
static int classes, fault, number, lasting;
static atomic_int armed;

void endure_arm(struct report *where, const char *below, int of, int what, int at, int stays)
{
    report = where;
    snprintf(folder, sizeof folder, "%s", below);
    folder_length = strlen(folder);
    classes = of;
    fault = what;
    number = at;
    lasting = stays;
    atomic_store(&armed, 1);
}

void endure_disarm(void) { atomic_store(&armed, 0); }

static int is_below(const char *path)
{
    return strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == 0);
}

/* Whether the call must fail; errno is set then. */
static int strikes(int class, const char *call, const char *path)
{
    if (!(class & classes) || !is_below(path))
        return 0;
    int at = atomic_fetch_add(&report->calls, 1) + 1;
    if (fault == COUNT)
        dprintf(number, "%d %s %s\n", class, call, path + folder_length);
    if (fault == COUNT || at < number || (at > number && !lasting))
        return 0;
    if (atomic_exchange(&report->struck, 1) == 0) {
        snprintf(report->call, sizeof report->call, "%s", call);
        snprintf(report->path, sizeof report->path, "%s", path + folder_length);
    }
    if (fault == KILL)
        kill(getpid(), SIGKILL);
    errno = fault;
    return 1;
}

static int strikes_at(int class, const char *call, int at, const char *path)
{
    char whole[8192], base[4096];
    if (!atomic_load(&armed))
        return 0;
    if (path[0] == '/')
        return strikes(class, call, path);
    if (at == AT_FDCWD) {
        if (!getcwd(base, sizeof base))
            return 0;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, base, sizeof base - 1);
        if (length < 0)
            return 0;
        base[length] = 0;
    }
    snprintf(whole, sizeof whole, "%s/%s", base, path);
    return strikes(class, call, whole);
}

static int strikes_open(int class, const char *call, int file)
{
    char link[64], path[4096];
    if (!atomic_load(&armed))
        return 0;
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0)
        return 0;
    path[length] = 0;
    return strikes(class, call, path);
}

#define NEXT(result, name, ...)                                                                    \
    static result (*next)(__VA_ARGS__);                                                            \
    if (!next)                                                                                     \
    next = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int class_of(int flags)
{
    return flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) ? OPEN_WRITE : OPEN_READ;
}

#define MODE(flags)                                                                                \
    mode_t mode = 0;                                                                               \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                         \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        MODE(flags)                                                                                \
        NEXT(int, #name, const char *, int, ...);                                                  \
        return strikes_at(class_of(flags), "open", AT_FDCWD, path) ? -1 : next(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
    int name(int at, const char *path, int flags, ...)                                             \
    {                                                                                              \
        MODE(flags)                                                                                \
        NEXT(int, #name, int, const char *, int, ...);                                             \
        return strikes_at(class_of(flags), "open", at, path) ? -1 : next(at, path, flags, mode);   \
    }
OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

/* A call on an open file. */
#define ON_FILE(result, name, class, call, parameters, arguments)                                  \
    result name parameters                                                                         \
    {                                                                                              \
        static result(*next) parameters;                                                           \
        if (!next)                                                                                 \
            next = (result(*) parameters)dlsym(RTLD_NEXT, #name);                                  \
        return strikes_open(class, call, file) ? -1 : next arguments;                              \
    }
ON_FILE(ssize_t, read, READ, "read", (int file, void *data, size_t size), (file, data, size))
ON_FILE(ssize_t, pread, READ, "read", (int file, void *data, size_t size, off_t at), (file, data, size, at))
ON_FILE(ssize_t, pread64, READ, "read", (int file, void *data, size_t size, off64_t at), (file, data, size, at))
ON_FILE(ssize_t, write, WRITE, "write", (int file, const void *data, size_t size), (file, data, size))
ON_FILE(ssize_t, pwrite, WRITE, "write", (int file, const void *data, size_t size, off_t at), (file, data, size, at))
ON_FILE(ssize_t, pwrite64, WRITE, "write", (int file, const void *data, size_t size, off64_t at), (file, data, size, at))
ON_FILE(ssize_t, writev, WRITE, "write", (int file, const struct iovec *parts, int count), (file, parts, count))
ON_FILE(int, ftruncate, WRITE, "truncate", (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, WRITE, "truncate", (int file, off64_t size), (file, size))
ON_FILE(ssize_t, sendfile, WRITE, "sendfile", (int file, int from, off_t *at, size_t size), (file, from, at, size))
ON_FILE(ssize_t, sendfile64, WRITE, "sendfile", (int file, int from, off64_t *at, size_t size), (file, from, at, size))
ON_FILE(int, fsync, SYNC, "fsync", (int file), (file))
ON_FILE(int, fdatasync, SYNC, "fsync", (int file), (file))
ON_FILE(int, fchmod, CHANGE, "chmod", (int file, mode_t mode), (file, mode))

/* A call on a path. */
#define ON_PATH(name, class, call, at, path, parameters, arguments)                                \
    int name parameters                                                                            \
    {                                                                                              \
        static int(*next) parameters;                                                              \
        if (!next)                                                                                 \
            next = (int(*) parameters)dlsym(RTLD_NEXT, #name);                                     \
        return strikes_at(class, call, at, path) ? -1 : next arguments;                            \
    }
ON_PATH(mkdir, MAKE, "mkdir", AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_PATH(mkdirat, MAKE, "mkdir", at, path, (int at, const char *path, mode_t mode), (at, path, mode))
ON_PATH(link, MAKE, "link", AT_FDCWD, to, (const char *from, const char *to), (from, to))
ON_PATH(linkat, MAKE, "link", at, to, (int of, const char *from, int at, const char *to, int flags), (of, from, at, to, flags))
ON_PATH(rename, MAKE, "rename", AT_FDCWD, to, (const char *from, const char *to), (from, to))
ON_PATH(renameat, MAKE, "rename", at, to, (int of, const char *from, int at, const char *to), (of, from, at, to))
ON_PATH(renameat2, MAKE, "rename", at, to, (int of, const char *from, int at, const char *to, unsigned flags), (of, from, at, to, flags))
ON_PATH(unlink, REMOVE, "unlink", AT_FDCWD, path, (const char *path), (path))
ON_PATH(unlinkat, REMOVE, "unlink", at, path, (int at, const char *path, int flags), (at, path, flags))
ON_PATH(rmdir, REMOVE, "rmdir", AT_FDCWD, path, (const char *path), (path))
ON_PATH(chmod, CHANGE, "chmod", AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_PATH(fchmodat, CHANGE, "chmod", at, path, (int at, const char *path, mode_t mode, int flags), (at, path, mode, flags))
