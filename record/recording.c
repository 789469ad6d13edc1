#include "recording.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t recording_clock(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* The boot's UUID is text (random(4)): 32 hexadecimal digits with dashes between. */
static void read_boot(uint8_t boot[16])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

    if (!file)
        return;
    for (int i = 0; i < 16; i++) {
        unsigned byte;
        if (fscanf(file, "%*[-]") == EOF || fscanf(file, "%2x", &byte) != 1)
            break;
        boot[i] = (uint8_t)byte;
    }
    fclose(file);
}

void recording_init(struct recording *recording, uint64_t period)
{
    *recording = (struct recording){.period = period};
    if (getrandom(recording->id, sizeof recording->id, 0) < 0)
        recording->id[0] = 1; /* cannot happen: getrandom(2) gives up to 256 bytes always */
    read_boot(recording->boot);
    gethostname(recording->host, sizeof recording->host - 1);
    recording->wall = clock_ns(CLOCK_REALTIME);
    recording->monotonic = recording_clock();
}
