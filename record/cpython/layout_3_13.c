/* CPython 3.13.  No _PyCFrame; the runtime publishes its offsets; attributes inside the instance. */
#include "layout.h"

const struct layout layout_3_13 = {
    .major = 3,
    .minor = 13,
    .build = LAYOUT_RELEASE,
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
            .sysdict = 7640,
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
            .size = 188,
            .units = 16,
            .stacksize = 64,
            .firstlineno = 68,
            .firsttraceable = 184,
            .localnames = 96,
            .filename = 112,
            .name = 120,
            .qualname = 128,
            .linetable = 136,
            .adaptive = 200,
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
            .cached_keys = 880,
            .attributes = LAYOUT_INLINE,
            .managed_dict = 24,
        },
    .str =
        {
            .length = 16,
            .state = 32,
            .ascii = 40,
            .compact = 56,
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
            .items = 24,
        },
    .list =
        {
            .items = 24,
        },
};
