#include "report.h"

#include "render/input.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* That of the table which draws on a terminal; its screen is not linked in. */
const struct renderer live_renderer = {.name = "live"};

const struct renderer *report_renderer(const char *name)
{
    for (size_t i = 0; renderers[i]; i++) {
        if (renderers[i]->render && strcmp(renderers[i]->name, name) == 0)
            return renderers[i];
    }
    return NULL;
}

static int no_memory(struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
}

static int read_model(struct input input, struct model *model, struct input_damages *damages,
                      struct pyprof_error *error)
{
    static const char *const files[] = {"<memory>"};
    const struct model_patterns patterns = {0};
    const char *file;

    input.files = files;
    input.nfiles = 1;
    if (input_read(&input, model, damages, &file, error) < 0)
        return -1;
    return model_finish(model, &patterns) < 0 ? no_memory(error) : 0;
}

struct model *report_model(const void *stream, size_t size, struct pyprof_error *error)
{
    struct input_damages damages = {0};
    struct model *model = model_new();

    if (!model) {
        no_memory(error);
        return NULL;
    }
    const struct input input = {.bytes = stream, .size = size, .timed = true};
    if (read_model(input, model, &damages, error) < 0) {
        model_free(model);
        model = NULL;
    }
    input_damages_free(&damages);
    return model;
}

/* Numbers and dates as pyrender writes them, which has the "C" locale's whatever the program has chosen. */
static locale_t enter_locale(locale_t *before)
{
    locale_t own = newlocale(LC_NUMERIC_MASK | LC_TIME_MASK, "C", duplocale(uselocale((locale_t)0)));

    *before = own ? uselocale(own) : (locale_t)0;
    return own;
}

static void leave_locale(locale_t own, locale_t before)
{
    if (own) {
        uselocale(before);
        freelocale(own);
    }
}

static char *write_report(const struct renderer *renderer, const struct report *report,
                          const struct render_options *options, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    locale_t before, own;

    if (!out)
        return NULL;
    own = enter_locale(&before);
    int result = renderer->render(report, options, out);
    leave_locale(own, before);
    if (fclose(out) != 0 || result < 0) {
        free(text);
        return NULL;
    }
    return text;
}

char *report_render(const void *stream, size_t size, const struct renderer *renderer,
                    const struct render_options *options, size_t *length, struct pyprof_error *error)
{
    struct input_damages damages = {0};
    struct model *model = model_new();
    struct report report = {.model = model, .damages = &damages};
    const struct input input = {
        .bytes = stream, .size = size, .timed = renderer->timed, .most_runs = renderer->most_runs};
    char *text = NULL;

    if (!model)
        no_memory(error);
    else if (read_model(input, model, &damages, error) == 0 &&
             !(text = write_report(renderer, &report, options, length)))
        no_memory(error);
    input_damages_free(&damages);
    model_free(model);
    return text;
}
