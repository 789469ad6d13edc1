/* sha256: FIPS 180-4's examples and lengths around a block's, against what Python's hashlib gives. */
#include "render/sha256.h"
#include "tests/unit/tap.h"

#include <string.h>

static void check(const char *what, const char *bytes, size_t size, const char *wanted)
{
    char got[SHA256_BASE64_SIZE];

    sha256_base64(bytes, size, got);
    if (!ok(strcmp(got, wanted) == 0, "%s", what))
        printf("# wanted %s\n# got    %s\n", wanted, got);
}

int main(void)
{
    static char many[1000000];

    memset(many, 'a', sizeof many);
    check("nothing", "", 0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    check("abc", "abc", 3, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    check("55 bytes: the last length of one block", many, 55, "n0OQ+NMMLdkuyfCVtl4rmumwqSWlJY4kHJ8ekQ9zQxg=");
    check("56 bytes: the first of two", many, 56, "s1Q5pKxvCUi21vnjxq8PX1kM4g8b3nCQ73lwaG7Gc4o=");
    check("64 bytes", many, 64, "/+BU/nrgy23GXDr5th1SCfQ5hR20PQulmXM33xVGaOs=");
    check("a million", many, sizeof many, "zcduXJkU+5KBocfihNc+Z/GAmkiklyAOBG05zMcRLNA=");
    return done_testing();
}
