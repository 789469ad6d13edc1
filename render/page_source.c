#include "page_source.h"

#include "escape.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST = 2000000, TAB = 8 };

static int open_source(struct pyprof_text file)
{
    if (file.size < 4 || memcmp(file.bytes + file.size - 3, ".py", 3) != 0 || memchr(file.bytes, 0, file.size))
        return -1;
    /* Not to wait for a pipe that is called like source. */
    return open(file.bytes, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* The whole file, to be freed; NULL if it is no regular file or too large. */
static char *read_whole(int fd, size_t most, size_t *size)
{
    struct stat status;
    FILE *in;
    char *bytes;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 || status.st_size > LARGEST ||
        (size_t)status.st_size > most || !(in = fdopen(dup(fd), "re")))
        return NULL;
    bytes = malloc((size_t)status.st_size);
    *size = bytes ? fread(bytes, 1, (size_t)status.st_size, in) : 0;
    fclose(in);
    return bytes;
}

static void put_line(FILE *json, struct pyprof_text line)
{
    size_t column = 0;

    while (line.size) {
        const char *tab = memchr(line.bytes, '\t', line.size);
        size_t size = tab ? (size_t)(tab - line.bytes) : line.size;

        escape_text(json, (struct pyprof_text){line.bytes, size}, ESCAPE_JSON, 0);
        if (!tab)
            return;
        column += size;
        fprintf(json, "%*s", (int)(TAB - column % TAB), "");
        column += TAB - column % TAB;
        line = (struct pyprof_text){tab + 1, line.size - size - 1};
    }
}

static void put_lines(FILE *json, const char *bytes, size_t size)
{
    fputc('"', json);
    while (size) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;
        bool returned = length > 0 && bytes[length - 1] == '\r';

        put_line(json, (struct pyprof_text){bytes, length - returned});
        if (!end)
            break;
        fputs("\\n", json);
        bytes += length + 1;
        size -= length + 1;
    }
    fputc('"', json);
}

size_t page_source_put(FILE *json, struct pyprof_text file, size_t most)
{
    int fd = open_source(file);
    size_t size = 0;
    char *bytes = fd < 0 ? NULL : read_whole(fd, most, &size);

    if (fd >= 0)
        close(fd);
    if (bytes && size)
        put_lines(json, bytes, size);
    free(bytes);
    return size;
}
