#include "assets.h"

#include <stdint.h>

/* The assembler reads the file (GNU as, .incbin), so that no generator is needed. */
#define EMBED(name, file)                                                                                            \
    __asm__(".pushsection .rodata\n"                                                                                 \
            ".global asset_" name "\n"                                                                               \
            ".global asset_" name "_size\n"                                                                          \
            "asset_" name ":\n"                                                                                      \
            ".incbin \"" file "\"\n"                                                                                 \
            "1: .balign 8\n"                                                                                         \
            "asset_" name "_size: .8byte 1b - asset_" name "\n"                                                      \
            ".popsection\n")

EMBED("html", "render/assets/page.html");
EMBED("css", "render/assets/page.css");
EMBED("js", "render/assets/page.js");

extern const char asset_html[], asset_css[], asset_js[];
extern const uint64_t asset_html_size, asset_css_size, asset_js_size;

struct pyprof_text assets_html(void)
{
    return (struct pyprof_text){asset_html, asset_html_size};
}

struct pyprof_text assets_css(void)
{
    return (struct pyprof_text){asset_css, asset_css_size};
}

struct pyprof_text assets_js(void)
{
    return (struct pyprof_text){asset_js, asset_js_size};
}
