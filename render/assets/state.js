
/*
 * What the reader chose: one selection rules all views.  It is in the URL's fragment, so that a link shows what its sender
 * saw; what is as it was at first is left out there.
 */

/** @type {Profile} */
let profile;

const state = {
    view: 'tree',
    /** @type {Set<number> | null} null: all */
    threads: null,
    /** @type {[number, number] | null} null: all of it */
    time: null,
    measure: 'wall',
    search: '',
    only: false,
    fold: true,
    hide: '',
    show: '',
    percent: false,
    threshold: 1,
    byThread: true,
    theme: '',
    flame: 'icicle',
    zoom: '',
    sort: '-self',
    file: '',
};

/** What each choice is at first. */
let initial = {...state};

/** The measures: their names, and what of an entry counts. */
const measures = {
    wall: 'wall time',
    cpu: 'CPU time',
    gil: 'holds the GIL',
    wait: 'waits for the GIL',
    gc: 'collects garbage',
};

/** Called with every change, after the state has it. */
const listener = {changed: () => {}};

/**
 * @param {Partial<typeof state>} choices
 */
function choose(choices) {
    Object.assign(state, choices);
    history.replaceState(null, '', writeFragment() || location.pathname + location.search);
    listener.changed();
}

/**
 * Indices as ranges, `0-3,7`.
 * @param {Iterable<number>} indices
 */
function writeRanges(indices) {
    /** @type {[number, number][]} */
    const ranges = [];
    for (const index of [...indices].sort((a, b) => a - b)) {
        const last = ranges[ranges.length - 1];
        if (last && last[1] === index - 1) {
            last[1] = index;
        } else {
            ranges.push([index, index]);
        }
    }
    return ranges.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join();
}

/**
 * @param {string} text
 * @param {number} count
 */
function readRanges(text, count) {
    /** @type {Set<number>} */
    const indices = new Set();
    for (const range of text.split(',')) {
        const [first, last = first] = range.split('-').map(Number);
        for (let i = Math.max(0, first); i <= last && i < count; i++) {
            indices.add(i);
        }
    }
    return indices;
}

/**
 * How each choice is written; a reader that refuses a text gives undefined.
 * @type {Record<string, {write: () => string, read: (text: string) => any}>}
 */
const codecs = {
    threads: {
        write: () => state.threads ? writeRanges(state.threads) : '',
        read: (text) => readRanges(text, profile.threads.length),
    },
    time: {
        write: () => state.time ? state.time.map((time) => (time / 1e6).toFixed(6)).join('~') : '',
        read: (text) => {
            const [from, to] = text.split('~').map((time) => Number(time) * 1e6);
            return from < to ? [from, to] : undefined;
        },
    },
    threshold: {
        write: () => String(state.threshold),
        read: (text) => Number(text) >= 0 && Number(text) <= 100 ? Number(text) : undefined,
    },
};

/** @type {Record<string, string[]>} the only values that some choices may have */
const allowed = {
    view: ['tree', 'inverted', 'flame', 'timeline', 'table', 'source'],
    measure: Object.keys(measures),
    theme: ['', 'light', 'dark'],
    flame: ['icicle', 'flame'],
};

function writeFragment() {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(state)) {
        if (value !== /** @type {any} */ (initial)[name]) {
            parameters.set(name, codecs[name] ? codecs[name].write() : typeof value === 'boolean' ? String(Number(value)) : String(value));
        }
    }
    const text = parameters.toString();
    return text && `#${text}`;
}

/**
 * One choice as the fragment has it; undefined if it is not there or makes no sense.
 * @param {string} name
 * @param {URLSearchParams} parameters
 */
function readChoice(name, parameters) {
    const text = parameters.get(name);
    if (text === null || (allowed[name] && !allowed[name].includes(text))) {
        return undefined;
    }
    if (codecs[name]) {
        return codecs[name].read(text);
    }
    return typeof (/** @type {any} */ (initial)[name]) === 'boolean' ? text === '1' : text;
}

function readFragment() {
    const parameters = new URLSearchParams(location.hash.slice(1));
    Object.assign(state, initial);
    for (const name of Object.keys(state)) {
        const value = readChoice(name, parameters);
        if (value !== undefined) {
            /** @type {any} */ (state)[name] = value;
        }
    }
}

/** The profile is there: what it was rendered with is what is chosen at first. */
function startState() {
    initial = {...state, fold: !profile.all, percent: profile.percent, threshold: profile.threshold, byThread: !profile.combine};
    readFragment();
    addEventListener('hashchange', () => {
        readFragment();
        listener.changed();
    });
}

/** @param {number} thread */
function isSelected(thread) {
    return !state.threads || state.threads.has(thread);
}
