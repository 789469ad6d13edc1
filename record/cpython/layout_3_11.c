/* CPython 3.11.  Frames lie on a data stack; a _PyCFrame on the C stack points at the current one. */
#include "layout.h"

const struct layout layout_3_11 = {
    .major = 3,
    .minor = 11,
    .build = LAYOUT_RELEASE,
    .lines = LINES_LOCATIONS,
    .runtime =
        {
            .interpreters_head = 40,
            .gil = 360,
            .gc_collecting = LAYOUT_ABSENT,
            .debug_offsets = false,
        },
    .interp =
        {
            .next = 0,
            .threads_head = 16,
            .runtime = 40,
            .gil = LAYOUT_ABSENT,
            .gc_collecting = 848,
            .sysdict = 904,
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
            .frame = 56,
            .cframe = 8,
            .cframe_previous = 16,
            .thread_id = 152,
            .native_thread_id = 160,
        },
    .frame =
        {
            .kind = LAYOUT_POINTER,
            .size = 72,
            .previous = 48,
            .code = 32,
            .reference_tags = 0,
            .instr = 56,
            .owner = 69,
            .is_entry = 68,
            .localsplus = 72,
            .stacked = true,
            .tlbc_index = LAYOUT_ABSENT,
        },
    .code =
        {
            .size = 172,
            .units = 16,
            .stacksize = 68,
            .firstlineno = 72,
            .firsttraceable = 168,
            .localnames = 96,
            .filename = 112,
            .name = 120,
            .qualname = 128,
            .linetable = 136,
            .adaptive = 184,
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
            .cached_keys = 872,
            .attributes = LAYOUT_SPLIT,
            .managed_dict = 24,
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
