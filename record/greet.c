#include "greet.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    GUESTS_MAX = 512, /* as many as fork at once and have not said hello yet */
    ADDRESS_BYTES = 12,
};

struct greet {
    int fd;
    char address[HELLO_ADDRESS_MAX + 1];
    uint8_t token[HELLO_TOKEN_SIZE];
    int guests[GUESTS_MAX]; /* connected, not heard yet; the oldest first */
    int nguests;
};

static void hex(char *text, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
}

static int listen_at(int fd, const char *address)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t size = strlen(address);

    memcpy(name.sun_path + 1, address, size); /* after a NUL: the abstract namespace, unix(7) */
    if (bind(fd, (struct sockaddr *)&name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size)) < 0)
        return -1;
    return listen(fd, SOMAXCONN);
}

struct greet *greet_new(void)
{
    struct greet *greet = calloc(1, sizeof *greet);
    uint8_t random[ADDRESS_BYTES];

    if (!greet)
        return NULL;
    greet->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (getrandom(random, sizeof random, 0) != sizeof random ||
        getrandom(greet->token, sizeof greet->token, 0) != sizeof greet->token)
        goto failed;
    strcpy(greet->address, "pyrec-");
    hex(greet->address + strlen(greet->address), random, sizeof random);
    if (greet->fd < 0 || listen_at(greet->fd, greet->address) < 0)
        goto failed;
    return greet;

failed:;
    int saved = errno;
    greet_free(greet);
    errno = saved;
    return NULL;
}

void greet_close(struct greet *greet)
{
    for (int i = 0; i < greet->nguests; i++)
        close(greet->guests[i]);
    greet->nguests = 0;
    if (greet->fd >= 0)
        close(greet->fd);
    greet->fd = -1;
}

void greet_free(struct greet *greet)
{
    if (!greet)
        return;
    greet_close(greet);
    free(greet);
}

char *greet_value(const struct greet *greet, uint64_t period)
{
    char token[2 * HELLO_TOKEN_SIZE + 1], *value;

    hex(token, greet->token, sizeof greet->token);
    if (asprintf(&value, "%s:%s:%llu", greet->address, token, (unsigned long long)period) < 0)
        return NULL;
    return value;
}

static void drop_guest(struct greet *greet, int i)
{
    close(greet->guests[i]);
    greet->nguests--;
    memmove(&greet->guests[i], &greet->guests[i + 1], (size_t)(greet->nguests - i) * sizeof *greet->guests);
}

/* Lets in who waits; who says nothing makes room for those who come later. */
static void let_in(struct greet *greet)
{
    int fd;

    while ((fd = accept4(greet->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (greet->nguests == GUESTS_MAX)
            drop_guest(greet, 0);
        greet->guests[greet->nguests++] = fd;
    }
}

/* Takes the first descriptor of a message, closes any other; -1 if there is none. */
static int take_descriptor(struct msghdr *message)
{
    int taken = -1;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (taken < 0)
                taken = fd;
            else
                close(fd);
        }
    }
    return taken;
}

/* True for a hello of this recording. */
static bool valid(const struct greet *greet, const struct greeting *greeting, ssize_t size)
{
    const struct hello *hello = &greeting->hello;

    return size == sizeof *hello && hello->magic == HELLO_MAGIC &&
           memcmp(hello->token, greet->token, sizeof greet->token) == 0 && greeting->pid > 0;
}

/* Hears guest `fd`: 1 for a hello, 0 for nothing yet, -1 for anything else. */
static int hear(const struct greet *greet, int fd, struct greeting *greeting)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
    struct iovec into = {&greeting->hello, sizeof greeting->hello};
    struct msghdr message = {
        .msg_iov = &into, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct ucred peer;
    socklen_t peer_size = sizeof peer;

    ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    greeting->ring = take_descriptor(&message);
    greeting->pid = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0 ? peer.pid : -1;
    if (valid(greet, greeting, size))
        return 1;
    if (greeting->ring >= 0)
        close(greeting->ring);
    return -1;
}

int greet_next(struct greet *greet, struct greeting *greeting)
{
    let_in(greet);
    for (int i = 0; i < greet->nguests;) {
        int heard = hear(greet, greet->guests[i], greeting);
        if (heard == 0) {
            i++;
            continue;
        }
        drop_guest(greet, i);
        if (heard > 0)
            return 1;
    }
    return 0;
}
