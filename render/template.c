#include "template.h"

#include "names.h"
#include "sha256.h"

#include <string.h>

void template_write(FILE *out, struct pyprof_text page, const struct template_part *parts, size_t nparts,
                    void *context)
{
    const char *at = page.bytes, *end = at + page.size, *open, *close;

    while ((open = memmem(at, (size_t)(end - at), "{{", 2)) &&
           (close = memmem(open, (size_t)(end - open), "}}", 2))) {
        struct pyprof_text name = {open + 2, (size_t)(close - open - 2)};

        fwrite(at, 1, (size_t)(open - at), out);
        for (size_t i = 0; i < nparts; i++)
            if (text_equal(name, text_of(parts[i].name)))
                parts[i].put(context, out);
        at = close + 2;
    }
    fwrite(at, 1, (size_t)(end - at), out);
}

void template_put_policy(FILE *out, struct pyprof_text style, struct pyprof_text script)
{
    char of_style[SHA256_BASE64_SIZE], of_script[SHA256_BASE64_SIZE];

    sha256_base64(style.bytes, style.size, of_style);
    sha256_base64(script.bytes, script.size, of_script);
    fprintf(out,
            "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
            of_script, of_style);
}
