
'use strict';

/**
 * The page of pyrender, first part: the data, and which rows a tree has.  page.js, the second part of the same script,
 * puts them into the document.
 *
 * @typedef {{label: string, value: string, warning: boolean}} Fact
 *
 * Columns of a tree's nodes, in the order of drawing: a parent comes before its children, siblings by time.  Node 0 is
 * the root.  Times are microseconds.
 * @typedef {{parent: number[], function: number[], time: number[], samples: number[], flags: number[],
 *            group: number[], folded: number[], foldedTime: number[]}} Nodes
 * @typedef {{process: string, thread: string, cpu: number, nodes: Nodes}} TreeData
 * @typedef {{program: string, facts: Fact[], decimals: number, threshold: number, percent: boolean, foldLibraries: boolean,
 *            functions: {name: string[], path: string[], line: number[]}, trees: TreeData[], notes: string[]}} Profile
 *
 * @typedef {{data: TreeData, children: number[][], hiddenIn: Map<number, number[]>, element: HTMLElement,
 *            open: Set<number>, shownGroups: Set<number>, shownOthers: Set<number>}} Tree
 *
 * A row: a call, or what is said below one: its own time, the hidden calls of its group, small calls taken together.
 * @typedef {{kind: 'call' | 'self' | 'group' | 'other', node: number, tree: Tree, calls: number, time: number}} Row
 */

const APPLICATION = 1;
const HIDDEN = 2;
const NO_FRAME = 4;

/** A row of fewer samples says how far chance may have moved it. */
const SURE_SAMPLES = 100;
/** Calls over this share of the root are unfolded at first, in percent. */
const OPEN_SHARE = 4;

/** @type {Profile} */
const report = JSON.parse(element('data').textContent || '');
/** @type {Tree[]} */
const trees = report.trees.map(makeTree);
const settings = {fold: report.foldLibraries, percent: report.percent, threshold: report.threshold, search: ''};

/** @param {string} id */
function element(id) {
    const found = document.getElementById(id);
    if (!found) {
        throw new Error(`no element '${id}'`);
    }
    return found;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
function make(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) {
        made.textContent = text;
    }
    return made;
}

/**
 * @param {TreeData} data
 * @returns {Tree}
 */
function makeTree(data) {
    const {parent, time, group, flags} = data.nodes;
    /** @type {number[][]} */
    const children = parent.map(() => []);
    /** @type {Map<number, number[]>} */
    const hiddenIn = new Map();
    const open = new Set([0]);
    for (let node = 1; node < parent.length; node++) {
        children[parent[node]].push(node);
        if (flags[node] & HIDDEN) {
            const hidden = hiddenIn.get(group[node]);
            if (hidden) {
                hidden.push(node);
            } else {
                hiddenIn.set(group[node], [node]);
            }
        }
        if (time[node] * 100 >= OPEN_SHARE * time[0]) {
            open.add(node);
        }
    }
    return {data, children, hiddenIn, element: make('ul', 'tree'), open, shownGroups: new Set(), shownOthers: new Set()};
}

/* What a tree shows. */

/**
 * Whether a node is hidden now.
 * @param {Tree} tree
 * @param {number} node
 */
function isHidden(tree, node) {
    const {flags, group} = tree.data.nodes;
    return settings.fold && (flags[node] & HIDDEN) !== 0 && !tree.shownGroups.has(group[node]);
}

/**
 * The calls that are drawn below a node: the children of hidden ones stand in for them.
 * @param {Tree} tree
 * @param {number} node
 */
function callsBelow(tree, node) {
    const {time} = tree.data.nodes;
    const waiting = [...tree.children[node]];
    const calls = [];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (isHidden(tree, next)) {
            waiting.push(...tree.children[next]);
        } else {
            calls.push(next);
        }
    }
    return calls.sort((a, b) => time[b] - time[a] || a - b);
}

/**
 * @param {Tree} tree
 * @param {number} node
 */
function selfTime(tree, node) {
    const {time, foldedTime} = tree.data.nodes;
    return tree.children[node].reduce((left, child) => left - time[child], time[node] - foldedTime[node]);
}

/**
 * The nodes whose folded calls are told of below a node: it, and the hidden ones it stands for.
 * @param {Tree} tree
 * @param {number} node
 */
function standsFor(tree, node) {
    const nodes = [node];
    for (let i = 0; i < nodes.length; i++) {
        nodes.push(...tree.children[nodes[i]].filter((child) => isHidden(tree, child)));
    }
    return nodes;
}

/**
 * @param {Tree} tree
 * @param {number} node
 * @returns {Row[]}
 */
function rowsBelow(tree, node) {
    const {time, folded, foldedTime} = tree.data.nodes;
    const least = settings.threshold * time[0] / 100;
    const calls = callsBelow(tree, node);
    const shown = calls.filter((call) => time[call] >= least || tree.shownOthers.has(node));
    const small = calls.filter((call) => time[call] < least);
    const gone = standsFor(tree, node);
    const other = {
        calls: small.length + gone.reduce((sum, one) => sum + folded[one], 0),
        time: small.reduce((sum, call) => sum + time[call], 0) + gone.reduce((sum, one) => sum + foldedTime[one], 0),
    };
    const own = selfTime(tree, node);
    /** @type {Row[]} */
    const rows = shown.map((call) => ({kind: 'call', node: call, tree, calls: 1, time: time[call]}));
    if (own > 0 && own >= least && (rows.length || node === 0)) {
        const at = rows.findIndex((row) => row.time < own);
        rows.splice(at < 0 ? rows.length : at, 0, {kind: 'self', node, tree, calls: 0, time: own});
    }
    if (other.calls) {
        rows.push({kind: 'other', node, tree, ...other});
    }
    const hidden = tree.hiddenIn.get(node);
    if (hidden && settings.fold) {
        rows.unshift({kind: 'group', node, tree, calls: hidden.length, time: 0});
    }
    return rows;
}

/* Words. */

/**
 * @param {Tree} tree
 * @param {number} time
 */
function timeText(tree, time) {
    const whole = tree.data.nodes.time[0];
    if (settings.percent) {
        return `${(whole ? 100 * time / whole : 0).toFixed(1)} %`;
    }
    return (time / 1e6).toFixed(report.decimals);
}

/**
 * The standard deviation of a row's time by chance.
 * @param {Tree} tree
 * @param {number} node
 */
function errorOf(tree, node) {
    const {samples, time} = tree.data.nodes;
    const share = samples[node] / samples[0];
    return samples[node] ? Math.sqrt(samples[node] * (1 - share)) * time[node] / samples[node] : 0;
}

/**
 * @param {number} count
 * @param {string} word
 */
function plural(count, word) {
    return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/**
 * The libraries of a group's hidden calls, a few of them.
 * @param {Row} row
 */
function libraries(row) {
    const nodes = row.tree.hiddenIn.get(row.node) || [];
    const names = nodes.map((node) => report.functions.path[row.tree.data.nodes.function[node]].replace(/\/.*|\.py$/s, ''));
    const few = [...new Set(names.filter((name) => name))];
    return few.slice(0, 6).join(', ') + (few.length > 6 ? ', …' : '');
}

/**
 * What a row is called and where it is.
 * @param {Row} row
 * @returns {{name: string, place: string, className: string}}
 */
function wordsOf(row) {
    const {nodes} = row.tree.data;
    const aside = {place: '', className: 'row aside'};
    if (row.kind === 'self') {
        return {...aside, name: row.node ? '[self]' : '[start-up]'};
    }
    if (row.kind === 'group') {
        const shown = row.tree.shownGroups.has(row.node);
        return {...aside, name: `[${plural(row.calls, 'frame')} ${shown ? 'shown' : 'hidden'}]`, place: libraries(row)};
    }
    if (row.kind === 'other') {
        return {...aside, name: `other (${plural(row.calls, 'frame')})`};
    }
    if (nodes.flags[row.node] & NO_FRAME) {
        return {...aside, name: '[no Python frame]'};
    }
    const called = nodes.function[row.node];
    const {name, path, line} = report.functions;
    return {
        name: name[called] || '[lost]',
        place: path[called] ? `${path[called]}:${line[called]}` : '',
        className: nodes.flags[row.node] & APPLICATION ? 'row application' : 'row',
    };
}

/**
 * @param {Row} row
 */
function isMatch(row) {
    return row.kind === 'call' && settings.search !== '' && matches(row.tree, row.node);
}

/**
 * @param {Tree} tree
 * @param {number} node
 */
function matches(tree, node) {
    const called = tree.data.nodes.function[node];
    const {name, path, line} = report.functions;
    const text = `${name[called]}\n${path[called]}:${line[called]}`.toLowerCase();
    return !(tree.data.nodes.flags[node] & NO_FRAME) && text.includes(settings.search);
}
