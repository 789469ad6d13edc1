#include "render.h"

#include <string.h>
#include <strings.h>

const struct renderer *const renderers[] = {&text_renderer, &flat_renderer,      &lines_renderer, &timeline_renderer,
                                            &html_renderer, &collapsed_renderer, &live_renderer,  NULL};

static bool claims(const struct renderer *renderer, const char *extension)
{
    for (const char *const *one = renderer->extensions; one && *one; one++)
        if (strcasecmp(*one, extension) == 0)
            return true;
    return false;
}

const struct renderer *renderer_for(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *extension = strrchr(slash ? slash : file, '.');

    for (size_t i = 0; extension && renderers[i]; i++)
        if (claims(renderers[i], extension))
            return renderers[i];
    return NULL;
}
