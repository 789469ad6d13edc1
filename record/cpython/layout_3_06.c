/* CPython 3.6.  No _PyRuntime; GIL and garbage collector are static variables that nobody else sees. */
#include "layout.h"

const struct layout layout_3_06 = {
    .major = 3,
    .minor = 6,
    .build = LAYOUT_RELEASE,
    .lines = LINES_LNOTAB,
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
            .sysdict = 32,
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
            .next = 8,
            .interp = 16,
            .frame = 24,
            .cframe = LAYOUT_ABSENT,
            .cframe_previous = LAYOUT_ABSENT,
            .thread_id = 152,
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
            .size = 120,
            .units = LAYOUT_ABSENT,
            .stacksize = 28,
            .firstlineno = 36,
            .firsttraceable = LAYOUT_ABSENT,
            .localnames = 64,
            .filename = 96,
            .name = 104,
            .qualname = LAYOUT_ABSENT,
            .linetable = 112,
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
            .cached_keys = 856,
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
