/* CPython 3.9.  The garbage collector moved into the interpreter. */
#include "layout.h"

const struct layout layout_3_09 = {
    .major = 3,
    .minor = 9,
    .build = LAYOUT_RELEASE,
    .lines = LINES_LNOTAB,
    .runtime =
        {
            .interpreters_head = 32,
            .gil = 352,
            .gc_collecting = LAYOUT_ABSENT,
            .debug_offsets = false,
        },
    .interp =
        {
            .next = 0,
            .threads_head = 8,
            .runtime = 16,
            .gil = LAYOUT_ABSENT,
            .gc_collecting = 816,
            .sysdict = 872,
        },
    .gil =
        {
            .last_holder = 8,
            .locked = 16,
            .switch_number = 24,
            .enabled = LAYOUT_ABSENT,
        },
    .tstate =
        {
            .next = 8,
            .interp = 16,
            .frame = 24,
            .cframe = LAYOUT_ABSENT,
            .cframe_previous = LAYOUT_ABSENT,
            .thread_id = 176,
            .native_thread_id = LAYOUT_ABSENT,
        },
    .frame =
        {
            .kind = LAYOUT_LASTI_BYTES,
            .size = 112,
            .previous = 24,
            .code = 32,
            .reference_tags = 0,
            .instr = 104,
            .owner = LAYOUT_ABSENT,
            .is_entry = LAYOUT_ABSENT,
            .localsplus = 360,
            .stacked = false,
            .tlbc_index = LAYOUT_ABSENT,
        },
    .code =
        {
            .size = 128,
            .units = LAYOUT_ABSENT,
            .stacksize = 32,
            .firstlineno = 40,
            .firsttraceable = LAYOUT_ABSENT,
            .localnames = 72,
            .filename = 104,
            .name = 112,
            .qualname = LAYOUT_ABSENT,
            .linetable = 120,
            .adaptive = LAYOUT_ABSENT,
            .tlbc = LAYOUT_ABSENT,
        },
    .object =
        {
            .type = 8,
            .var_size = 16,
        },
    .type =
        {
            .name = 24,
            .basicsize = 32,
            .flags = 168,
            .dictoffset = 288,
            .cached_keys = 864,
            .attributes = LAYOUT_DICT,
            .managed_dict = LAYOUT_ABSENT,
        },
    .str =
        {
            .length = 16,
            .state = 32,
            .ascii = 48,
            .compact = 72,
        },
    .bytes =
        {
            .data = 32,
        },
    .dict =
        {
            .mask = LAYOUT_ABSENT,
            .keys = 32,
            .values = 40,
            .values_data = 0,
            .values_valid = LAYOUT_ABSENT,
        },
    .keys =
        {
            .table_size = 8,
            .log2_index_bytes = LAYOUT_ABSENT,
            .kind = LAYOUT_ABSENT,
            .nentries = 32,
            .indices = 40,
        },
    .tuple =
        {
            .items = 24,
        },
    .list =
        {
            .items = 24,
        },
};
