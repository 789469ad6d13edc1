
/*
 * A tree as rows that fold: the call tree and the inverted tree.  However many rows are open, only those in sight are in
 * the document.  The list has the focus and names its active row; keys are as the ARIA authoring practices have them.
 */

const ROW_HEIGHT = 24;
/** Rows that unfolding a whole subtree may make. */
const MANY_ROWS = 20000;

/** @typedef {{row: Row, level: number, position: number, siblings: number, parent: number}} Line */

class RowsView {
    /**
     * @param {string} name
     * @param {string} id of its list
     * @param {() => Rows} source
     */
    constructor(name, id, source) {
        this.name = name;
        this.list = element(id);
        this.source = source;
        /** @type {Rows} */
        this.rows = {below: () => [], opened: () => false};
        /** @type {Map<string, boolean>} what the reader folded and unfolded */
        this.open = new Map();
        /** @type {Line[]} */
        this.lines = [];
        this.active = '';
        this.body = make('div', 'rows');
        this.body.setAttribute('role', 'none');
        this.list.append(this.body);
        this.list.addEventListener('scroll', () => this.paint());
        this.list.addEventListener('keydown', (event) => this.onKey(event));
        this.list.addEventListener('click', (event) => this.onClick(event));
    }

    /** Draws anew what may have changed. */
    draw() {
        this.rows = this.source();
        this.collect();
        this.paint();
    }

    /** @param {Row} row */
    isOpen(row) {
        return row.opens && (this.open.get(row.key) ?? this.rows.opened(row));
    }

    /** All lines, folded ones left out. */
    collect() {
        /** @type {Line[]} */
        const waiting = [];
        const push = (/** @type {Row[]} */ rows, /** @type {number} */ level, /** @type {number} */ parent) => {
            for (let i = rows.length - 1; i >= 0; i--) {
                waiting.push({row: rows[i], level, position: i + 1, siblings: rows.length, parent});
            }
        };
        this.lines = [];
        push(this.rows.below(null), 1, -1);
        for (let line = waiting.pop(); line; line = waiting.pop()) {
            this.lines.push(line);
            if (this.isOpen(line.row)) {
                push(this.rows.below(line.row), line.level + 1, this.lines.length - 1);
            }
        }
        this.body.style.height = `${this.lines.length * ROW_HEIGHT}px`;
    }

    activeIndex() {
        return this.lines.findIndex((line) => line.row.key === this.active);
    }

    /** @param {boolean} [all] to print them */
    paint(all) {
        const first = all ? 0 : Math.max(0, Math.floor(this.list.scrollTop / ROW_HEIGHT) - 10);
        const count = all ? 2000 : Math.ceil(this.list.clientHeight / ROW_HEIGHT) + 20;
        const shown = this.lines.slice(first, first + count);
        this.body.replaceChildren(...shown.map((line, i) => this.paintLine(line, first + i)));
        const active = this.activeIndex();
        if (active >= first && active < first + shown.length) {
            this.list.setAttribute('aria-activedescendant', `${this.name}-${active}`);
        } else {
            this.list.removeAttribute('aria-activedescendant');
        }
    }

    /**
     * @param {Line} line
     * @param {number} index
     */
    paintLine({row, level, position, siblings}, index) {
        const item = make('div', `row ${row.kind}${row.application ? ' application' : ''}${row.match ? ' match' : ''}`);
        const isActive = row.key === this.active;
        item.id = `${this.name}-${index}`;
        item.style.top = `${index * ROW_HEIGHT}px`;
        item.style.paddingLeft = `${Math.min(level - 1, 60) * 14 + 4}px`;
        item.setAttribute('role', 'treeitem');
        item.setAttribute('aria-level', String(level));
        item.setAttribute('aria-posinset', String(position));
        item.setAttribute('aria-setsize', String(siblings));
        item.setAttribute('aria-selected', String(isActive));
        if (row.opens) {
            item.setAttribute('aria-expanded', String(this.isOpen(row)));
        }
        item.classList.toggle('active', isActive);
        item.append(make('span', 'twisty', row.opens ? this.isOpen(row) ? '▾' : '▸' : ''), ...drawRow(row));
        return item;
    }

    /**
     * Makes a row the active one and brings it into sight.
     * @param {number} index
     */
    activate(index) {
        const line = this.lines[index];
        if (!line) {
            return;
        }
        const top = index * ROW_HEIGHT;
        this.active = line.row.key;
        if (top < this.list.scrollTop) {
            this.list.scrollTop = top;
        } else if (top + ROW_HEIGHT > this.list.scrollTop + this.list.clientHeight) {
            this.list.scrollTop = top + ROW_HEIGHT - this.list.clientHeight;
        }
        this.paint();
    }

    /**
     * Folds or unfolds a row; with `deep`, everything below it too.
     * @param {Row} row
     * @param {boolean} open
     * @param {boolean} deep
     */
    setOpen(row, open, deep) {
        const rows = [row];
        for (let i = 0; i < rows.length && rows.length < MANY_ROWS; i++) {
            if (rows[i].opens) {
                this.open.set(rows[i].key, open);
                if (deep) {
                    rows.push(...this.rows.below(rows[i]).filter((one) => one.kind === 'call' || one.kind === 'thread'));
                }
            }
        }
        this.active = row.key;
        this.collect();
        this.activate(this.activeIndex());
    }

    /**
     * What a key does to the active line.
     * @param {string} key
     * @param {number} at
     * @returns {boolean} whether it did something
     */
    act(key, at) {
        const {row, parent} = this.lines[at];
        const open = this.isOpen(row);
        const page = Math.max(1, Math.floor(this.list.clientHeight / ROW_HEIGHT) - 1);
        /** @type {Record<string, () => void>} */
        const actions = {
            ArrowDown: () => this.activate(Math.min(at + 1, this.lines.length - 1)),
            ArrowUp: () => this.activate(Math.max(at - 1, 0)),
            PageDown: () => this.activate(Math.min(at + page, this.lines.length - 1)),
            PageUp: () => this.activate(Math.max(at - page, 0)),
            Home: () => this.activate(0),
            End: () => this.activate(this.lines.length - 1),
            ArrowRight: () => open ? this.activate(at + 1) : this.setOpen(row, true, false),
            ArrowLeft: () => open ? this.setOpen(row, false, false) : this.activate(parent),
            Enter: () => this.setOpen(row, !open, false),
            ' ': () => this.setOpen(row, !open, false),
            '*': () => this.setOpen(row, true, true),
        };
        actions[key]?.();
        return key in actions;
    }

    /** @param {KeyboardEvent} event */
    onKey(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || !this.lines.length) {
            return;
        }
        const at = this.activeIndex();
        if (at < 0 && ['ArrowDown', 'ArrowUp', 'ArrowRight'].includes(event.key)) {
            this.activate(0);
            event.preventDefault();
        } else if (this.act(event.key, Math.max(at, 0))) {
            event.preventDefault();
        }
    }

    /** @param {MouseEvent} event */
    onClick(event) {
        const item = event.target instanceof Element ? event.target.closest('[role=treeitem]') : null;
        if (!item || String(window.getSelection())) {
            return;
        }
        const index = Number(item.id.slice(this.name.length + 1));
        const {row} = this.lines[index];
        this.list.focus({preventScroll: true});
        this.activate(index);
        if (row.opens) {
            this.setOpen(row, !this.isOpen(row), event.altKey);
        }
    }

    /**
     * The next line with a match, of those that are not folded; unfolds nothing.
     * @param {number} step
     */
    goToMatch(step) {
        const count = this.lines.length;
        const at = this.activeIndex();
        for (let i = 1; i <= count; i++) {
            const index = ((at < 0 && step < 0 ? 0 : at) + step * i + count * 2) % count;
            if (this.lines[index].row.match) {
                this.activate(index);
                return;
            }
        }
    }
}

/** @param {Row} row */
function drawBar(row) {
    const bar = make('span', 'bar');
    for (const part of [row.time, row.self]) {
        const piece = document.createElement('i');
        piece.style.width = `${Math.min(100, share(part, row.whole))}%`;
        bar.append(piece);
    }
    return bar;
}

/** @param {Row} row */
function drawMeasure(row) {
    const measure = make('span', 'time', timeText(row.time, row.whole));
    const error = errorOf(row.time, row.samples, row.wholeSamples);
    const errorText = timeText(error, row.whole);
    const percent = `${share(row.time, row.whole).toFixed(2)} %`;
    measure.title = `${percent}, ${plural(Math.round(row.samples), 'sample')}, ±${errorText} by chance`;
    if (row.kind === 'call' && row.samples < SURE_SAMPLES && Number.parseFloat(errorText) > 0) {
        measure.append(make('span', 'error', ` ±${errorText}`));
    }
    return measure;
}

/** @param {Row} row */
function drawRow(row) {
    const parts = row.kind === 'group' ? [] : [drawBar(row), drawMeasure(row)];
    const name = make('span', 'name', row.name);
    name.title = row.name;
    parts.push(name);
    if (row.place) {
        const place = make('span', 'place', row.place);
        place.title = row.place;
        parts.push(place);
    }
    return parts;
}
