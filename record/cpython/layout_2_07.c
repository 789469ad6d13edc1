/* CPython 2.7.  A str is bytes, a dict is one table of entries; else as 3.6. */
#include "layout.h"

const struct layout layout_2_07 = {
    .major = 2,
    .minor = 7,
    .build = LAYOUT_RELEASE,
    .lines = LINES_LNOTAB_UNSIGNED,
    .runtime =
        {
            .interpreters_head = LAYOUT_ABSENT,
            .gil = LAYOUT_ABSENT,
            .gc_collecting = LAYOUT_ABSENT,
            .debug_offsets = false,
        },
    .interp =
        {
            .next = 0,
            .threads_head = 8,
            .runtime = LAYOUT_ABSENT,
            .gil = LAYOUT_ABSENT,
            .gc_collecting = LAYOUT_ABSENT,
            .sysdict = 24,
        },
    .gil =
        {
            .last_holder = LAYOUT_ABSENT,
            .locked = LAYOUT_ABSENT,
            .switch_number = LAYOUT_ABSENT,
            .enabled = LAYOUT_ABSENT,
        },
    .tstate =
        {
            .next = 0,
            .interp = 8,
            .frame = 16,
            .cframe = LAYOUT_ABSENT,
            .cframe_previous = LAYOUT_ABSENT,
            .thread_id = 144,
            .native_thread_id = LAYOUT_ABSENT,
        },
    .frame =
        {
            .kind = LAYOUT_LASTI_BYTES,
            .size = 128,
            .previous = 24,
            .code = 32,
            .reference_tags = 0,
            .instr = 120,
            .owner = LAYOUT_ABSENT,
            .is_entry = LAYOUT_ABSENT,
            .localsplus = 376,
            .stacked = false,
            .tlbc_index = LAYOUT_ABSENT,
        },
    .code =
        {
            .size = 112,
            .units = LAYOUT_ABSENT,
            .stacksize = 24,
            .firstlineno = 96,
            .firsttraceable = LAYOUT_ABSENT,
            .localnames = 56,
            .filename = 80,
            .name = 88,
            .qualname = LAYOUT_ABSENT,
            .linetable = 104,
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
            .cached_keys = LAYOUT_ABSENT,
            .attributes = LAYOUT_DICT,
            .managed_dict = LAYOUT_ABSENT,
        },
    .str =
        {
            .length = 16,
            .state = LAYOUT_ABSENT,
            .ascii = 36,
            .compact = LAYOUT_ABSENT,
        },
    .bytes =
        {
            .data = 36,
        },
    .dict =
        {
            .mask = 32,
            .keys = 40,
            .values = LAYOUT_ABSENT,
            .values_data = LAYOUT_ABSENT,
            .values_valid = LAYOUT_ABSENT,
        },
    .keys =
        {
            .table_size = LAYOUT_ABSENT,
            .log2_index_bytes = LAYOUT_ABSENT,
            .kind = LAYOUT_ABSENT,
            .nentries = LAYOUT_ABSENT,
            .indices = LAYOUT_ABSENT,
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
