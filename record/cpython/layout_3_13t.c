/* CPython 3.13, free-threaded. */
#include "layout.h"

const struct layout layout_3_13t = {
    .major = 3,
    .minor = 13,
    .build = LAYOUT_FREE_THREADED,
    .lines = LINES_LOCATIONS,
    .runtime =
        {
            .interpreters_head = 632,
            .gil = LAYOUT_ABSENT,
            .gc_collecting = LAYOUT_ABSENT,
            .debug_offsets = true,
        },
    .interp =
        {
            .next = 7264,
            .threads_head = 7344,
            .runtime = 7376,
            .gil = 16,
            .gc_collecting = 7600,
            .sysdict = 7648,
        },
    .gil =
        {
            .last_holder = 16,
            .locked = 24,
            .switch_number = 32,
            .enabled = 0,
        },
    .tstate =
        {
            .next = 8,
            .interp = 16,
            .frame = 72,
            .cframe = LAYOUT_ABSENT,
            .cframe_previous = LAYOUT_ABSENT,
            .thread_id = 152,
            .native_thread_id = 160,
        },
    .frame =
        {
            .kind = LAYOUT_POINTER,
            .size = 72,
            .previous = 8,
            .code = 0,
            .reference_tags = 0,
            .instr = 56,
            .owner = 70,
            .is_entry = LAYOUT_ABSENT,
            .localsplus = 72,
            .stacked = true,
            .tlbc_index = LAYOUT_ABSENT,
        },
    .code =
        {
            .size = 204,
            .units = 32,
            .stacksize = 80,
            .firstlineno = 84,
            .firsttraceable = 200,
            .localnames = 112,
            .filename = 128,
            .name = 136,
            .qualname = 144,
            .linetable = 152,
            .adaptive = 216,
            .tlbc = LAYOUT_ABSENT,
        },
    .object =
        {
            .type = 24,
            .var_size = 32,
        },
    .type =
        {
            .name = 40,
            .basicsize = 48,
            .flags = 184,
            .dictoffset = 304,
            .cached_keys = 896,
            .attributes = LAYOUT_INLINE,
            .managed_dict = 8,
        },
    .str =
        {
            .length = 32,
            .state = 48,
            .ascii = 56,
            .compact = 72,
        },
    .bytes =
        {
            .data = 48,
        },
    .dict =
        {
            .mask = LAYOUT_ABSENT,
            .keys = 48,
            .values = 56,
            .values_data = 8,
            .values_valid = 3,
        },
    .keys =
        {
            .table_size = LAYOUT_ABSENT,
            .log2_index_bytes = 9,
            .kind = 10,
            .nentries = 24,
            .indices = 32,
        },
    .tuple =
        {
            .items = 40,
        },
    .list =
        {
            .items = 40,
        },
};
