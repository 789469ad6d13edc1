#include "live_report.h"

#include "names.h"

static void put_line(FILE *out, struct live_line *line)
{
    while (line->size && line->bytes[line->size - 1] == ' ')
        line->size--;
    fwrite(line->bytes, 1, line->size, out);
    fputc('\n', out);
}

/* Facts go on in the next line of the terminal; rows are cut. */
enum { FACT_COLUMNS = 1000 };

static void put_fact(FILE *out, const struct live_picture *picture, const char *label,
                     void (*draw)(const struct live_picture *, struct live_line *))
{
    struct live_line line;

    live_line_begin(&line, FACT_COLUMNS, picture->unicode);
    live_line_put(&line, "%-10s", label);
    draw(picture, &line);
    put_line(out, &line);
}

static void draw_program(const struct live_picture *picture, struct live_line *line)
{
    const struct pyprof_text *command = &picture->snapshot->command;

    live_line_text(line, command->size ? *command : text_of("unknown"), line->width);
}

void live_report(FILE *out, const struct live_picture *picture)
{
    size_t rows = picture->view->nrows < picture->lines ? picture->view->nrows : picture->lines;
    struct live_line line;

    put_fact(out, picture, "Program", draw_program);
    put_fact(out, picture, "Sampling", live_draw_trust);
    put_fact(out, picture, "Shown", live_draw_shown);
    fputc('\n', out);
    live_line_begin(&line, picture->columns, picture->unicode);
    live_draw_heads(picture, &line);
    put_line(out, &line);
    for (size_t i = 0; i < rows; i++) {
        live_line_begin(&line, picture->columns, picture->unicode);
        live_draw_row(picture, i, &line);
        put_line(out, &line);
    }
    if (picture->view->nrows > rows)
        fprintf(out, "(%zu more)\n", picture->view->nrows - rows);
}
