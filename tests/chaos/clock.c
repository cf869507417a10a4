/* A wall clock that is off by what a file says: eight bytes, seconds, in the machine's order.
 *
 * Loaded before libc (LD_PRELOAD), with the file's name in COCKET_CHAOS_CLOCK. Whoever changes the
 * file moves the clock of the process while it runs. The monotonic clocks are left alone, as the
 * kernel leaves them alone when an administrator sets the time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;
static int (*real_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_clock(void)
{
    real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char *name = getenv("COCKET_CHAOS_CLOCK");
    int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    void *page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED)
        offset = page;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    if (real_gettime == NULL)
        real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real_gettime(which, now);
    if (!failed && offset != NULL && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += *offset;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &precise))
        return -1;
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL)
        *result = now.tv_sec;
    return now.tv_sec;
}
