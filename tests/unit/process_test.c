/* From a ring to a section: what the collector makes of good records, and that no bad one gets through. */
#include "format/reader.h"
#include "record/cpython/lines.h"
#include "record/process.h"
#include "record/ring.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CAPACITY = 1 << 16 };

static const uint64_t PERIOD = 1000000;

/* Both ends of a ring: a process as the agent writes it, and as the collector reads it into `stream`. */
struct rig {
    struct recording recording;
    struct ring_writer ring;
    struct process *process;
    struct pyprof_error error;
    uint64_t now; /* of the next round */
    uint8_t *stream;
    size_t size;
    void *buffer;
};

static int keep_block(void *context, const void *bytes, size_t size)
{
    struct rig *rig = context;

    rig->stream = realloc(rig->stream, rig->size + size);
    memcpy(rig->stream + rig->size, bytes, size);
    rig->size += size;
    return 0;
}

static int make_ring(size_t size, int seals)
{
    int fd = memfd_create("process_test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0 || ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)
        abort();
    return fd;
}

static struct process *say_hello(struct rig *rig, int fd)
{
    static const char argv[] = "python3\0script.py\0";
    struct hello hello = {.pid = 4711, .ppid = 4710, .version = "3.13.0 (main)", .argv_size = sizeof argv - 1};

    memcpy(hello.argv, argv, sizeof argv);
    hello.start = rig->recording.monotonic;
    return process_new(&rig->recording, &hello, 4711, fd, (struct pyprof_sink){keep_block, rig}, &rig->error);
}

static void rig_open(struct rig *rig)
{
    int fd = make_ring(RING_HEADER_SIZE + CAPACITY, F_SEAL_SHRINK);

    *rig = (struct rig){.buffer = aligned_alloc(8, RING_RECORD_MAX)};
    recording_init(&rig->recording, PERIOD);
    rig->recording.monotonic -= 1000 * PERIOD; /* so that there is a past to sample in */
    rig->now = rig->recording.monotonic;
    void *mapping = mmap(NULL, RING_HEADER_SIZE + CAPACITY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ring_writer_init(&rig->ring, mapping, CAPACITY, PERIOD, rig->now);
    rig->process = say_hello(rig, fd);
    close(fd);
}

static void rig_close(struct rig *rig)
{
    process_free(rig->process);
    munmap(rig->ring.shared, RING_HEADER_SIZE + CAPACITY);
    free(rig->stream);
    free(rig->buffer);
}

static void put(struct rig *rig, enum ring_type type, const void *body, size_t size)
{
    struct ring_part part = {body, size};

    if (!ring_write(&rig->ring, type, &part, 1))
        abort();
}

static void put_round(struct rig *rig)
{
    struct ring_round round = {.time = rig->now += PERIOD};

    put(rig, RING_ROUND, &round, sizeof round);
}

static void put_thread(struct rig *rig, uint32_t id, const char *name)
{
    struct ring_thread thread = {.thread = id, .tid = 4711, .start = rig->now, .name_size = (uint32_t)strlen(name)};
    struct ring_part parts[] = {{&thread, sizeof thread}, {name, strlen(name)}};

    if (!ring_write(&rig->ring, RING_THREAD, parts, 2))
        abort();
}

/* A code object of two lines, firstline and the one after it from the fifth byte of code on (PEP 626). */
static void put_code(struct rig *rig, uint32_t id, const char *name, int32_t firstline)
{
    static const uint8_t lines[] = {4, 0, 100, 1};
    struct ring_code code = {.id = id,
                             .firstline = firstline,
                             .lines_kind = LINES_RANGES,
                             .file_size = 4,
                             .name_size = (uint32_t)strlen(name),
                             .lines_size = sizeof lines};
    struct ring_part parts[] = {{&code, sizeof code}, {"a.py", 4}, {name, strlen(name)}, {lines, sizeof lines}};

    if (!ring_write(&rig->ring, RING_CODE, parts, 4))
        abort();
}

static void put_sample(struct rig *rig, uint32_t thread, uint32_t keep, const struct ring_frame *frames,
                       uint32_t fresh)
{
    struct ring_sample sample = {
        .thread = thread, .flags = RING_ON_CPU | RING_HOLDS_GIL, .keep = keep, .fresh = fresh};
    struct ring_part parts[] = {{&sample, sizeof sample}, {frames, fresh * sizeof *frames}};

    if (!ring_write(&rig->ring, RING_SAMPLE, parts, 2))
        abort();
}

static bool drain(struct rig *rig)
{
    ring_publish(&rig->ring);
    return process_drain(rig->process, rig->buffer, &rig->error) >= 0;
}

static int end(struct rig *rig)
{
    struct process_fate fate = {
        .fate = PYPROF_FATE_EXITED, .status_known = true, .status = 256, .now = recording_clock()};
    struct pyprof_error error = {0};

    return process_end(rig->process, rig->buffer, fate, &error);
}

/* One thread that calls inner from outer for two rounds, then sleeps there for one, then is missed. */
static void put_good(struct rig *rig)
{
    const struct ring_frame first[] = {{1, 0}, {2, 0}}, second[] = {{2, 6}};

    put_round(rig);
    put_thread(rig, 7, "one");
    put_code(rig, 1, "outer", 10);
    put_code(rig, 2, "inner", 20);
    put_sample(rig, 7, 0, first, 2);
    put_round(rig);
    put_sample(rig, 7, 1, second, 1);
    put_round(rig);
    put_round(rig);
    struct ring_missed missed = {.thread = 7};
    put(rig, RING_MISSED, &missed, sizeof missed);
}

/* Reads the stream: its section, and as text its samples: "line:flags:count ..." of their innermost frames. */
static struct pyprof_section *read_back(struct pyprof_reader *reader, const struct rig *rig, char *text, size_t room)
{
    struct pyprof_samples samples = {0};
    struct pyprof_item item;
    struct pyprof_node node;
    size_t n = 0;

    *text = '\0';
    pyprof_reader_feed(reader, rig->stream, rig->size, NULL);
    pyprof_reader_finish(reader);
    while (pyprof_reader_next(reader, &item, NULL) == PYPROF_ITEM) {
        if (item.type != PYPROF_ITEM_SAMPLES || pyprof_reader_samples(reader, 0, &samples, NULL) < 0)
            continue;
        for (uint32_t i = 0; i < samples.nruns && n < room; i++) {
            bool known = pyprof_section_node(item.section, samples.runs[i].node, &node);
            n += (size_t)snprintf(text + n, room - n, "%u:%u:%u ", known ? node.line : 0, samples.runs[i].flags,
                                  samples.runs[i].count);
        }
    }
    pyprof_samples_free(&samples);
    return pyprof_reader_section(reader, 0);
}

static bool is(struct pyprof_text text, const char *wanted)
{
    return text.size == strlen(wanted) && memcmp(text.bytes, wanted, text.size) == 0;
}

static void test_good(void)
{
    static const char sys[] = "\1\0\0\0\1\0\0\0\4\0\0\0/usr\2\0\0\0.."; /* one prefix, one folder */
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_thread thread;
    char text[256];
    struct rig rig;

    rig_open(&rig);
    put(&rig, RING_SYS, sys, sizeof sys - 1);
    put_good(&rig);
    put_thread(&rig, 7, "renamed");
    struct ring_thread_end gone = {.thread = 7, .time = rig.now + 5};
    put(&rig, RING_THREAD_END, &gone, sizeof gone);
    atomic_store(&rig.ring.shared->overflows, 3);
    ok(drain(&rig) && end(&rig) == 0, "good records are taken");

    const struct pyprof_section *section = read_back(reader, &rig, text, sizeof text);
    const struct pyprof_info *info = pyprof_section_info(section);
    const struct pyprof_end *facts = pyprof_section_end(section);
    ok(strcmp(text, "20:3:1 21:3:1 21:2:1 0:16:1 ") == 0, "lines, flags and counts of the samples: %s", text);
    ok(info->pid == 4711 && info->ppid == 4710 && is(info->argv.items[1], "script.py") && info->argv.count == 2,
       "the process as it said hello");
    ok(info->prefixes.count == 1 && is(info->prefixes.items[0], "/usr") && is(info->path.items[0], ".."),
       "prefixes and path");
    ok(pyprof_section_thread(section, 1, &thread) && is(thread.name, "renamed") && thread.end < INT64_MAX,
       "the thread by its last name, ended");
    ok(facts->fate == PYPROF_FATE_EXITED && facts->status == 256 && facts->samples == 3 && facts->missed == 1 &&
           facts->overflow == 3,
       "the end and its sums");
    rig_close(&rig);
    pyprof_reader_free(reader);
}

static void put_inner(struct rig *rig)
{
    const struct ring_frame inner[] = {{2, 6}};

    put_round(rig);
    put_sample(rig, 7, 1, inner, 1);
}

/* What was sampled before a sampler heard of a pause, and the whole time of the pause, count for nothing. */
static void test_pause(void)
{
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    char text[256];
    struct rig rig;

    rig_open(&rig);
    put_good(&rig);
    bool good = drain(&rig);
    uint64_t from = rig.now + PERIOD / 2;
    process_pause(rig.process, from);
    ok(atomic_load(&rig.ring.shared->paused) == 1, "the sampler is told to pause");
    put_inner(&rig);
    put_inner(&rig);
    good = good && drain(&rig);
    process_resume(rig.process, rig.now + 10 * PERIOD);
    ok(atomic_load(&rig.ring.shared->paused) == 0, "and to go on");
    rig.now += 10 * PERIOD;
    put_inner(&rig);
    put_inner(&rig);
    good = good && drain(&rig);
    process_pause(rig.process, rig.now + 1);
    ok(good && end(&rig) == 0, "a recording ends while it is paused");
    read_back(reader, &rig, text, sizeof text);
    /* 288: removed, as it was paused: two rounds, and one at the end of the pause. */
    ok(strcmp(text, "20:3:1 21:3:1 21:2:1 0:16:1 0:288:3 21:3:2 0:288:1 ") == 0, "samples and pauses: %s", text);
    struct process_sums sums = {0};
    process_sum(rig.process, &sums);
    ok(sums.removed == 4 && sums.samples == 5 && sums.time / PERIOD == 7,
       "the pauses' time is not the rounds': %llu periods", (unsigned long long)(sums.time / PERIOD));
    rig_close(&rig);
    pyprof_reader_free(reader);
}

static void test_rings(void)
{
    static const struct {
        const char *what;
        size_t size;
        int seals;
    } cases[] = {
        {"a ring that could shrink", RING_HEADER_SIZE + CAPACITY, 0},
        {"a ring without a header", 100, F_SEAL_SHRINK},
        {"an empty ring", RING_HEADER_SIZE, F_SEAL_SHRINK},
        {"a ring that is none", RING_HEADER_SIZE + CAPACITY, F_SEAL_SHRINK},
    };
    struct rig rig = {0};
    int pipes[2];

    recording_init(&rig.recording, PERIOD);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = make_ring(cases[i].size, cases[i].seals);
        rig.error = (struct pyprof_error){0};
        ok(!say_hello(&rig, fd) && rig.error.code == PYPROF_DAMAGED, "%s is refused", cases[i].what);
        close(fd);
    }
    if (pipe(pipes) < 0)
        abort();
    ok(!say_hello(&rig, pipes[0]), "a pipe is refused");
    close(pipes[0]);
    close(pipes[1]);
}

/* Records that make no sense after put_good; each leaves its own mark. */
static void put_bad(struct rig *rig, int which)
{
    const struct ring_frame known[] = {{1, 0}}, unknown[] = {{99, 0}};
    struct ring_round round = {.time = rig->now - 1};
    struct ring_missed missed = {.thread = 8};
    struct ring_sample sample = {.thread = 7, .fresh = 1000000};
    struct ring_thread thread = {.thread = 9, .name_size = 1u << 30};
    struct ring_code code = {.id = 5, .file_size = UINT32_MAX, .name_size = 2, .lines_size = UINT32_MAX};
    static const char sys[] = "\377\0\0\0\0\0\0\0";

    switch (which) {
    case 0:
        put(rig, RING_ROUND, &round, sizeof round);
        break;
    case 1:
        round.time = recording_clock() + 1000 * PERIOD;
        put(rig, RING_ROUND, &round, sizeof round);
        break;
    case 2:
        put(rig, RING_ROUND, &round, 8);
        break;
    case 3:
        put(rig, RING_MISSED, &missed, sizeof missed);
        break;
    case 4:
        put_round(rig);
        put_sample(rig, 7, 3, known, 1);
        break;
    case 5:
        put_round(rig);
        put_sample(rig, 7, 0, unknown, 1);
        break;
    case 6:
        put_round(rig);
        put_sample(rig, 7, 0, known, 1);
        put_sample(rig, 7, 0, known, 1);
        break;
    case 7:
        put_round(rig);
        put(rig, RING_SAMPLE, &sample, sizeof sample);
        break;
    case 8:
        put(rig, RING_THREAD, &thread, sizeof thread);
        break;
    case 9:
        thread = (struct ring_thread){.thread = UINT32_MAX};
        put(rig, RING_THREAD, &thread, sizeof thread);
        break;
    case 10:
        put(rig, RING_CODE, &code, sizeof code);
        break;
    case 11:
        put(rig, RING_SYS, sys, sizeof sys - 1);
        break;
    case 12:
        put(rig, RING_THREAD_END, &missed, sizeof missed);
        break;
    default:
        memset(rig->ring.bytes + (rig->ring.next & (CAPACITY - 1)), 0xff, 64);
        rig->ring.next += 64;
    }
}

static void test_bad(void)
{
    static const char *const what[] = {
        "a round before the last one",
        "a round in the future",
        "a round cut short",
        "an unknown thread",
        "more frames kept than were",
        "an unknown code",
        "a thread sampled twice",
        "more frames than bytes",
        "a name longer than its record",
        "a thread id beyond all bounds",
        "sizes that wrap around",
        "texts that are not there",
        "a thread's end cut short",
        "bytes that are no record",
    };

    for (int i = 0; i < (int)(sizeof what / sizeof *what); i++) {
        struct pyprof_reader *reader = pyprof_reader_new(NULL);
        char text[256];
        struct rig rig;

        rig_open(&rig);
        put_good(&rig);
        put_bad(&rig, i);
        bool refused = !drain(&rig) && rig.error.message[0];
        bool again = drain(&rig); /* the ring is not read any more */
        end(&rig);
        read_back(reader, &rig, text, sizeof text);
        bool kept = strncmp(text, "20:3:1 21:3:1 21:2:1", 20) == 0;
        ok(refused && again && kept, "%s: refused (%s), what was before is kept", what[i], rig.error.message);
        rig_close(&rig);
        pyprof_reader_free(reader);
    }
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Flips bytes of good records, some thousand times: whatever comes of it, the section can be ended and read. */
static void test_flipped(void)
{
    uint64_t state = 0x9e3779b97f4a7c15u;
    int refused = 0, rounds = 3000;

    for (int i = 0; i < rounds; i++) {
        struct pyprof_reader *reader = pyprof_reader_new(NULL);
        char text[256];
        struct rig rig;

        rig_open(&rig);
        put_good(&rig);
        for (uint64_t flips = 1 + random_next(&state) % 4; flips; flips--)
            rig.ring.bytes[random_next(&state) % rig.ring.next] ^= (uint8_t)random_next(&state);
        refused += !drain(&rig);
        end(&rig);
        if (!read_back(reader, &rig, text, sizeof text))
            abort();
        rig_close(&rig);
        pyprof_reader_free(reader);
    }
    ok(refused > 0 && refused < rounds, "of %d rings with flipped bytes %d are refused", rounds, refused);
}

int main(void)
{
    test_good();
    test_pause();
    test_rings();
    test_bad();
    test_flipped();
    return done_testing();
}
