
/* The flat table: every function with the time it spent itself and with what it called, sorted as the reader likes. */

/** Rows that are shown at first. */
const TABLE_ROWS = 300;

/**
 * @typedef {{fn: number, self: number, total: number, samples: number}} Flat
 */

/** Columns: what a row is sorted by, and the order at first. */
const tableColumns = {
    self: {title: 'Self', order: '-', value: (/** @type {Flat} */ row) => row.self},
    selfShare: {title: 'Self %', order: '-', value: (/** @type {Flat} */ row) => row.self},
    total: {title: 'Total', order: '-', value: (/** @type {Flat} */ row) => row.total},
    totalShare: {title: 'Total %', order: '-', value: (/** @type {Flat} */ row) => row.total},
    samples: {title: 'Samples', order: '-', value: (/** @type {Flat} */ row) => row.samples},
    name: {title: 'Function', order: '', value: (/** @type {Flat} */ row) => nameOf(row.fn)},
    place: {title: 'Place', order: '', value: (/** @type {Flat} */ row) => placeOf(row.fn)},
};

const table = {rows: TABLE_ROWS};

/** Functions with what they spent; a recursive call counts once in the total. */
function flatRows() {
    const {self, total, samples} = selectedNodes();
    const {fn} = profile.nodes;
    const repeated = repeatedNodes('functions', fn);
    const rows = profile.functions.map((_, i) => ({fn: i, self: 0, total: 0, samples: 0}));
    for (let node = 1; node < fn.length; node++) {
        rows[fn[node]].self += self[node];
        if (!repeated[node]) {
            rows[fn[node]].total += total[node];
            rows[fn[node]].samples += samples[node];
        }
    }
    return {rows: rows.filter((row) => row.samples > 0 || row.total > 0), whole: total[0]};
}

/** @type {Map<string, Uint8Array>} */
const repeatedCache = new Map();

/**
 * Nodes below one with the same name.
 * @param {string} what
 * @param {ArrayLike<number>} names
 */
function repeatedNodes(what, names) {
    const known = repeatedCache.get(what) || findRepeated(profile.nodes.parent, names);
    repeatedCache.set(what, known);
    return known;
}

/** @param {Flat[]} rows */
function sortFlat(rows) {
    const down = state.sort.startsWith('-');
    const column = /** @type {any} */ (tableColumns)[state.sort.replace(/^-/, '')] || tableColumns.self;
    const compare = (/** @type {Flat} */ a, /** @type {Flat} */ b) => {
        const x = column.value(a);
        const y = column.value(b);
        return typeof x === 'string' ? x.localeCompare(y) : x - y;
    };
    return rows.sort((a, b) => (down ? -compare(a, b) : compare(a, b)) || b.self - a.self || b.total - a.total);
}

/** @param {string} name */
function sortBy(name) {
    const {order} = /** @type {any} */ (tableColumns)[name];
    const sort = order + name;
    choose({sort: state.sort === sort ? (order ? name : `-${name}`) : sort});
}

function drawTableHead() {
    const head = make('tr', '');
    for (const [name, {title}] of Object.entries(tableColumns)) {
        const cell = make('th', '');
        const chosen = state.sort.replace(/^-/, '') === name;
        cell.setAttribute('scope', 'col');
        cell.setAttribute('aria-sort', !chosen ? 'none' : state.sort.startsWith('-') ? 'descending' : 'ascending');
        const button = makeButton(`${title}${chosen ? state.sort.startsWith('-') ? ' ▾' : ' ▴' : ''}`, () => {
            sortBy(name);
            document.getElementById(`sort-${name}`)?.focus();
        });
        button.id = `sort-${name}`;
        cell.append(button);
        head.append(cell);
    }
    return head;
}

/**
 * @param {Flat} row
 * @param {number} whole
 */
function drawFlatRow(row, whole) {
    const {flags} = profile.functions[row.fn];
    const application = (flags & ORIGIN_MASK) === ORIGIN_APPLICATION;
    const line = make('tr', application ? 'application' : '');
    const number = (/** @type {string} */ text) => make('td', 'number', text);
    const name = make('td', 'name');
    const find = makeButton(nameOf(row.fn), () => choose({search: profile.functions[row.fn].name}));
    find.title = `search for ${nameOf(row.fn)}`;
    name.append(find);
    line.append(number(seconds(row.self)), number(`${share(row.self, whole).toFixed(1)} %`), number(seconds(row.total)),
        number(`${share(row.total, whole).toFixed(1)} %`), number(String(Math.round(row.samples))), name,
        make('td', 'place', placeOf(row.fn)));
    return line;
}

function drawTable() {
    const {rows, whole} = flatRows();
    const wanted = found.text ? rows.filter((row) => matchesFunction(row.fn)) : rows;
    const sorted = sortFlat(wanted);
    element('table-head').replaceChildren(drawTableHead());
    element('table-body').replaceChildren(...sorted.slice(0, table.rows).map((row) => drawFlatRow(row, whole)));
    element('table-more').hidden = sorted.length <= table.rows;
    element('table-more').textContent = `show ${plural(sorted.length - table.rows, 'more function')}`;
}

/** @param {number} fn */
function matchesFunction(fn) {
    const {nodes} = profile;
    if (!searchHits.has(found.text)) {
        searchHits.clear();
        const hits = new Uint8Array(profile.functions.length);
        for (let node = 1; node < nodes.count; node++) {
            hits[nodes.fn[node]] |= found.node[node];
        }
        searchHits.set(found.text, hits);
    }
    return searchHits.get(found.text)?.[fn] === 1;
}

/** @type {Map<string, Uint8Array>} functions that match the search */
const searchHits = new Map();

function startTable() {
    element('table-more').addEventListener('click', () => {
        table.rows *= 10;
        drawTable();
    });
}
