#ifndef GATEHOUSE_CSYSTEM_H
#define GATEHOUSE_CSYSTEM_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* These are only declared for `_GNU_SOURCE`, which Swift's own module of the C library does without:
   with it, the two would disagree on some structures. */
int accept4(int fd, struct sockaddr *peer, socklen_t *length, int flags);
int pipe2(int both[2], int flags);
int pthread_setname_np(pthread_t thread, const char *name);

/* Every function below answers the call's result, or the negated error number: no caller looks at
   `errno`. Calls that a signal may interrupt are repeated. */

static inline long gatehouse_answer(long result) { return result < 0 ? -(long)errno : result; }
#define GATEHOUSE_REPEAT(expression)                                                               \
    long result;                                                                                   \
    do {                                                                                           \
        result = (long)(expression);                                                               \
    } while (result < 0 && errno == EINTR);                                                        \
    return gatehouse_answer(result)

static const int32_t gatehouse_again = EAGAIN;

/* Bytes */

static inline long gatehouse_read(int32_t fd, void *bytes, size_t count) {
    GATEHOUSE_REPEAT(read(fd, bytes, count));
}

static inline long gatehouse_write(int32_t fd, const void *bytes, size_t count) {
    GATEHOUSE_REPEAT(write(fd, bytes, count));
}

static inline long gatehouse_send(int32_t fd, const void *bytes, size_t count) {
    GATEHOUSE_REPEAT(send(fd, bytes, count, MSG_NOSIGNAL));
}

static inline long gatehouse_send_both(
    int32_t fd, const void *first, size_t first_count, const void *second, size_t second_count
) {
    struct iovec parts[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
    struct msghdr message = {0};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    GATEHOUSE_REPEAT(sendmsg(fd, &message, MSG_NOSIGNAL));
}

static inline long gatehouse_close(int32_t fd) { return gatehouse_answer(close(fd)); }

/* Sockets */

/* An address without its kernel form: numbers in host order. */
struct gatehouse_address {
    int32_t family; /* AF_INET, AF_INET6, AF_UNIX; 0 when there is none */
    uint16_t port;
    uint32_t ipv4;
    uint64_t high, low; /* the two halves of an IPv6 address */
    uint32_t scope;
};

static const int32_t gatehouse_inet = AF_INET;
static const int32_t gatehouse_inet6 = AF_INET6;
static const int32_t gatehouse_unix = AF_UNIX;
static const size_t gatehouse_unix_path_max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

static inline uint64_t gatehouse_load64(const uint8_t *bytes) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | bytes[i];
    return value;
}

static inline void gatehouse_decode_address(
    const struct sockaddr_storage *from, struct gatehouse_address *to
) {
    memset(to, 0, sizeof *to);
    to->family = from->ss_family;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        to->port = ntohs(v4->sin_port);
        to->ipv4 = ntohl(v4->sin_addr.s_addr);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        to->port = ntohs(v6->sin6_port);
        to->high = gatehouse_load64(v6->sin6_addr.s6_addr);
        to->low = gatehouse_load64(v6->sin6_addr.s6_addr + 8);
        to->scope = v6->sin6_scope_id;
    }
}

static inline socklen_t gatehouse_encode_address(
    const struct gatehouse_address *from, struct sockaddr_storage *to
) {
    memset(to, 0, sizeof *to);
    if (from->family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(from->port);
        v4->sin_addr.s_addr = htonl(from->ipv4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(from->port);
    for (int i = 0; i < 8; i++) {
        v6->sin6_addr.s6_addr[i] = (uint8_t)(from->high >> (56 - 8 * i));
        v6->sin6_addr.s6_addr[8 + i] = (uint8_t)(from->low >> (56 - 8 * i));
    }
    v6->sin6_scope_id = from->scope;
    return sizeof *v6;
}

static inline long gatehouse_socket(int32_t family) {
    return gatehouse_answer(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

static inline long gatehouse_accept(int32_t fd, struct gatehouse_address *peer) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    long accepted;
    storage.ss_family = 0;
    do {
        accepted = accept4(fd, (struct sockaddr *)&storage, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (accepted < 0 && errno == EINTR);
    if (accepted < 0) return -(long)errno;
    gatehouse_decode_address(&storage, peer);
    return accepted;
}

static inline long gatehouse_connect(int32_t fd, const struct gatehouse_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = gatehouse_encode_address(address, &storage);
    return gatehouse_answer(connect(fd, (struct sockaddr *)&storage, length));
}

static inline long gatehouse_bind(int32_t fd, const struct gatehouse_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = gatehouse_encode_address(address, &storage);
    return gatehouse_answer(bind(fd, (struct sockaddr *)&storage, length));
}

static inline long gatehouse_unix_address(const char *path, struct sockaddr_un *to) {
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    size_t length = strlen(path);
    if (length == 0 || length > gatehouse_unix_path_max) return -(long)ENAMETOOLONG;
    memcpy(to->sun_path, path, length);
    return 0;
}

static inline long gatehouse_connect_unix(int32_t fd, const char *path) {
    struct sockaddr_un address;
    long built = gatehouse_unix_address(path, &address);
    if (built < 0) return built;
    return gatehouse_answer(connect(fd, (struct sockaddr *)&address, sizeof address));
}

/* The socket's file gets `mode` less the umask. */
static inline long gatehouse_bind_unix(int32_t fd, const char *path, uint32_t mode) {
    struct sockaddr_un address;
    long built = gatehouse_unix_address(path, &address);
    if (built < 0) return built;
    if (fchmod(fd, mode) < 0) return -(long)errno;
    return gatehouse_answer(bind(fd, (struct sockaddr *)&address, sizeof address));
}

static inline long gatehouse_listen(int32_t fd, int32_t backlog) {
    return gatehouse_answer(listen(fd, backlog));
}

static inline long gatehouse_local_address(int32_t fd, struct gatehouse_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &length) < 0) return -(long)errno;
    gatehouse_decode_address(&storage, address);
    return 0;
}

/* The pending error of a socket, as a positive number; 0 when there is none. */
static inline int32_t gatehouse_socket_error(int32_t fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return errno;
    return error;
}

static inline long gatehouse_set_flag(int32_t fd, int32_t level, int32_t option, int32_t value) {
    return gatehouse_answer(setsockopt(fd, level, option, &value, sizeof value));
}
static inline long gatehouse_set_no_delay(int32_t fd) {
    return gatehouse_set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}
static inline long gatehouse_set_reuse_address(int32_t fd) {
    return gatehouse_set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
}
static inline long gatehouse_set_reuse_port(int32_t fd) {
    return gatehouse_set_flag(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}
static inline long gatehouse_set_ipv6_only(int32_t fd) {
    return gatehouse_set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

/* The next close sends a reset instead of a FIN and drops what is unsent. */
static inline long gatehouse_reset_on_close(int32_t fd) {
    struct linger linger = {1, 0};
    return gatehouse_answer(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}

static inline long gatehouse_finish_writing(int32_t fd) {
    return gatehouse_answer(shutdown(fd, SHUT_WR));
}

/* One answer of a name look-up. */
static inline long gatehouse_decode_found(
    const struct addrinfo *found, struct gatehouse_address *address
) {
    struct sockaddr_storage storage;
    if (!found->ai_addr || found->ai_addrlen > sizeof storage) return -(long)EAFNOSUPPORT;
    if (found->ai_family != AF_INET && found->ai_family != AF_INET6) return -(long)EAFNOSUPPORT;
    memset(&storage, 0, sizeof storage);
    memcpy(&storage, found->ai_addr, found->ai_addrlen);
    gatehouse_decode_address(&storage, address);
    return 0;
}

/* epoll */

/* The layout of `struct epoll_event`, with the one member of its union that is used. */
struct gatehouse_event {
    uint32_t events;
    uint64_t word;
}
#if defined(__x86_64__)
__attribute__((packed))
#endif
;
_Static_assert(sizeof(struct gatehouse_event) == sizeof(struct epoll_event), "layout of an event");

static const uint32_t gatehouse_event_in = EPOLLIN;
static const uint32_t gatehouse_event_out = EPOLLOUT;
static const uint32_t gatehouse_event_read_hang_up = EPOLLRDHUP;
static const uint32_t gatehouse_event_hang_up = EPOLLHUP;
static const uint32_t gatehouse_event_error = EPOLLERR;
static const uint32_t gatehouse_event_exclusive = EPOLLEXCLUSIVE;

static inline long gatehouse_epoll_create(void) {
    return gatehouse_answer(epoll_create1(EPOLL_CLOEXEC));
}

static inline long gatehouse_epoll_control(
    int32_t epoll, int32_t operation, int32_t fd, uint32_t events, uint64_t word
) {
    struct epoll_event event;
    event.events = events;
    event.data.u64 = word;
    return gatehouse_answer(epoll_ctl(epoll, operation, fd, &event));
}
static inline long gatehouse_epoll_add(int32_t epoll, int32_t fd, uint32_t events, uint64_t word) {
    return gatehouse_epoll_control(epoll, EPOLL_CTL_ADD, fd, events, word);
}
static inline long gatehouse_epoll_change(
    int32_t epoll, int32_t fd, uint32_t events, uint64_t word
) {
    return gatehouse_epoll_control(epoll, EPOLL_CTL_MOD, fd, events, word);
}
static inline long gatehouse_epoll_remove(int32_t epoll, int32_t fd) {
    return gatehouse_epoll_control(epoll, EPOLL_CTL_DEL, fd, 0, 0);
}

/* An interrupted wait answers 0 events. */
static inline long gatehouse_epoll_wait(
    int32_t epoll, struct gatehouse_event *events, int32_t capacity, int32_t milliseconds
) {
    long count = epoll_wait(epoll, (struct epoll_event *)(void *)events, capacity, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -(long)errno;
    return count;
}

/* eventfd */

static inline long gatehouse_eventfd(void) {
    return gatehouse_answer(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}
static inline long gatehouse_eventfd_signal(int32_t fd) {
    uint64_t one = 1;
    return gatehouse_write(fd, &one, sizeof one);
}
static inline long gatehouse_eventfd_clear(int32_t fd) {
    uint64_t value;
    return gatehouse_read(fd, &value, sizeof value);
}

/* Waits until one of two descriptors is readable: bit 0 and bit 1 of the answer, 0 after the time. */
static inline long gatehouse_wait_readable(int32_t first, int32_t second, int32_t milliseconds) {
    struct pollfd entries[2] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
    int count = poll(entries, 2, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -(long)errno;
    return (entries[0].revents ? 1 : 0) | (entries[1].revents ? 2 : 0);
}

static inline long gatehouse_wait_writable(int32_t fd, int32_t milliseconds) {
    struct pollfd entry = {fd, POLLOUT, 0};
    int count = poll(&entry, 1, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -(long)errno;
    return count;
}

/* inotify */

static inline long gatehouse_inotify_create(void) {
    return gatehouse_answer(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
}
/* Everything that changes what a reader of the directory would see. */
static inline long gatehouse_inotify_add(int32_t fd, const char *path) {
    uint32_t mask = IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE
        | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
    return gatehouse_answer(inotify_add_watch(fd, path, mask));
}

/* Files */

static inline long gatehouse_open(const char *path, int32_t flags, uint32_t mode) {
    GATEHOUSE_REPEAT(open(path, flags | O_CLOEXEC, mode));
}

static const int32_t gatehouse_open_read = O_RDONLY | O_NONBLOCK | O_NOCTTY;
/* The file of that name itself: a link in its place is refused (ELOOP). */
static const int32_t gatehouse_open_read_itself = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
static const int32_t gatehouse_open_directory = O_RDONLY | O_DIRECTORY;
static const int32_t gatehouse_open_create = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

/* Opens `path` below `root`; the kernel refuses (EXDEV) whatever leaves it, links included. */
static inline long gatehouse_open_beneath(int32_t root, const char *path, int32_t flags) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (uint64_t)(uint32_t)(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    GATEHOUSE_REPEAT(syscall(SYS_openat2, root, path, &how, sizeof how));
}

/* What is asked of a file. */
struct gatehouse_file_facts {
    uint64_t device, inode, size;
    int64_t modified_nanoseconds;
    uint32_t mode, owner;
    uint8_t is_regular, is_directory, is_link, is_socket;
};

static inline void gatehouse_file_facts_of(const struct stat *from, struct gatehouse_file_facts *to) {
    to->device = from->st_dev;
    to->inode = from->st_ino;
    to->size = from->st_size < 0 ? 0 : (uint64_t)from->st_size;
    /* Wraps for times outside 1677 to 2262; only compared for equality. */
    to->modified_nanoseconds = (int64_t)((uint64_t)from->st_mtim.tv_sec * 1000000000u
        + (uint64_t)from->st_mtim.tv_nsec);
    to->mode = from->st_mode & 07777;
    to->owner = from->st_uid;
    to->is_regular = S_ISREG(from->st_mode);
    to->is_directory = S_ISDIR(from->st_mode);
    to->is_link = S_ISLNK(from->st_mode);
    to->is_socket = S_ISSOCK(from->st_mode);
}
static inline long gatehouse_facts_of_descriptor(int32_t fd, struct gatehouse_file_facts *facts) {
    struct stat status;
    if (fstat(fd, &status) < 0) return -(long)errno;
    gatehouse_file_facts_of(&status, facts);
    return 0;
}
static inline long gatehouse_facts_of_path(
    const char *path, int32_t follows_links, struct gatehouse_file_facts *facts
) {
    struct stat status;
    if ((follows_links ? stat(path, &status) : lstat(path, &status)) < 0) return -(long)errno;
    gatehouse_file_facts_of(&status, facts);
    return 0;
}
static inline uint32_t gatehouse_effective_user(void) { return (uint32_t)geteuid(); }
static inline long gatehouse_rename(const char *from, const char *to) {
    return gatehouse_answer(rename(from, to));
}
static inline long gatehouse_unlink(const char *path) { return gatehouse_answer(unlink(path)); }
static inline long gatehouse_make_directory(const char *path, uint32_t mode) {
    return gatehouse_answer(mkdir(path, mode));
}
static inline long gatehouse_set_mode(int32_t fd, uint32_t mode) {
    return gatehouse_answer(fchmod(fd, mode));
}
static inline long gatehouse_sync(int32_t fd) { GATEHOUSE_REPEAT(fsync(fd)); }

/* Directories: `DIR` owns the descriptor from then on. */
static inline DIR *gatehouse_directory_open(int32_t fd) { return fdopendir(fd); }
static inline const char *gatehouse_directory_next(DIR *directory) {
    struct dirent *entry = readdir(directory);
    return entry ? entry->d_name : NULL;
}

/* Time */

static inline uint64_t gatehouse_monotonic_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}
static inline int64_t gatehouse_wall_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Signals: the handler writes the number into a pipe, the one thing that is safe there. */

static volatile int32_t gatehouse_signal_pipe = -1;

static void gatehouse_signal_arrived(int number) {
    int saved = errno;
    uint8_t byte = (uint8_t)number;
    int32_t fd = gatehouse_signal_pipe;
    if (fd >= 0) {
        ssize_t written = write(fd, &byte, 1);
        (void)written;
    }
    errno = saved;
}
static inline void gatehouse_signal_set_pipe(int32_t fd) { gatehouse_signal_pipe = fd; }
static inline long gatehouse_signal_catch(int32_t number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = gatehouse_signal_arrived;
    action.sa_flags = SA_RESTART;
    return gatehouse_answer(sigaction(number, &action, NULL));
}
static inline long gatehouse_signal_default(int32_t number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    return gatehouse_answer(sigaction(number, &action, NULL));
}
static inline long gatehouse_signal_ignore(int32_t number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    return gatehouse_answer(sigaction(number, &action, NULL));
}
static inline long gatehouse_pipe(int32_t *both) {
    return gatehouse_answer(pipe2(both, O_CLOEXEC));
}
static inline long gatehouse_set_nonblocking(int32_t fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -(long)errno;
    return gatehouse_answer(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

/* Threads and words */

/* The kernel keeps 15 bytes. */
static inline void gatehouse_name_thread(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}
/* Linux keeps a nice value for each thread. */
static inline int32_t gatehouse_thread_niceness(void) {
    return getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid));
}
static inline long gatehouse_make_thread_nicer(int32_t by) {
    int32_t niceness = gatehouse_thread_niceness() + by;
    return gatehouse_answer(setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), niceness));
}
static inline const char *gatehouse_error_text(int32_t number, char *buffer, size_t capacity) {
    return strerror_r(number, buffer, capacity) == 0 ? buffer : "unknown error";
}

/* Process */

/* Raises the soft limit of open files to the hard one; answers the limit then in force. */
static inline long gatehouse_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -(long)errno;
    if (limit.rlim_cur < limit.rlim_max) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0) limit.rlim_cur = before;
    }
    return limit.rlim_cur > 1048576 ? 1048576 : (long)limit.rlim_cur;
}
static inline long gatehouse_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -(long)errno;
    return limit.rlim_cur > 1048576 ? 1048576 : (long)limit.rlim_cur;
}
/* Cores in the affinity mask of the process: a container's share, not the machine's. */
static inline long gatehouse_core_count(void) {
    unsigned long mask[128] = {0};
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    if (bytes <= 0) return sysconf(_SC_NPROCESSORS_ONLN);
    long count = 0;
    for (size_t i = 0; i < (size_t)bytes / sizeof mask[0]; i++) count += __builtin_popcountl(mask[i]);
    return count;
}
static inline int32_t gatehouse_terminal_columns(int32_t fd) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return 0;
    return size.ws_col;
}

#endif
