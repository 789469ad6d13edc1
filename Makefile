# pyrec, pymerge, pyrender: see README.md.  `make` builds into build/; `make help` lists the rest.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
BUILD ?= build
CFLAGS ?= -O2 -g
VERSION := 0.1.0

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wvla -Wpointer-arith
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(WERROR) -D_GNU_SOURCE -DPYREC_VERSION='"$(VERSION)"' -I. $(CPPFLAGS) $(CFLAGS)
LIBS := -lz

# One folder, one set of objects.  A tool links its own folder and format/; the agent links what may run in the
# user's program and nothing else (HACKING.md, layers).
objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))
FORMAT_OBJS := $(call objects,format/*.c)
MERGE_OBJS := $(call objects,merge/*.c)
RENDER_OBJS := $(call objects,render/*.c)
RECORD_OBJS := $(call objects,record/*.c record/cpython/*.c)
AGENT_SOURCES := $(wildcard record/agent/*.c record/cpython/layout*.c) record/mem.c record/walk.c record/objects.c record/ring.c
AGENT_OBJS := $(patsubst %.c,$(BUILD)/pic/%.o,$(AGENT_SOURCES))

TOOLS := $(BUILD)/pyrec $(BUILD)/pymerge $(BUILD)/pyrender
AGENT := $(BUILD)/libpyrec-agent.so

all: $(TOOLS) $(AGENT)

$(BUILD)/pyrec: $(RECORD_OBJS) $(FORMAT_OBJS)
$(BUILD)/pymerge: $(MERGE_OBJS) $(FORMAT_OBJS)
$(BUILD)/pyrender: $(RENDER_OBJS) $(FORMAT_OBJS)
$(TOOLS):
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(AGENT): $(AGENT_OBJS)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -Wl,-z,defs -o $@ $^ -ldl -lpthread

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD)

.PHONY: all clean
