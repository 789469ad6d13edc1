
/*
 * The page of pyrender, second part: rows in the document, moving and folding, search, switches.
 *
 * All strings of the recording reach the document through textContent or title, never as markup.  A tree's rows exist in
 * the document only while they are unfolded.
 */

/** Rows that unfolding a whole subtree may make. */
const MANY_ROWS = 5000;

/** @type {WeakMap<Element, Row>} */
const rowOf = new WeakMap();

/* Rows in the document. */

/**
 * @param {Row} row
 */
function canOpen(row) {
    return row.kind === 'call' && rowsBelow(row.tree, row.node).length > 0;
}

/**
 * @param {Row} row
 */
function drawBar(row) {
    const {time} = row.tree.data.nodes;
    const bar = make('span', 'bar');
    const own = row.kind === 'call' ? selfTime(row.tree, row.node) : row.time;
    for (const part of [row.time, own]) {
        const piece = document.createElement('i');
        piece.style.width = `${time[0] ? 100 * part / time[0] : 0}%`;
        bar.append(piece);
    }
    return bar;
}

/**
 * @param {Row} row
 */
function drawMeasure(row) {
    const {samples, time} = row.tree.data.nodes;
    const measure = make('span', 'time', timeText(row.tree, row.time));
    const share = `${(time[0] ? 100 * row.time / time[0] : 0).toFixed(2)} %`;
    measure.title = share;
    if (row.kind === 'call') {
        const error = timeText(row.tree, errorOf(row.tree, row.node));
        measure.title = `${share}, ${plural(samples[row.node], 'sample')}, ±${error} by chance`;
        if (samples[row.node] < SURE_SAMPLES && Number.parseFloat(error) > 0) {
            measure.append(make('span', 'error', ` ±${error}`));
        }
    }
    return measure;
}

/**
 * @param {Row} row
 */
function drawLine(row) {
    const words = wordsOf(row);
    const line = make('div', isMatch(row) ? `${words.className} match` : words.className);
    const name = make('span', 'name', words.name);
    const opens = canOpen(row);
    line.append(make('span', 'twisty', opens ? (row.tree.open.has(row.node) ? '▾' : '▸') : ''));
    if (row.kind !== 'group') {
        line.append(drawBar(row), drawMeasure(row));
    }
    name.title = words.name;
    line.append(name);
    if (words.place) {
        const place = make('span', 'place', words.place);
        place.title = words.place;
        line.append(place);
    }
    return line;
}

/**
 * @param {Row} row
 * @param {number} level
 */
function drawRow(row, level) {
    const item = make('li', '');
    item.setAttribute('role', 'treeitem');
    item.setAttribute('aria-level', String(level));
    item.tabIndex = -1;
    rowOf.set(item, row);
    fillItem(item);
    return item;
}

/**
 * Draws a row's line and, if it is open, what is below it.
 * @param {HTMLElement} item
 */
function fillItem(item) {
    const row = /** @type {Row} */ (rowOf.get(item));
    const level = Number(item.getAttribute('aria-level'));
    item.replaceChildren(drawLine(row));
    if (!canOpen(row)) {
        item.removeAttribute('aria-expanded');
        return;
    }
    const open = row.tree.open.has(row.node);
    item.setAttribute('aria-expanded', String(open));
    if (open) {
        const list = make('ul', '');
        list.setAttribute('role', 'group');
        list.append(...rowsBelow(row.tree, row.node).map((below) => drawRow(below, level + 1)));
        item.append(list);
    }
}

/**
 * @param {Tree} tree
 */
function drawTree(tree) {
    tree.element.replaceChildren(...rowsBelow(tree, 0).map((row) => drawRow(row, 1)));
    const first = itemsOf(tree)[0];
    if (first) {
        first.tabIndex = 0;
    }
}

/**
 * @param {Tree} tree
 * @returns {HTMLElement[]}
 */
function itemsOf(tree) {
    return [...tree.element.querySelectorAll('li')];
}

/* Moving and folding. */

/**
 * Gives an item the focus, and the tree's place in the order of tabs.
 * @param {HTMLElement | null | undefined} item
 */
function focusItem(item) {
    if (!item) {
        return;
    }
    const row = rowOf.get(item);
    if (row) {
        row.tree.element.querySelectorAll('li[tabindex="0"]').forEach((one) => one.setAttribute('tabindex', '-1'));
    }
    item.tabIndex = 0;
    item.focus({preventScroll: true});
    item.firstElementChild?.scrollIntoView({block: 'nearest', inline: 'nearest'});
}

/**
 * @param {Tree} tree
 * @param {(row: Row) => boolean} wanted
 */
function findItem(tree, wanted) {
    return itemsOf(tree).find((item) => wanted(/** @type {Row} */ (rowOf.get(item))));
}

/**
 * Draws the rows around a row anew and keeps the focus on it, or on what took its place.
 * @param {Row} row
 */
function redrawAround(row) {
    const above = findItem(row.tree, (one) => one.kind === 'call' && one.node === row.node);
    if (above) {
        fillItem(above);
    } else {
        drawTree(row.tree);
    }
    focusItem(findItem(row.tree, (one) => one.kind === row.kind && one.node === row.node) || above);
}

/**
 * @param {Set<number>} set
 * @param {number} node
 * @param {boolean} on
 */
function put(set, node, on) {
    if (on) {
        set.add(node);
    } else {
        set.delete(node);
    }
}

/**
 * Folds or unfolds a row; with `deep`, everything below it too.
 * @param {Row} row
 * @param {boolean} open
 * @param {boolean} deep
 */
function setOpen(row, open, deep) {
    if (!canOpen(row)) {
        return;
    }
    const nodes = [row.node];
    put(row.tree.open, row.node, open);
    for (let i = 0; deep && i < nodes.length && nodes.length < MANY_ROWS; i++) {
        nodes.push(...callsBelow(row.tree, nodes[i]));
        put(row.tree.open, nodes[i], open);
    }
    redrawAround(row);
}

/**
 * What a click, Enter or the space bar does.
 * @param {Row} row
 * @param {boolean} deep
 */
function toggle(row, deep) {
    const {open, shownGroups, shownOthers} = row.tree;
    if (row.kind === 'group') {
        put(shownGroups, row.node, !shownGroups.has(row.node));
        redrawAround(row);
    } else if (row.kind === 'other') {
        put(shownOthers, row.node, !shownOthers.has(row.node));
        redrawAround(row);
    } else {
        setOpen(row, !open.has(row.node), deep);
    }
}

/**
 * @param {HTMLElement} item
 * @param {number} step
 */
function neighbour(item, step) {
    const row = /** @type {Row} */ (rowOf.get(item));
    const items = itemsOf(row.tree);
    return items[items.indexOf(item) + step];
}

/**
 * @param {HTMLElement} item
 */
function goRight(item) {
    const row = /** @type {Row} */ (rowOf.get(item));
    if (canOpen(row) && row.tree.open.has(row.node)) {
        focusItem(neighbour(item, 1));
    } else {
        setOpen(row, true, false);
    }
}

/**
 * @param {HTMLElement} item
 */
function goLeft(item) {
    const row = /** @type {Row} */ (rowOf.get(item));
    if (canOpen(row) && row.tree.open.has(row.node)) {
        setOpen(row, false, false);
    } else {
        focusItem(item.parentElement?.closest('li'));
    }
}

/**
 * What each key does on a row, as the ARIA authoring practices have it for trees.
 * @type {Record<string, (item: HTMLElement, row: Row) => void>}
 */
const keys = {
    'ArrowDown': (item) => focusItem(neighbour(item, 1)),
    'ArrowUp': (item) => focusItem(neighbour(item, -1)),
    'ArrowRight': goRight,
    'ArrowLeft': goLeft,
    'Home': (item, row) => focusItem(itemsOf(row.tree)[0]),
    'End': (item, row) => focusItem(itemsOf(row.tree).pop()),
    'Enter': (item, row) => toggle(row, false),
    ' ': (item, row) => toggle(row, false),
    '*': (item, row) => setOpen(row, true, true),
};

/**
 * @param {Event} event
 */
function itemOf(event) {
    return event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest('li')) : null;
}

/**
 * @param {KeyboardEvent} event
 */
function onKey(event) {
    const item = itemOf(event);
    const row = item && rowOf.get(item);
    const action = keys[event.key];
    if (item && row && action && !event.ctrlKey && !event.metaKey && !event.altKey) {
        action(item, row);
        event.preventDefault();
    }
}

/**
 * @param {MouseEvent} event
 */
function onClick(event) {
    const item = itemOf(event);
    const row = item && rowOf.get(item);
    if (item && row && !String(window.getSelection())) {
        focusItem(item);
        toggle(row, event.altKey);
    }
}

/* Search. */

/** All matches, tree by tree in the order of drawing, and where Enter is. */
const found = {places: /** @type {{tree: Tree, node: number}[]} */ ([]), at: -1};

function findAll() {
    found.places = [];
    found.at = -1;
    for (const tree of settings.search ? trees : []) {
        for (let node = 1; node < tree.children.length; node++) {
            if (matches(tree, node)) {
                found.places.push({tree, node});
            }
        }
    }
    drawTrees();
    showMatches();
}

function showMatches() {
    const at = found.at < 0 ? '' : `${found.at + 1} of `;
    element('matches').textContent = settings.search ? at + plural(found.places.length, 'call') : '';
}

/**
 * Unfolds whatever a node is under.
 * @param {Tree} tree
 * @param {number} node
 */
function reveal(tree, node) {
    const {parent, group, flags} = tree.data.nodes;
    for (let one = node; ; one = parent[one]) {
        if (flags[one] & HIDDEN) {
            tree.shownGroups.add(group[one]);
        }
        if (one === 0) {
            break;
        }
        tree.open.add(parent[one]);
        tree.shownOthers.add(parent[one]);
    }
    drawTree(tree);
}

/**
 * @param {number} step
 */
function goToMatch(step) {
    const count = found.places.length;
    if (!count) {
        return;
    }
    found.at = found.at < 0 && step < 0 ? count - 1 : (found.at + step + count) % count;
    const {tree, node} = found.places[found.at];
    reveal(tree, node);
    const item = findItem(tree, (row) => row.kind === 'call' && row.node === node);
    item?.firstElementChild?.scrollIntoView({block: 'center', inline: 'nearest'});
    if (item) {
        itemsOf(tree).forEach((one) => {
            one.tabIndex = one === item ? 0 : -1;
        });
    }
    showMatches();
}

/* The page. */

function drawTrees() {
    trees.forEach(drawTree);
}

function drawFacts() {
    element('program').textContent = report.program;
    document.title = `${report.program} – pyrender`;
    for (const fact of report.facts) {
        const className = fact.warning ? 'warning' : '';
        element('facts').append(make('dt', className, fact.label), make('dd', className, fact.value));
    }
}

function drawHeadings() {
    let process = '';
    for (const tree of trees) {
        const {data} = tree;
        if (data.process !== process) {
            process = data.process;
            element('trees').append(make('h2', '', process));
        }
        const heading = make('h3', '', `${data.thread} `);
        const seconds = (/** @type {number} */ time) => `${(time / 1e6).toFixed(report.decimals)} s`;
        const measure = `${seconds(data.nodes.time[0])}, CPU ${seconds(data.cpu)}, ${plural(data.nodes.samples[0], 'sample')}`;
        heading.append(make('span', 'measure', measure));
        tree.element.setAttribute('role', 'tree');
        tree.element.setAttribute('aria-label', `${data.process} ${data.thread}`);
        tree.element.addEventListener('keydown', onKey);
        tree.element.addEventListener('click', onClick);
        element('trees').append(heading, tree.element);
    }
    for (const note of report.notes) {
        element('trees').append(make('p', 'note', note));
    }
}

/**
 * @param {string} id
 */
function select(id) {
    return /** @type {HTMLSelectElement} */ (element(id));
}

/**
 * @param {string} id
 */
function input(id) {
    return /** @type {HTMLInputElement} */ (element(id));
}

function chooseThreshold() {
    const choice = select('threshold');
    const known = [...choice.options].some((option) => Number(option.value) === settings.threshold);
    if (!known) {
        choice.append(new Option(`${settings.threshold} %`, String(settings.threshold)));
    }
    choice.value = String(settings.threshold);
}

function listen() {
    input('fold').checked = settings.fold;
    input('fold').addEventListener('change', () => {
        settings.fold = input('fold').checked;
        trees.forEach((tree) => tree.shownGroups.clear());
        drawTrees();
    });
    select('unit').value = settings.percent ? 'percent' : 'seconds';
    select('unit').addEventListener('change', () => {
        settings.percent = select('unit').value === 'percent';
        drawTrees();
    });
    chooseThreshold();
    select('threshold').addEventListener('change', () => {
        settings.threshold = Number(select('threshold').value);
        trees.forEach((tree) => tree.shownOthers.clear());
        drawTrees();
    });
    select('theme').addEventListener('change', () => {
        document.documentElement.dataset.theme = select('theme').value;
    });
    input('search').addEventListener('input', () => {
        settings.search = input('search').value.trim().toLowerCase();
        findAll();
    });
    element('controls').addEventListener('submit', (event) => event.preventDefault());
    input('search').addEventListener('keydown', (event) => {
        if (event.key === 'Enter') {
            goToMatch(event.shiftKey ? -1 : 1);
            event.preventDefault();
        }
    });
    document.addEventListener('keydown', (event) => {
        if (event.key === '/' && !(event.target instanceof HTMLInputElement)) {
            input('search').focus();
            event.preventDefault();
        }
    });
}

drawFacts();
drawHeadings();
listen();
drawTrees();
