
/* Keys that work everywhere; the views have their own.  `?` lists all of them. */

/** @type {[string, string][]} what the sheet says */
const keySheet = [
    ['?', 'this sheet'], ['1 … 6', 'call tree, inverted tree, flame graph, timeline, table, source'],
    ['/', 'search; Enter and Shift-Enter go to the next and the previous match'], ['m', 'show only stacks with a match'],
    ['f', 'fold library code, or do not'], ['p', 'seconds or percent'], ['t', 'theme: system, light, dark'],
    ['s', 'choose threads'], ['e', 'export'], ['r', 'select everything again'],
    ['↑ ↓ → ←', 'tree: move, unfold, fold · flame graph: move · timeline: lane and cursor'],
    ['*, Alt-click', 'tree: fold or unfold everything below'], ['Enter, Escape', 'flame graph: zoom in and out'],
    ['i', 'flame graph: icicle or flame'], ['+ −', 'timeline: zoom at the cursor'],
    ['Shift-← →', 'timeline: select a time range'], ['Enter, Home', 'timeline: look at the range, at everything'],
    ['Escape', 'timeline: select all time'], ['n, N', 'source: the next or previous line with time'],
];

const viewNames = ['tree', 'inverted', 'flame', 'timeline', 'table', 'source'];

function sheet() {
    return /** @type {HTMLDialogElement} */ (element('keys'));
}

/** @param {string} id */
function openDetails(id) {
    const details = /** @type {HTMLDetailsElement} */ (element(id));
    details.open = !details.open;
    details.querySelector('summary')?.focus();
}

/** @type {Record<string, () => void>} */
const globalKeys = {
    '?': () => sheet().open ? sheet().close() : sheet().showModal(),
    '/': () => {
        input('search').focus();
        input('search').select();
    },
    'm': () => choose({only: !state.only}),
    'f': () => choose({fold: !state.fold}),
    'p': () => choose({percent: !state.percent}),
    't': () => choose({theme: {'': 'light', light: 'dark'}[state.theme] ?? ''}),
    'i': () => choose({flame: state.flame === 'flame' ? 'icicle' : 'flame'}),
    's': () => openDetails('threads'),
    'e': () => openDetails('exports'),
    'r': () => choose({threads: null, time: null, measure: 'wall', search: '', only: false, zoom: ''}),
};

/** @param {KeyboardEvent} event */
function onGlobalKey(event) {
    const {target} = event;
    const types = target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== 'checkbox');
    if (types || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    const view = viewNames[Number(event.key) - 1];
    if (view) {
        choose({view});
        focusView();
    } else if (globalKeys[event.key]) {
        globalKeys[event.key]();
    } else {
        return;
    }
    event.preventDefault();
}

function startKeys() {
    for (const [key, meaning] of keySheet) {
        const name = make('dt', '');
        name.append(make('kbd', '', key));
        element('key-list').append(name, make('dd', '', meaning));
    }
    element('help').addEventListener('click', () => sheet().showModal());
    element('keys-close').addEventListener('click', () => sheet().close());
    document.addEventListener('keydown', onGlobalKey);
}
