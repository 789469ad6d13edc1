'use strict';

/**
 * The page of a difference: what changed between runs of a baseline and new ones.  The files of this folder are one
 * script, put together in the order data, flame, tables, page.  Times are microseconds, means of a run.
 *
 * @typedef {{old: number, new: number, spread: number}} Measure
 * @typedef {{name: string, path: string, line: number, application: boolean, self: Measure}} Func
 * @typedef {{index: number, parent: number, func: Func, total: Measure, self: Measure, children: number[],
 *            drawn: boolean}} Call
 * @typedef {{label: string, value: string, warning: boolean}} Fact
 */

const ROOT = 0;

/** Steps of change, as shares of the old time, and their colours: of ColorBrewer's schemes, safe for the colour-blind. */
const STEPS = [0.05, 0.15, 0.3, 0.6];
const SLOWER = ['#fee0b6', '#fdb863', '#e08214', '#b35806', '#7f3b08'];
const FASTER = ['#d1e5f0', '#92c5de', '#4393c3', '#2166ac', '#053061'];
/** From this step on, text is white. */
const DARK = 3;

const state = {
    search: '',
    percent: false,
    threshold: 1,
    zoom: ROOT,
    /** @type {'both' | 'old' | 'new'} */
    basis: 'both',
    /** Calls whose rows are unfolded, calls whose unchanged ones are, and whether all functions are shown. */
    open: new Set([ROOT]),
    whole: new Set(),
    allFunctions: false,
};

/** @param {string} id */
function element(id) {
    const found = document.getElementById(id);
    if (!found) {
        throw new Error(`no element '${id}'`);
    }
    return found;
}

/** @param {string} id */
function control(id) {
    return /** @type {HTMLInputElement} */ (element(id));
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

const data = JSON.parse(element('data').textContent || '');

/**
 * @param {any[]} numbers
 * @param {number} at
 * @returns {Measure}
 */
function measureAt(numbers, at) {
    return {old: numbers[at], new: numbers[at + 1], spread: numbers[at + 2]};
}

/**
 * @param {any[]} one
 * @returns {Func}
 */
function readFunction(one) {
    return {name: one[0], path: one[1], line: one[2], application: one[3] === 1, self: measureAt(one, 4)};
}

/** @type {Func[]} with self time, by its change */
const functions = data.functions.map(readFunction);
/** @type {Func[]} */
const callees = data.callees.map(readFunction);

/** @type {Call[]} callers first; 0 is the whole */
const calls = data.nodes.map((/** @type {any[]} */ one, /** @type {number} */ index) => ({
    index, parent: one[0], func: callees[one[1]], total: measureAt(one, 2), self: measureAt(one, 5), children: [],
    drawn: false,
}));
for (const call of calls.slice(1)) {
    calls[call.parent].children.push(call.index);
}

/** @param {Measure} measure */
function changeOf(measure) {
    return measure.new - measure.old;
}

/** Beyond what chance may do. @param {Measure} measure */
function isSure(measure) {
    return Math.abs(changeOf(measure)) > measure.spread;
}

/** @param {Measure} measure */
function hasChanged(measure) {
    const {total} = calls[ROOT];
    return isSure(measure) && Math.abs(changeOf(measure)) * 100 >= state.threshold * Math.max(total.old, total.new);
}

/** Which calls are worth a row: those that changed, and those that lead to them. */
function markCalls() {
    for (const call of calls) {
        call.drawn = hasChanged(call.total) || (call.children.length > 0 && hasChanged(call.self));
    }
    for (let i = calls.length - 1; i > 0; i--) {
        calls[calls[i].parent].drawn = calls[calls[i].parent].drawn || calls[i].drawn;
    }
}

/** @param {Func} func */
function matches(func) {
    return state.search !== '' && `${func.name}\n${func.path}:${func.line}`.toLowerCase().includes(state.search);
}

/** @param {number} time */
function timeText(time) {
    if (!state.percent) {
        return (time / 1e6).toFixed(data.decimals);
    }
    const {total} = calls[ROOT];
    const whole = total.old || total.new;
    return `${(whole ? 100 * time / whole : 0).toFixed(1)} %`;
}

/** What shows as 0 has no sign. @param {string} text */
function withSign(text) {
    if (!/[1-9]/.test(text)) {
        return text.replace('-', '');
    }
    return text.startsWith('-') ? `−${text.slice(1)}` : `+${text}`;
}

/** @param {Measure} measure */
function percentText(measure) {
    if (!measure.old || !measure.new) {
        return measure.old ? 'gone' : measure.new ? 'new' : '';
    }
    return `${withSign((100 * changeOf(measure) / measure.old).toFixed(1))} %`;
}

/** @param {Func} func */
function placeOf(func) {
    return func.path ? `${func.path}:${func.line}` : '';
}

/** Both sides of a measure in words. @param {Measure} measure */
function describe(measure) {
    const unit = state.percent ? '' : ' s';
    const percent = percentText(measure);
    return `old ${timeText(measure.old)}${unit}, new ${timeText(measure.new)}${unit}, ` +
        `change ${withSign(timeText(changeOf(measure)))}${unit}${percent ? ` (${percent})` : ''}, ` +
        `spread ±${timeText(measure.spread)}${unit}${isSure(measure) ? '' : ', may be chance'}`;
}
