#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int pyprof_fail(struct pyprof_error *error, enum pyprof_error_code code, uint64_t offset, const char *message, ...)
{
    int system = code == PYPROF_SYSTEM ? errno : 0;
    va_list arguments;

    if (!error)
        return -1;
    *error = (struct pyprof_error){.code = code, .system = system, .offset = offset};
    va_start(arguments, message);
    vsnprintf(error->message, sizeof error->message, message, arguments);
    va_end(arguments);
    return -1;
}
