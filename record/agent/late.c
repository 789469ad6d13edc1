/*
 * late: an interpreter that the process loads after its start
 *
 * Programs that embed Python may load it long after they began: plug-ins, mod_wsgi, a C program that calls dlopen.
 * To stand in front of dlopen would change what it does, as it looks for libraries on behalf of its caller
 * (DT_RUNPATH, dlopen(3)).  But every CPython makes itself a key for thread-specific data while it is initialised
 * (PyThread_create_key, PyThread_tss_create in Python/thread_pthread.h), and hardly anything else does: so the agent
 * stands in front of pthread_key_create, and looks whether the caller is a CPython.
 */
#include "late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#include "agent.h"

#define EXPORT __attribute__((visibility("default")))

typedef int key_create_fn(pthread_key_t *, void (*)(void *));

/*
 * glibc's other name for its own.  A malloc that is preloaded may make a key before anything else runs, when dlsym must
 * not be called yet, which allocates.
 */
extern key_create_fn __pthread_key_create __attribute__((weak));

static key_create_fn *next_key_create;

void late_look_up(void)
{
    if (!&__pthread_key_create)
        next_key_create = (key_create_fn *)dlsym(RTLD_NEXT, "pthread_key_create");
}

/* The library, or the executable, that an address is in, as dlsym takes it; NULL if it is none. */
static void *library_of(const void *address)
{
    Dl_info info;

    return dladdr(address, &info) && info.dli_fname ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
}

EXPORT int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    if (!next_key_create && !&__pthread_key_create)
        late_look_up();
    int result = next_key_create ? next_key_create(key, destructor) : __pthread_key_create(key, destructor);

    if (result == 0 && agent_awaits_python()) {
        void *library = library_of(__builtin_return_address(0));
        if (library) {
            agent_python_begins(library);
            dlclose(library);
        }
    }
    return result;
}
