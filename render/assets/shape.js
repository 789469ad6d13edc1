
/*
 * What makes a tree of calls worth reading, as render/shape.h has it: calls under the threshold are folded, the common
 * stem of library code is trimmed, and library code folds into groups.  Shares are of the thread, or of the whole where
 * threads are together.
 */

/**
 * What is known of each node of a tree; `group` is the group's first node, 0 for none.
 * @typedef {{tree: Tree, application: Uint8Array, hideable: Uint8Array, hidden: Uint8Array, group: Int32Array,
 *            hiddenIn: Map<number, number[]>, stem: Map<number, number>}} Shape
 */

/**
 * @param {Tree} tree
 * @param {number} node
 * @param {number} time
 */
function isSmall(tree, node, time) {
    return time * 100 < state.threshold * tree.total[tree.top[node]];
}

/**
 * @param {Tree} tree
 * @param {number} node
 */
function childrenOf(tree, node) {
    const children = [];
    for (let child = tree.child[node]; child; child = tree.next[child]) {
        children.push(child);
    }
    return children;
}

/**
 * The children that are not under the threshold.
 * @param {Tree} tree
 * @param {number} node
 */
function largeChildren(tree, node) {
    return childrenOf(tree, node).filter((child) => !isSmall(tree, child, tree.total[child]));
}

/** @param {Shape} shape */
function markOrigins({tree, application, hideable}) {
    for (let node = 0; node < tree.count; node++) {
        if (tree.kind[node] !== CALL) {
            application[node] = tree.kind[node] === NO_FRAME ? 0 : 1;
            continue;
        }
        const fn = calls.fn[tree.call[node]];
        const origin = profile.functions[fn].flags & ORIGIN_MASK;
        application[node] = origin === ORIGIN_APPLICATION ? 1 : origin === ORIGIN_CALLER ? application[tree.parent[node]] : 0;
        hideable[node] = folding.of[fn] === FOLD_ALWAYS || (folding.of[fn] !== FOLD_NEVER && !application[node]) ? 1 : 0;
    }
}

/**
 * Calls above the first branch of a thread that are library code: the node whose children stand for the top's.
 * @param {Shape} shape
 * @param {number} top
 */
function trimStem({tree, hideable, application, stem}, top) {
    let last = top;
    for (;;) {
        const [child, ...others] = largeChildren(tree, last);
        if (child === undefined || others.length || !hideable[child] || !isSmall(tree, child, tree.self[child]) ||
            largeChildren(tree, child).length !== 1) {
            break;
        }
        last = child;
    }
    for (let node = last; node !== -1 && last !== top; ) {
        const below = largeChildren(tree, node);
        if (below.some((child) => application[child])) {
            stem.set(top, last);
            return;
        }
        node = below.length === 1 ? below[0] : -1;
        if (below.length > 1) {
            stem.set(top, last);
        }
    }
}

/**
 * Puts a node into its parent's group, or opens one.
 * @param {Shape} shape
 * @param {number} node
 */
function groupNode({tree, hideable, hidden, group, hiddenIn}, node) {
    if (!hideable[node] || tree.kind[node] !== CALL) {
        return;
    }
    const below = largeChildren(tree, node);
    group[node] = group[tree.parent[node]] || (below.some((child) => hideable[child]) ? node : 0);
    if (!group[node] || group[node] === node || below.some((child) => !hideable[child]) ||
        tree.self[node] > 0.2 * tree.total[tree.top[node]]) {
        return;
    }
    hidden[node] = 1;
    const members = hiddenIn.get(group[node]);
    if (members) {
        members.push(node);
    } else {
        hiddenIn.set(group[node], [node]);
    }
}

/**
 * The library code of a stem is in no group.
 * @param {Shape} shape
 */
function leaveStems({tree, hideable, stem}) {
    for (const [top, last] of stem) {
        for (let node = last; node !== top; node = tree.parent[node]) {
            hideable[node] = 0;
        }
    }
}

/**
 * @param {Tree} tree
 * @returns {Shape}
 */
function makeShape(tree) {
    const bytes = () => new Uint8Array(tree.count);
    /** @type {Shape} */
    const shape = {tree, application: bytes(), hideable: bytes(), hidden: bytes(), group: new Int32Array(tree.count),
        hiddenIn: new Map(), stem: new Map()};
    markOrigins(shape);
    if (!state.fold) {
        return shape;
    }
    for (let node = 0; node < tree.count; node++) {
        if (tree.top[node] === node && !profile.rooted) {
            trimStem(shape, node);
        }
    }
    leaveStems(shape);
    for (let node = 0; node < tree.count; node++) {
        if (!isSmall(tree, node, tree.total[node])) {
            groupNode(shape, node);
        }
    }
    for (const [first, members] of shape.hiddenIn) {
        if (members.length < 2) {
            shape.hidden[members[0]] = 0;
            shape.hiddenIn.delete(first);
        }
    }
    return shape;
}

/** The shape of what is selected; made when it is first asked for after a change. */
const shaped = {
    /** @type {Shape | null} */
    shape: null,
};

function selectedShape() {
    shaped.shape = shaped.shape || makeShape(selectedTree());
    return shaped.shape;
}

/**
 * The calls that are drawn below a node, the greatest first: those of hidden calls stand in for them.
 * @param {Shape} shape
 * @param {number} node
 * @param {(group: number) => boolean} isShown whether a group's calls are not hidden after all
 */
function callsBelow(shape, node, isShown) {
    const {tree, hidden, group} = shape;
    const waiting = childrenOf(tree, shape.stem.get(node) ?? node);
    const below = [];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (hidden[next] && !isShown(group[next])) {
            waiting.push(...childrenOf(tree, next));
        } else {
            below.push(next);
        }
    }
    /* A thread of which nothing is selected is none. */
    return below.filter((one) => tree.total[one] > 0 || tree.samples[one] > 0).sort((a, b) => tree.total[b] - tree.total[a] || a - b);
}

/**
 * Time in calls below a node that the data does not tell apart, with that of the hidden calls it stands for.
 * @param {Shape} shape
 * @param {number} node
 * @param {(group: number) => boolean} isShown
 */
function unknownBelow(shape, node, isShown) {
    const {tree, hidden, group} = shape;
    const nodes = [node];
    for (let step = node, last = shape.stem.get(node) ?? node; step !== last; ) {
        step = largeChildren(tree, step)[0];
        nodes.push(step);
    }
    let time = 0;
    let count = 0;
    for (let i = 0; i < nodes.length; i++) {
        time += tree.other[nodes[i]];
        count += tree.other[nodes[i]] > 0 ? Math.max(1, calls.folded[tree.call[nodes[i]]]) : 0;
        nodes.push(...childrenOf(tree, nodes[i]).filter((child) => hidden[child] && !isShown(group[child])));
    }
    return {time, calls: count};
}
