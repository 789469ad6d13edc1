/* CPython 2.7, debug build: two links stand before each object. */
#include "layout.h"

const struct layout layout_2_07d = {
    .major = 2,
    .minor = 7,
    .build = LAYOUT_TRACED,
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
            .size = 144,
            .previous = 40,
            .code = 48,
            .reference_tags = 0,
            .instr = 136,
            .owner = LAYOUT_ABSENT,
            .is_entry = LAYOUT_ABSENT,
            .localsplus = 392,
            .stacked = false,
            .tlbc_index = LAYOUT_ABSENT,
        },
    .code =
        {
            .size = 128,
            .units = LAYOUT_ABSENT,
            .stacksize = 40,
            .firstlineno = 112,
            .firsttraceable = LAYOUT_ABSENT,
            .localnames = 72,
            .filename = 96,
            .name = 104,
            .qualname = LAYOUT_ABSENT,
            .linetable = 120,
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
            .cached_keys = LAYOUT_ABSENT,
            .attributes = LAYOUT_DICT,
            .managed_dict = LAYOUT_ABSENT,
        },
    .str =
        {
            .length = 32,
            .state = LAYOUT_ABSENT,
            .ascii = 52,
            .compact = LAYOUT_ABSENT,
        },
    .bytes =
        {
            .data = 52,
        },
    .dict =
        {
            .mask = 48,
            .keys = 56,
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
            .items = 40,
        },
    .list =
        {
            .items = 40,
        },
};
