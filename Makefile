# pyrec, pymerge, pyrender: see README.md.  `make help` lists what can be made.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
BUILD ?= build
CFLAGS ?= -O2 -g
VERSION := 0.1.0

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wvla -Wpointer-arith
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(WERROR) -D_GNU_SOURCE -DPYREC_VERSION='"$(VERSION)"' -I. -I$(BUILD) \
	$(CPPFLAGS) $(CFLAGS)

# One folder, one library; a tool is its main file and what it links.  The agent is made only of what may run in the
# user's program (HACKING.md, layers).
objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))
LIBRARIES := $(BUILD)/librecord.a $(BUILD)/libmerge.a $(BUILD)/librender.a $(BUILD)/libformat.a
RECORD_OBJS := $(filter-out $(BUILD)/record/pyrec.o,$(call objects,record/*.c record/cpython/*.c record/walk/*.c record/sample/*.c \
	record/remote/*.c))
MERGE_OBJS := $(filter-out $(BUILD)/merge/pymerge.o,$(call objects,merge/*.c))
RENDER_OBJS := $(filter-out $(BUILD)/render/pyrender.o,$(call objects,render/*.c))
FORMAT_OBJS := $(call objects,format/*.c)
AGENT_SOURCES := $(wildcard record/agent/*.c record/sample/*.c record/walk/*.c record/cpython/layout*.c) $(addprefix record/,mem.c objects.c ring.c)
AGENT_OBJS := $(patsubst %.c,$(BUILD)/pic/%.o,$(AGENT_SOURCES))

TOOLS := $(BUILD)/pyrec $(BUILD)/pymerge $(BUILD)/pyrender
AGENT := $(BUILD)/libpyrec-agent.so
PAGES := $(wildcard man/*.1 man/*.5)

all: $(TOOLS) $(AGENT) ## build the three tools and the agent

$(BUILD)/pyrec: $(BUILD)/record/pyrec.o $(BUILD)/librecord.a $(BUILD)/libformat.a
$(BUILD)/pymerge: $(BUILD)/merge/pymerge.o $(BUILD)/libmerge.a $(BUILD)/libformat.a
$(BUILD)/pyrender: $(BUILD)/render/pyrender.o $(BUILD)/librender.a $(BUILD)/libformat.a
$(BUILD)/pyrender: LIBS := -lncursesw
$(TOOLS):
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lz -lm -lpthread

$(BUILD)/librecord.a: $(RECORD_OBJS)
$(BUILD)/libmerge.a: $(MERGE_OBJS)
$(BUILD)/librender.a: $(RENDER_OBJS)
$(BUILD)/libformat.a: $(FORMAT_OBJS)
$(LIBRARIES):
	@rm -f $@
	$(AR) rcs $@ $^

$(AGENT): $(AGENT_OBJS)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -Wl,-z,defs -o $@ $^ -ldl -lpthread

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -include record/agent/oldest.h -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

# The page's style and script are embedded as they are.
$(BUILD)/render/assets.o: $(wildcard render/assets/* render/assets/diff/*)

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
$(BUILD)/tests/%: tests/unit/%.c $(LIBRARIES)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIBRARIES) $(LDFLAGS) -lz -lm -lpthread

# So that each allocation can be made to fail.
$(BUILD)/tests/allocfail_test: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

FORMAT_PROGRAMS := $(BUILD)/tests/format_bench $(BUILD)/tests/reader_fuzz
$(BUILD)/tests/format_bench: tests/bench/format_bench.c $(BUILD)/libformat.a
$(BUILD)/tests/reader_fuzz: tests/fuzz/reader_fuzz.c $(BUILD)/libformat.a
$(FORMAT_PROGRAMS):
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libformat.a $(LDFLAGS) -lz

ORACLE_TOOLS := $(BUILD)/tests/stream_tracks $(BUILD)/tests/floor
$(ORACLE_TOOLS): $(BUILD)/tests/%: tests/oracle/%.c $(BUILD)/libformat.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libformat.a $(LDFLAGS) -lz -lpthread

unit: $(UNIT_TESTS) $(FORMAT_PROGRAMS) $(ORACLE_TOOLS) ## build the unit tests and the tests' own tools

# The package: one wheel for every CPython (record/python/setup.py), and what is in it, for a PYTHONPATH.  A virtual
# environment has what builds it.
PACKAGE := record/python
PACKAGE_SOURCES := $(wildcard $(PACKAGE)/*.toml $(PACKAGE)/*.py $(PACKAGE)/*.md $(PACKAGE)/pyrec/* $(PACKAGE)/engine/*) \
	$(foreach folder,format render render/assets render/assets/diff record record/agent record/cpython record/sample record/walk,\
	$(wildcard $(folder)/*.[ch] $(folder)/*.js $(folder)/*.css $(folder)/*.html))
PACKAGE_PIP := $(BUILD)/package/environment/bin/pip --quiet --disable-pip-version-check

wheel: need-package $(BUILD)/package/done ## build the Python package: build/package/wheel, and unpacked in build/package/python
$(BUILD)/package/environment/done:
	python3 -m venv --clear $(@D)
	$(PACKAGE_PIP) install --upgrade pip 'setuptools>=61' wheel
	@touch $@
$(BUILD)/package/done: $(BUILD)/package/environment/done $(PACKAGE_SOURCES) Makefile
	@rm -rf $(BUILD)/package/wheel $(BUILD)/package/python
	CC="$(CC)" CFLAGS="$(CFLAGS)" $(PACKAGE_PIP) wheel --no-build-isolation --no-deps -w $(BUILD)/package/wheel $(PACKAGE)
	$(PACKAGE_PIP) install --no-deps --no-compile --target $(BUILD)/package/python $(BUILD)/package/wheel/*.whl
	@touch $@

need-build need-check need-lint need-bench need-cross need-package:
	@tests/need $(patsubst need-%,%,$@)

demo: need-build ## build, record a real program, print its call tree and name the HTML page
	@$(MAKE) --no-print-directory all
	@tests/demo $(BUILD)

check: need-build need-check ## build and run every test; ends in "N passed, N failed"
	@$(MAKE) --no-print-directory all unit wheel
	@tests/run $(BUILD)

check-sanitized: need-build need-check ## the tests of format/, merge/ and render/ under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-sanitized \
		CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all" all unit
	@PYREC_SANITIZED=1 tests/run $(BUILD)-sanitized

cross-aarch64: need-build need-check need-cross ## build for aarch64 and run that under qemu, with Debian's arm64 python3
	@$(MAKE) --no-print-directory all unit
	@tests/aarch64 $(BUILD)-aarch64 $(BUILD)

lint: need-build need-lint ## compilers' warnings as errors, format, static checks, man pages, layers
	@tests/lint

bench: need-build need-bench ## figures beside the peers that are installed, as ratios; JSON in build/bench.json
	@$(MAKE) --no-print-directory all unit
	@tests/bench/bench --build $(BUILD) --json $(BUILD)/bench.json

oracle: need-build need-bench ## how true the samples are, beside the peers that are installed; JSON in build/oracle.json
	@$(MAKE) --no-print-directory all unit
	@tests/oracle/oracle --build $(BUILD) --json $(BUILD)/oracle.json

install: all ## into DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pyrec $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/man/man5
	install -m 755 $(TOOLS) $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(AGENT) $(DESTDIR)$(PREFIX)/lib/pyrec
	install -m 644 $(filter %.1,$(PAGES)) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(filter %.5,$(PAGES)) $(DESTDIR)$(PREFIX)/share/man/man5

uninstall: ## what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(notdir $(TOOLS)))
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/lib/pyrec/,$(notdir $(AGENT)))
	rm -f $(foreach page,$(PAGES),$(DESTDIR)$(PREFIX)/share/man/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page)))
	-rmdir $(DESTDIR)$(PREFIX)/lib/pyrec 2>/dev/null

clean: ## remove what was built
	rm -rf $(BUILD) $(BUILD)-sanitized $(BUILD)-lint $(BUILD)-aarch64 $(BUILD)-aarch64-python

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' Makefile | expand -t 18

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: all unit wheel demo check check-sanitized cross-aarch64 lint bench oracle install uninstall clean help \
	need-build need-check need-lint need-bench need-cross need-package
