/* A disk that can lose its power and a system call that can fail, for one process (LD_PRELOAD).
 *
 * Power: TALLYMARK_DISK names a folder, TALLYMARK_SHADOW another one outside of it. What a file below
 * the disk holds when fsync, fdatasync or msync returns is copied to the same place below the
 * shadow; nothing else ever gets there. After SIGKILL the shadow is what a power cut would have
 * left, in the harshest reading: everything unsynced is gone.
 *   - creating a file survives with the file's own sync (as on ext4, xfs and btrfs);
 *   - rename and unlink survive with a sync of the folder, or of the renamed file itself;
 *   - truncation survives with the file's sync;
 *   - names that end in -shm are left out: SQLite builds them anew.
 *
 * Faults: TALLYMARK_FAULTS names a file of one `struct control`, mapped shared, so that the parent
 * arms and counts while the process runs: the calls of the chosen kinds below the disk are counted,
 * and those after the first `after` fail with `error` (0 = write only half), `times` of them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
enum { WRITING = 1, SYNCING = 2, OPENING = 4, TRUNCATING = 8 };
enum { PENDING = 512 };

struct control {
    int32_t kinds;      /* which kinds of call are armed, 0 = none */
    int32_t error;      /* errno to fail with, 0 = a short write */
    int64_t after;      /* how many armed calls still succeed */
    int64_t times;      /* how many then fail, -1 = all until disarmed */
    int64_t seen[4];    /* calls since the start: write, sync, open, truncate */
    int64_t failed;     /* calls that were made to fail */
};

struct change { char from[PATH_MAX], to[PATH_MAX]; };   /* to is empty for an unlink */

static char disk[PATH_MAX], shadow[PATH_MAX];
static size_t disk_length;
static struct control *control;
static struct change *changes[PENDING];   /* in the order in which they were made */
static int pending;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, ...) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void)
{
    const char *from = getenv("TALLYMARK_DISK"), *to = getenv("TALLYMARK_SHADOW");
    const char *faults = getenv("TALLYMARK_FAULTS");
    if (!from || !realpath(from, disk)) return;
    disk_length = strlen(disk);
    if (to && !realpath(to, shadow)) shadow[0] = 0;
    if (!faults) return;
    int fd = open(faults, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) control = at;
}

/* The part of a path below the disk, or NULL. */
static const char *below(const char *path)
{
    if (!disk_length || strncmp(path, disk, disk_length)) return NULL;
    if (path[disk_length] == 0) return path + disk_length;
    return path[disk_length] == '/' ? path + disk_length + 1 : NULL;
}

static const char *absolute(int folder, const char *path, char *out)
{
    char link[64];
    ssize_t n = 0;
    if (path[0] != '/') {
        if (folder == AT_FDCWD) {
            if (!getcwd(out, PATH_MAX)) return NULL;
            n = (ssize_t)strlen(out);
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            n = readlink(link, out, PATH_MAX - 1);
            if (n < 0) return NULL;
        }
        out[n++] = '/';
    }
    if ((size_t)n + strlen(path) >= PATH_MAX) return NULL;
    strcpy(out + n, path);
    return out;
}

static const char *opened(int fd, char *out)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    if (n < 0) return NULL;
    out[n] = 0;
    return below(out) ? out : NULL;
}

/* Whether this call must fail; the caller sets errno from control->error. */
static int fails(int kind, const char *path)
{
    static const int place[9] = {0, 0, 1, 0, 2, 0, 0, 0, 3};
    if (!control || !path || !below(path)) return 0;
    __atomic_add_fetch(&control->seen[place[kind]], 1, __ATOMIC_SEQ_CST);
    if (!(control->kinds & kind)) return 0;
    if (__atomic_fetch_sub(&control->after, 1, __ATOMIC_SEQ_CST) > 0) return 0;
    if (control->times == 0) return 0;
    if (control->times > 0) __atomic_fetch_sub(&control->times, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
    return 1;
}

static void folders(char *path)
{
    for (char *at = path + strlen(shadow) + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(path, 0700);
        *at = '/';
    }
}

static int mirrored(const char *path, char *out)
{
    const char *rest = below(path);
    if (!rest || !shadow[0]) return 0;
    size_t n = strlen(rest);
    if (n >= 4 && !strcmp(rest + n - 4, "-shm")) return 0;
    return snprintf(out, PATH_MAX, "%s/%s", shadow, rest) < PATH_MAX - 8;
}

/* Copy what the file holds now; the copy appears whole or not at all. */
static void keep_file(const char *path)
{
    char to[PATH_MAX], half[PATH_MAX + 8], buffer[1 << 16];
    if (!mirrored(path, to)) return;
    folders(to);
    snprintf(half, sizeof half, "%s.half", to);
    int in = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    int out = (int)syscall(SYS_openat, AT_FDCWD, half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n = 0;
    while (in >= 0 && out >= 0 && (n = read(in, buffer, sizeof buffer)) > 0)
        if (syscall(SYS_write, out, buffer, n) != n) { n = -1; break; }
    if (in >= 0 && out >= 0 && n == 0) syscall(SYS_renameat2, AT_FDCWD, half, AT_FDCWD, to, 0);
    if (in >= 0) close(in);
    if (out >= 0) close(out);
}

static void apply(struct change *change)
{
    char from[PATH_MAX], to[PATH_MAX];
    int known = mirrored(change->from, from);
    if (!change->to[0]) {
        if (known) syscall(SYS_unlinkat, AT_FDCWD, from, 0);
    } else if (known && mirrored(change->to, to)) {
        folders(to);
        syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    }
}

/* Let the changes of names become durable that touch a folder (or, for a file, that file). */
static void keep_names(const char *path, int is_folder)
{
    size_t n = strlen(path);
    int left = 0;
    for (int i = 0; i < pending; i++) {
        struct change *change = changes[i];
        const char *name = change->to[0] ? change->to : change->from;
        int inside = !strncmp(name, path, n) && name[n] == '/' && !strchr(name + n + 1, '/');
        int same = !strcmp(change->to, path) || !strcmp(change->from, path);
        if (is_folder ? inside : same) {
            apply(change);
            free(change);
        } else {
            changes[left++] = change;
        }
    }
    pending = left;
}

static void remember(const char *from, const char *to)
{
    struct change *change = calloc(1, sizeof *change);
    pthread_mutex_lock(&lock);
    if (change && shadow[0] && pending < PENDING) {
        strcpy(change->from, from);
        if (to) strcpy(change->to, to);
        changes[pending++] = change;
    } else {
        free(change);
    }
    pthread_mutex_unlock(&lock);
}

static void keep(const char *path)
{
    struct stat state;
    if (!shadow[0] || stat(path, &state)) return;
    int folder = S_ISDIR(state.st_mode);
    if (!folder && !S_ISREG(state.st_mode)) return;
    pthread_mutex_lock(&lock);
    keep_names(path, folder);
    if (!folder) keep_file(path);
    pthread_mutex_unlock(&lock);
}

static int synced(int fd, int (*real)(int))
{
    char path[PATH_MAX];
    const char *known = opened(fd, path);
    if (fails(SYNCING, known)) { errno = control->error ? control->error : EIO; return -1; }
    int answer = real(fd);
    if (!answer && known) keep(known);
    return answer;
}

int fsync(int fd) { REAL(fsync); return synced(fd, real); }
int fdatasync(int fd) { REAL(fdatasync); return synced(fd, real); }

int msync(void *at, size_t length, int flags)
{
    REAL(msync);
    int answer = real(at, length, flags);
    if (answer || !(flags & MS_SYNC) || !shadow[0]) return answer;
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[PATH_MAX + 128], path[PATH_MAX];
    unsigned long low, high;
    while (maps && fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %4095[^\n]", &low, &high, path) == 3
            && low <= (unsigned long)at && (unsigned long)at < high && below(path)) {
            keep(path);
            break;
        }
    if (maps) fclose(maps);
    return answer;
}

/* How many bytes a write may take: n, or fewer, or -1 with errno set. */
static ssize_t allowed(int fd, size_t n)
{
    char path[PATH_MAX];
    if (!control || !fails(WRITING, opened(fd, path))) return (ssize_t)n;
    if (!control->error) return (ssize_t)(n / 2);
    errno = control->error;
    return -1;
}

ssize_t write(int fd, const void *from, size_t n)
{
    REAL(write);
    ssize_t may = allowed(fd, n);
    return may < 0 ? -1 : real(fd, from, (size_t)may);
}

#define PWRITE(name, offset) \
    ssize_t name(int fd, const void *from, size_t n, offset at) \
    { \
        REAL(name); \
        ssize_t may = allowed(fd, n); \
        return may < 0 ? -1 : real(fd, from, (size_t)may, at); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static int truncated(int fd)
{
    char path[PATH_MAX];
    if (!control || !fails(TRUNCATING, opened(fd, path))) return 0;
    errno = control->error ? control->error : EIO;
    return -1;
}

int ftruncate(int fd, off_t n) { REAL(ftruncate); return truncated(fd) ? -1 : real(fd, n); }
int ftruncate64(int fd, off64_t n) { REAL(ftruncate64); return truncated(fd) ? -1 : real(fd, n); }

static int openable(int folder, const char *path)
{
    char whole[PATH_MAX];
    if (!control || !path || !fails(OPENING, absolute(folder, path, whole))) return 1;
    errno = control->error ? control->error : EIO;
    return 0;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); \
    }
#define OPEN_AT(name) \
    int name(int folder, const char *path, int flags, ...) \
    { \
        REAL(name); \
        MODE(flags) \
        return openable(folder, path) ? real(folder, path, flags, mode) : -1; \
    }
#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(name); \
        MODE(flags) \
        return openable(AT_FDCWD, path) ? real(path, flags, mode) : -1; \
    }
OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

/* Note a change of names that has succeeded; to is NULL for an unlink. */
static int noted(int answer, int from_folder, const char *from, int to_folder, const char *to)
{
    char a[PATH_MAX], b[PATH_MAX];
    int error = errno;
    if (!answer && disk_length && absolute(from_folder, from, a)
        && (!to || absolute(to_folder, to, b)) && (below(a) || (to && below(b))))
        remember(a, to ? b : NULL);
    errno = error;
    return answer;
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    return noted(real(from, to), AT_FDCWD, from, AT_FDCWD, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    REAL(renameat);
    return noted(real(from_folder, from, to_folder, to), from_folder, from, to_folder, to);
}

int unlink(const char *path)
{
    REAL(unlink);
    return noted(real(path), AT_FDCWD, path, AT_FDCWD, NULL);
}

int unlinkat(int folder, const char *path, int flags)
{
    REAL(unlinkat);
    return noted(real(folder, path, flags), folder, path, AT_FDCWD, NULL);
}
