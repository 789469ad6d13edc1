
/*
 * The inverted tree: the functions by the time they spent themselves, below each of them who called it.  A row's items are
 * pairs: the tree node that spent the time, and the node on its way up that the row stands for.
 */

/**
 * @param {Tree} tree
 * @returns {Rows}
 */
function invertedRows(tree) {
    const whole = tree.total[0];

    /**
     * @param {number[]} items pairs
     * @param {string} prefix of the keys
     * @returns {Row[]}
     */
    const grouped = (items, prefix) => {
        /** @type {Map<string, number[]>} */
        const groups = new Map();
        for (let i = 0; i < items.length; i += 2) {
            const at = items[i + 1];
            const name = tree.kind[at] === CALL ? String(calls.fn[tree.call[at]]) : `${tree.kind[at]}.${tree.call[at]}`;
            const group = groups.get(name);
            if (group) {
                group.push(items[i], at);
            } else {
                groups.set(name, [items[i], at]);
            }
        }
        return [...groups].map(([name, group]) => makeRow(`${prefix}/${name}`, group)).sort((a, b) => b.time - a.time);
    };

    /**
     * @param {string} key
     * @param {number[]} items
     * @returns {Row}
     */
    const makeRow = (key, items) => {
        const node = items[1];
        let time = 0;
        let samples = 0;
        for (let i = 0; i < items.length; i += 2) {
            time += tree.self[items[i]];
            samples += tree.selfSamples[items[i]];
        }
        const fn = tree.kind[node] === CALL ? calls.fn[tree.call[node]] : -1;
        return {
            key, kind: fn < 0 ? 'none' : 'call', node, items, time, samples, self: 0, whole,
            wholeSamples: tree.samples[0], calls: 1,
            name: node === 0 ? '[start-up]' : nodeName(tree, node), place: nodePlace(tree, node),
            match: fn >= 0 && found.call[tree.call[node]] === 1,
            application: fn >= 0 && (profile.functions[fn].flags & ORIGIN_MASK) === ORIGIN_APPLICATION,
            opens: items.some((_, i) => i % 2 === 1 && tree.kind[tree.parent[items[i]]] !== ROOT && tree.kind[items[i]] !== ROOT),
        };
    };

    /**
     * @param {Row[]} rows
     * @param {string} key
     * @returns {Row[]}
     */
    const folded = (rows, key) => {
        const large = rows.filter((row) => row.time * 100 >= state.threshold * whole);
        const small = rows.filter((row) => row.time * 100 < state.threshold * whole);
        if (small.length) {
            const time = small.reduce((sum, row) => sum + row.time, 0);
            const samples = small.reduce((sum, row) => sum + row.samples, 0);
            large.push({...small[0], key: `${key}/other`, kind: 'other', name: `other (${plural(small.length, 'function')})`,
                place: '', time, samples, self: 0, application: false, match: false, opens: true,
                items: small.flatMap((row) => row.items || [])});
        }
        return large;
    };

    const leaves = () => {
        const items = [];
        for (let node = 0; node < tree.count; node++) {
            if (tree.self[node] > 0) {
                items.push(node, node);
            }
        }
        return items;
    };

    /** @param {Row} row */
    const callers = (row) => {
        /** @type {number[]} */
        const items = [];
        const own = row.items || [];
        for (let i = 0; i < own.length; i += 2) {
            const parent = tree.parent[own[i + 1]];
            if (own[i + 1] !== 0 && tree.kind[parent] !== ROOT) {
                items.push(own[i], parent);
            }
        }
        return items;
    };

    return {
        below: (row) => !row ? folded(grouped(leaves(), ''), '') :
            row.kind === 'other' ? grouped(row.items || [], row.key) : folded(grouped(callers(row), row.key), row.key),
        opened: () => false,
    };
}

const invertedView = new RowsView('inverted', 'inverted', () => invertedRows(selectedTree()));
