
/* Functions and calls as rows: both sides, the change, the spread; what did not change is one row that unfolds. */

/**
 * @typedef {{key: string, level: number, text: string, func: Func | null, measure: Measure, known: boolean,
 *            call: number, fold: 'call' | 'unchanged' | '', open: boolean}} Row
 */

/** @param {string} what */
function headRow(what) {
    const head = make('thead', '');
    const row = make('tr', '');
    for (const title of ['old', 'new', 'change', '%', '±', what]) {
        const cell = make('th', '', title);
        cell.setAttribute('scope', 'col');
        row.append(cell);
    }
    head.append(row);
    return head;
}

/** @param {Row} row */
function rowClass(row) {
    const sure = row.known && isSure(row.measure);
    const kind = !sure ? 'noise' : changeOf(row.measure) > 0 ? 'sure slower' : 'sure faster';
    return row.func && matches(row.func) ? `${kind} found` : kind;
}

/** @param {Row} row */
function nameCell(row) {
    const cell = make('td', '');
    cell.style.paddingLeft = `${(row.level - 1) * 1.2}em`;
    cell.append(make('span', 'fold', row.fold ? row.open ? '▾' : '▸' : ''));
    cell.append(make('span', row.func ? 'name' : 'folded', row.text));
    if (row.func && row.text === row.func.name) {
        cell.append(make('span', 'place', `  ${placeOf(row.func)}`));
    }
    return cell;
}

/** @param {Row} row */
function makeRow(row) {
    const made = make('tr', rowClass(row));
    const {measure} = row;
    made.append(make('td', '', timeText(measure.old)), make('td', '', timeText(measure.new)),
        make('td', 'change', withSign(timeText(changeOf(measure)))),
        make('td', 'change', row.known || (measure.old && measure.new) ? percentText(measure) : ''),
        make('td', '', row.known ? timeText(measure.spread) : ''), nameCell(row));
    return made;
}

/**
 * The sums of what is folded; a spread is not known of them.
 * @param {Measure[]} measures
 * @returns {Measure}
 */
function sumOf(measures) {
    return measures.reduce((sum, one) => ({old: sum.old + one.old, new: sum.new + one.new, spread: 0}),
        {old: 0, new: 0, spread: 0});
}

/** @param {number} count */
function unchangedText(count) {
    return `unchanged (${count} row${count === 1 ? '' : 's'})`;
}

function drawFunctions() {
    const own = functions.filter((func, i) => i > 0 && (func.self.old > 0 || func.self.new > 0));
    own.sort((a, b) => Math.abs(changeOf(b.self)) - Math.abs(changeOf(a.self)) || b.self.new - a.self.new);
    const changed = own.filter((func) => hasChanged(func.self));
    const rest = own.filter((func) => !hasChanged(func.self));
    const body = make('tbody', '');
    const put = (/** @type {Func} */ func) => body.append(makeRow({key: '', level: 1, text: func.name, func,
        measure: func.self, known: true, call: -1, fold: '', open: false}));
    body.append(makeRow({key: '', level: 1, text: 'total', func: null, measure: calls[ROOT].total, known: true, call: -1,
        fold: '', open: false}));
    changed.forEach(put);
    if (rest.length) {
        const row = makeRow({key: '', level: 1, text: '', func: null, measure: sumOf(rest.map(({self}) => self)),
            known: false, call: -1, fold: '', open: false});
        const button = make('button', '', unchangedText(rest.length));
        button.setAttribute('aria-expanded', String(state.allFunctions));
        button.addEventListener('click', () => {
            state.allFunctions = !state.allFunctions;
            drawFunctions();
            element('functions').querySelector('button')?.focus();
        });
        row.lastElementChild?.append(button);
        body.append(row);
        if (state.allFunctions) {
            rest.forEach(put);
        }
    }
    element('functions').replaceChildren(headRow('function'), body);
}

/** How many calls there are from this one down. @param {number} call */
function countCalls(call) {
    let count = 0;
    const left = [call];
    while (left.length) {
        const at = /** @type {number} */ (left.pop());
        count++;
        left.push(...calls[at].children);
    }
    return count;
}

/**
 * What of a call is in no row below it: too small for this page.
 * @param {Call} call
 */
function otherOf(call) {
    const below = sumOf([call.self, ...call.children.map((child) => calls[child].total)]);
    return {old: Math.max(0, call.total.old - below.old), new: Math.max(0, call.total.new - below.new), spread: 0};
}

/** The rows below a call. @param {Call} call @param {number} level @returns {Row[]} */
function rowsBelow(call, level) {
    const blank = {level, func: null, known: false, call: call.index, open: false, fold: /** @type {''} */ ('')};
    const shown = call.children.filter((child) => calls[child].drawn);
    const rest = call.children.filter((child) => !calls[child].drawn);
    const self = call.index !== ROOT && call.children.length > 0 && (call.self.old > 0 || call.self.new > 0);
    /** @type {Row[]} */
    const rows = shown.map((child) => callRow(calls[child], level));
    const whole = state.whole.has(call.index);
    if (self && (whole || hasChanged(call.self))) {
        rows.push({...blank, key: `self${call.index}`, text: '[self]', measure: call.self, known: true});
    }
    if (rest.length) {
        const count = rest.reduce((sum, child) => sum + countCalls(child), 0);
        rows.push({...blank, key: `rest${call.index}`, text: unchangedText(count), fold: 'unchanged', open: whole,
            measure: sumOf(rest.map((child) => calls[child].total))});
        if (whole) {
            rows.push(...rest.map((child) => callRow(calls[child], level)));
        }
    }
    const other = otherOf(call);
    if (data.folded && (other.old > 1000 || other.new > 1000)) {
        rows.push({...blank, key: `other${call.index}`, text: 'other (too small for this page)', measure: other});
    }
    return rows;
}

/** @param {Call} call @param {number} level @returns {Row} */
function callRow(call, level) {
    return {key: `call${call.index}`, level, text: call.func.name, func: call.func, measure: call.total, known: true,
        call: call.index, fold: call.children.length ? 'call' : '', open: state.open.has(call.index)};
}

/** All rows in sight, in order. */
function callRows() {
    const rows = [];
    const left = rowsBelow(calls[ROOT], 1).reverse();
    while (left.length) {
        const row = /** @type {Row} */ (left.pop());
        rows.push(row);
        if (row.fold === 'call' && row.open) {
            left.push(...rowsBelow(calls[row.call], row.level + 1).reverse());
        }
    }
    return rows;
}

const table = {
    /** @type {Row[]} */
    rows: [],
    focus: '',
};

/** @param {Row} row @param {boolean} open */
function unfold(row, open) {
    const set = row.fold === 'call' ? state.open : state.whole;
    if (open) {
        set.add(row.call);
    } else {
        set.delete(row.call);
    }
    table.focus = row.key;
    drawCalls();
    focusRow();
}

function focusRow() {
    const index = Math.max(0, table.rows.findIndex((row) => row.key === table.focus));
    const body = element('calls').querySelector('tbody');
    const row = body && /** @type {HTMLElement | null} */ (body.children[index]);
    row?.focus();
}

/** @param {KeyboardEvent} event */
function onCallKey(event) {
    const index = table.rows.findIndex((row) => row.key === table.focus);
    const row = table.rows[index];
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    if (step && table.rows[index + step]) {
        table.focus = table.rows[index + step].key;
        focusRow();
    } else if (event.key === 'ArrowRight' && row.fold && !row.open) {
        unfold(row, true);
    } else if (event.key === 'ArrowLeft' && row.fold && row.open) {
        unfold(row, false);
    } else if ((event.key === 'Enter' || event.key === ' ') && row.fold) {
        unfold(row, !row.open);
    } else if (!step) {
        return;
    }
    event.preventDefault();
}

function drawCalls() {
    const body = make('tbody', '');
    table.rows = callRows();
    const focus = Math.max(0, table.rows.findIndex((row) => row.key === table.focus));
    for (const [i, row] of table.rows.entries()) {
        const made = makeRow(row);
        made.tabIndex = i === focus ? 0 : -1;
        made.setAttribute('aria-level', String(row.level));
        if (row.fold) {
            made.setAttribute('aria-expanded', String(row.open));
            made.querySelector('.fold')?.addEventListener('click', () => unfold(row, !row.open));
            if (row.fold === 'unchanged') {
                made.querySelector('.folded')?.addEventListener('click', () => unfold(row, !row.open));
            }
        }
        made.addEventListener('focus', () => {
            table.focus = row.key;
        });
        body.append(made);
    }
    element('calls').replaceChildren(headRow('call'), body);
}

/** Unfolds what changed, the most first, as far as a reader may want to look at once. */
function openChanged() {
    const MOST = 200;
    let shown = 0;
    const left = [ROOT];
    while (left.length && shown < MOST) {
        const call = calls[/** @type {number} */ (left.shift())];
        state.open.add(call.index);
        const below = call.children.filter((child) => calls[child].drawn);
        shown += below.length + 1;
        left.push(...below);
    }
}
