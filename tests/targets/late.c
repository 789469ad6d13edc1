/*
 * late LIBPYTHON ARGUMENT...: a program that is no Python until it loads one, and then is what `python ARGUMENT...` is
 */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*run)(int, char **) = library ? (int (*)(int, char **))dlsym(library, "Py_BytesMain") : NULL;

    if (!run) {
        fprintf(stderr, "late: %s\n", argc > 1 ? dlerror() : "what library?");
        return 1;
    }
    argv[1] = argv[0];
    return run(argc - 1, argv + 1);
}
