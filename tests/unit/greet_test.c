/* Who is let in at the agents' socket: real sockets, good hellos and others. */
#include "record/greet.h"
#include "tap.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What the agent has from its environment, taken apart. */
struct invitation {
    char address[HELLO_ADDRESS_MAX + 1];
    uint8_t token[HELLO_TOKEN_SIZE];
    unsigned long period;
};

static bool read_invitation(const char *value, struct invitation *invitation)
{
    char token[2 * HELLO_TOKEN_SIZE + 1];

    if (sscanf(value, "%100[^:]:%32[0-9a-f]:%lu", invitation->address, token, &invitation->period) != 3)
        return false;
    for (size_t i = 0; i < HELLO_TOKEN_SIZE; i++) {
        if (sscanf(token + 2 * i, "%2hhx", &invitation->token[i]) != 1)
            return false;
    }
    return true;
}

static int visit(const struct invitation *invitation)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t size = strlen(invitation->address);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    memcpy(name.sun_path + 1, invitation->address, size);
    if (connect(fd, (struct sockaddr *)&name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Sends `size` bytes with `n` descriptors, at most 4. */
static void send_hello(int to, const void *bytes, size_t size, const int *fds, size_t n)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))] = {0};
    struct iovec from = {(void *)bytes, size};
    struct msghdr message = {.msg_iov = &from, .msg_iovlen = 1};

    if (n) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(n * sizeof(int));
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(part), fds, n * sizeof(int));
    }
    if (sendmsg(to, &message, 0) < 0)
        abort();
}

static struct hello good_hello(const struct invitation *invitation)
{
    struct hello hello = {.magic = HELLO_MAGIC, .abi = HELLO_ABI, .status = HELLO_PROFILED, .pid = 1};

    memcpy(hello.token, invitation->token, sizeof hello.token);
    return hello;
}

static int open_descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 1024; fd++)
        n += lseek(fd, 0, SEEK_CUR) >= 0;
    return n;
}

static void test_good(struct greet *greet, const struct invitation *invitation)
{
    struct hello hello = good_hello(invitation);
    int ring = memfd_create("ring", MFD_CLOEXEC), fds[] = {ring, ring, ring};
    struct greeting greeting;
    int before = open_descriptors();

    ok(greet_next(greet, &greeting) == 0, "nobody is there at first");
    int late = visit(invitation), visitor = visit(invitation);
    send_hello(visitor, &hello, sizeof hello, fds, 3);
    close(visitor);
    ok(greet_next(greet, &greeting) == 1 && greeting.ring >= 0, "a hello is heard after its sender has gone");
    ok(greeting.pid == getpid(), "the pid is the kernel's word");
    close(greeting.ring);
    ok(open_descriptors() == before, "descriptors beyond the first are closed");
    send_hello(late, &hello, sizeof hello, NULL, 0);
    ok(greet_next(greet, &greeting) == 1 && greeting.ring == -1, "who connects first may speak last; no ring is -1");
    close(late);
    close(ring);
}

static void test_bad(struct greet *greet, const struct invitation *invitation)
{
    static const char *const what[] = {"a wrong token", "a wrong magic", "a message cut short", "an empty one"};
    struct hello hellos[4];
    size_t sizes[4] = {sizeof(struct hello), sizeof(struct hello), sizeof(struct hello) - 1, 0};
    int ring = memfd_create("ring", MFD_CLOEXEC), before = open_descriptors();
    struct greeting greeting;

    for (int i = 0; i < 4; i++) {
        hellos[i] = good_hello(invitation);
        hellos[i].token[HELLO_TOKEN_SIZE - 1] ^= i == 0;
        hellos[i].magic += i == 1;
        int visitor = visit(invitation);
        send_hello(visitor, &hellos[i], sizes[i], &ring, 1);
        ok(greet_next(greet, &greeting) == 0, "%s is turned away", what[i]);
        close(visitor);
    }
    ok(open_descriptors() == before, "and its descriptor is closed");
    close(ring);
}

static void test_silent(struct greet *greet, const struct invitation *invitation)
{
    struct hello hello = good_hello(invitation);
    struct greeting greeting;
    int silent[200];

    for (int i = 0; i < 200; i++)
        silent[i] = visit(invitation);
    int visitor = visit(invitation);
    send_hello(visitor, &hello, sizeof hello, NULL, 0);
    ok(greet_next(greet, &greeting) == 1, "many who say nothing keep nobody out");
    close(visitor);
    for (int i = 0; i < 200; i++)
        close(silent[i]);
    ok(greet_next(greet, &greeting) == 0, "and are not heard when they go");
}

int main(void)
{
    struct greet *greet = greet_new();
    char *value = greet_value(greet, 1000000);
    struct invitation invitation;

    ok(read_invitation(value, &invitation) && invitation.period == 1000000, "the invitation: %s", value);
    test_good(greet, &invitation);
    test_bad(greet, &invitation);
    test_silent(greet, &invitation);
    greet_close(greet);
    ok(visit(&invitation) < 0, "a closed door is closed");
    greet_free(greet);
    free(value);
    return done_testing();
}
