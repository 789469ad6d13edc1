
'use strict';

/**
 * The page of pyrender: what its parts hand to each other.  All files of this folder are one script, put together in the
 * order of README.md; each has one concern, and what it leaves to the others are the functions and types it declares.
 *
 * Times are microseconds, as numbers.  Indices are into the columns of the profile; -1 is none.
 *
 * @typedef {{label: string, value: string, warning: boolean}} Fact
 * @typedef {{pid: number, threads: number, command: string, first: number}} Process
 * @typedef {{tid: number, name: string, process: number, time: number}} Thread
 * @typedef {{name: string, file: number, line: number, flags: number}} Func
 * @typedef {{path: string, full: string, text: string | null}} SourceFile
 *
 * Calls by line, callers first; node 0 is outside of all Python code.
 * @typedef {{count: number, parent: Int32Array, fn: Int32Array, line: Int32Array, folded: Int32Array}} Nodes
 *
 * What threads did: entries of thread t are those from first[t] up to first[t + 1].  Cells say how much, runs say when.
 * @typedef {{first: Int32Array, node: Int32Array, state: Uint8Array, samples: Float64Array, time: Float64Array,
 *            cpu: Float64Array, begin: Float64Array}} Entries
 *
 * @typedef {{program: string, facts: Fact[], decimals: number, threshold: number, percent: boolean, all: boolean,
 *            combine: boolean, rooted: boolean, width: number, removed: boolean, foldedCalls: number, foldedShare: number,
 *            begin: number, end: number, samples: number, processes: Process[], threads: Thread[],
 *            functions: Func[], files: SourceFile[], nodes: Nodes, cells: Entries, runs: Entries}} Profile
 *
 * Calls by function, made of the nodes; call 0 is the root.
 * @typedef {{count: number, parent: Int32Array, fn: Int32Array, ofNode: Int32Array, folded: number[]}} Calls
 *
 * The calls of what is selected.  `kind`: CALL, ROOT, PROCESS, THREAD or NO_FRAME; `call` is the call, process or thread.
 * `other` is time in calls that are folded away in the data itself.
 * @typedef {{count: number, kind: Uint8Array, call: Int32Array, parent: Int32Array, top: Int32Array, self: Float64Array,
 *            other: Float64Array, selfSamples: Float64Array, total: Float64Array, samples: Float64Array, size: Int32Array,
 *            child: Int32Array, next: Int32Array}} Tree
 *
 * A row of a tree view.
 * @typedef {{key: string, kind: string, name: string, place: string, time: number, self: number, samples: number,
 *            whole: number, wholeSamples: number, application: boolean, match: boolean, opens: boolean, node: number,
 *            calls: number, items?: number[]}} Row
 *
 * What a view of rows shows: `below(null)` are the outermost.
 * @typedef {{below: (row: Row | null) => Row[], opened: (row: Row) => boolean}} Rows
 *
 * A rectangle of the flame graph, in pixels across and levels down.
 * @typedef {{node: number, x: number, width: number, level: number}} Box
 *
 * @typedef {{name: string, draw: () => void, key?: (event: KeyboardEvent) => boolean}} View
 */

/** Kinds of tree nodes. */
const CALL = 0;
const ROOT = 1;
const PROCESS = 2;
const THREAD = 3;
const NO_FRAME = 4;

/** A function's flags: whose code it is, whether it may be folded, whether it gives way to what it calls. */
const ORIGIN_MASK = 3;
const ORIGIN_APPLICATION = 0;
const ORIGIN_CALLER = 2;
const FOLDING_SHIFT = 2;
const FOLD_ALWAYS = 1;
const FOLD_NEVER = 2;
const GIVES_WAY = 16;
const STARTS_PROGRAMS = 32;

/** An entry's state. */
const ON_CPU = 1;
const HOLDS_GIL = 2;
const WAITS_GIL = 4;
const IN_GC = 8;
const OTHER = 16;

/** A row of fewer samples says how far chance may have moved it. */
const SURE_SAMPLES = 100;

/** @param {string} id */
function element(id) {
    const found = document.getElementById(id);
    if (!found) {
        throw new Error(`no element '${id}'`);
    }
    return found;
}

/** @param {string} id */
function input(id) {
    return /** @type {HTMLInputElement} */ (element(id));
}

/** @param {string} id */
function choice(id) {
    return /** @type {HTMLSelectElement} */ (element(id));
}

/**
 * Foreign text only ever comes into the document as text: here.
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
function make(tag, className, text) {
    const made = document.createElement(tag);
    if (className) {
        made.className = className;
    }
    if (text !== undefined) {
        made.textContent = text;
    }
    return made;
}

/**
 * @param {string} text
 * @param {() => void} action
 */
function makeButton(text, action) {
    const button = /** @type {HTMLButtonElement} */ (make('button', '', text));
    button.type = 'button';
    button.addEventListener('click', action);
    return button;
}

/**
 * @param {number} count
 * @param {string} word
 */
function plural(count, word) {
    return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}
