
/* The call tree: what called what, the outermost first. */

/** A call over this share of its root is unfolded at first, in percent. */
const OPEN_SHARE = 4;
/** Threads that are unfolded at first. */
const OPEN_THREADS = 16;


/**
 * @param {Tree} tree
 * @param {number} node
 */
function groupKey(tree, node) {
    return `group ${nodeKey(tree, node)}`;
}

/**
 * @param {Tree} tree
 * @param {number} node
 */
function otherKey(tree, node) {
    return `other ${nodeKey(tree, node)}`;
}

/**
 * @param {Shape} shape
 * @param {(key: string) => boolean} isOpen
 */
function treeRows(shape, isOpen) {
    const {tree} = shape;
    const isShown = (/** @type {number} */ group) => isOpen(groupKey(tree, group));

    /**
     * @param {string} kind
     * @param {number} node
     * @param {Partial<Row>} more
     * @returns {Row}
     */
    const row = (kind, node, more) => ({
        key: `${kind} ${nodeKey(tree, node)}`, kind, node, name: '', place: '', time: 0, self: 0, samples: 0, calls: 1,
        whole: tree.total[tree.top[node]], wholeSamples: tree.samples[tree.top[node]], application: false, match: false,
        opens: false, ...more,
    });

    /** @param {number} node */
    const callRow = (node) => row(tree.kind[node] === CALL ? 'call' : tree.kind[node] === NO_FRAME ? 'none' : 'thread', node, {
        name: nodeName(tree, node), place: nodePlace(tree, node), time: tree.total[node], self: tree.self[node],
        samples: tree.samples[node], application: tree.kind[node] === CALL && shape.application[node] === 1,
        match: tree.kind[node] === CALL && found.call[tree.call[node]] === 1,
        opens: tree.child[node] > 0 || tree.other[node] > 0,
    });

    /** @param {number} node */
    const groupRow = (node) => {
        const hidden = shape.hiddenIn.get(node) || [];
        const names = hidden.slice(0, 200).map((one) => nodePlace(tree, one).replace(/\/.*|\.py:\d+$/s, ''));
        const few = [...new Set(names.filter((name) => name))];
        return row('group', node, {
            name: `[${plural(hidden.length, 'frame')} ${isShown(node) ? 'shown' : 'hidden'}]`, calls: hidden.length,
            place: few.slice(0, 6).join(', ') + (few.length > 6 ? ', …' : ''), opens: true,
        });
    };

    /** @param {number} node */
    const split = (node) => {
        const below = callsBelow(shape, node, isShown);
        const first = below.findIndex((one) => isSmall(tree, one, tree.total[one]));
        return first < 0 ? {large: below, small: []} : {large: below.slice(0, first), small: below.slice(first)};
    };

    /**
     * @param {number} node
     * @param {number[]} small
     */
    const otherRow = (node, small) => {
        const unknown = unknownBelow(shape, node, isShown);
        const count = small.reduce((sum, one) => sum + Math.max(1, tree.size[one]), unknown.calls);
        return row('other', node, {
            name: `other (${plural(count, tree.kind[small[0]] === THREAD ? 'thread' : 'frame')})`, calls: count, opens: small.length > 0,
            time: small.reduce((sum, one) => sum + tree.total[one], unknown.time), items: small,
            samples: small.reduce((sum, one) => sum + tree.samples[one], 0),
        });
    };

    /** @param {number} node */
    const below = (node) => {
        const {large, small} = split(node);
        const rows = large.map(callRow);
        const other = otherRow(node, small);
        const listed = rows.reduce((sum, one) => sum + one.time, other.time);
        const own = shape.stem.has(node) ? tree.total[node] - listed : tree.self[node];
        if (own > 0 && !isSmall(tree, node, own) && (rows.length || tree.kind[node] !== CALL)) {
            const at = rows.findIndex((one) => one.time < own);
            rows.splice(at < 0 ? rows.length : at, 0, row('self', node, {
                name: tree.kind[node] === CALL ? '[self]' : '[start-up]', time: own, self: own,
                samples: tree.selfSamples[node],
            }));
        }
        if (other.calls) {
            rows.push(other);
        }
        if (shape.hiddenIn.has(node)) {
            rows.unshift(groupRow(node));
        }
        return rows;
    };

    return {
        /** @param {Row | null} one */
        below: (one) => {
            if (one && one.kind === 'other') {
                return (one.items || []).map(callRow);
            }
            return one && one.kind === 'group' ? [] : below(one ? one.node : 0);
        },
        /** @param {Row} one */
        opened: (one) => one.kind === 'thread' ? treeThreads(tree) <= OPEN_THREADS :
            one.kind === 'call' && one.time * 100 >= OPEN_SHARE * one.whole,
    };
}

/**
 * Threads in a tree, as far as it matters.
 * @param {Tree} tree
 */
function treeThreads(tree) {
    let threads = 0;
    for (let node = 0; node < tree.count && threads <= OPEN_THREADS; node++) {
        threads += tree.kind[node] === THREAD ? 1 : 0;
    }
    return threads;
}

const treeView = new RowsView('tree', 'tree', () => treeRows(selectedShape(), (key) => treeView.open.get(key) === true));

/** Unfolds what leads to calls that the search found, as far as that is not endless. */
function revealMatches() {
    const {tree, hidden, group} = selectedShape();
    const hits = [];
    for (let node = 1; node < tree.count && hits.length < 1000; node++) {
        if (tree.kind[node] === CALL && found.call[tree.call[node]]) {
            hits.push(node);
        }
    }
    for (const hit of hits) {
        for (let node = hit; node; node = tree.parent[node]) {
            const {parent} = tree;
            treeView.open.set(`${tree.kind[parent[node]] === CALL ? 'call' : 'thread'} ${nodeKey(tree, parent[node])}`, true);
            if (hidden[node]) {
                treeView.open.set(groupKey(tree, group[node]), true);
            }
            if (isSmall(tree, node, tree.total[node]) && !isSmall(tree, parent[node], tree.total[parent[node]])) {
                treeView.open.set(otherKey(tree, parent[node]), true);
            }
        }
    }
    treeView.collect();
}
