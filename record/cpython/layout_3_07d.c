/* CPython 3.7, debug build: two links stand before each object. */
#include "layout.h"

const struct layout layout_3_07d = {
    .major = 3,
    .minor = 7,
    .build = LAYOUT_TRACED,
    .lines = LINES_LNOTAB,
    .runtime =
        {
            .interpreters_head = 24,
            .gil = 1264,
            .gc_collecting = 632,
            .debug_offsets = false,
        },
    .interp =
        {
            .next = 0,
            .threads_head = 8,
            .runtime = LAYOUT_ABSENT,
            .gil = LAYOUT_ABSENT,
            .gc_collecting = LAYOUT_ABSENT,
            .sysdict = 56,
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
            .size = 128,
            .previous = 40,
            .code = 48,
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
            .size = 136,
            .units = LAYOUT_ABSENT,
            .stacksize = 44,
            .firstlineno = 52,
            .firsttraceable = LAYOUT_ABSENT,
            .localnames = 80,
            .filename = 112,
            .name = 120,
            .qualname = LAYOUT_ABSENT,
            .linetable = 128,
            .adaptive = LAYOUT_ABSENT,
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
            .cached_keys = 872,
            .attributes = LAYOUT_DICT,
            .managed_dict = LAYOUT_ABSENT,
        },
    .str =
        {
            .length = 32,
            .state = 48,
            .ascii = 64,
            .compact = 88,
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
            .items = 40,
        },
    .list =
        {
            .items = 40,
        },
};
