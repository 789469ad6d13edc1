
/* What is selected, weighed: by node for lines and functions, as a tree of calls for everything else. */

/**
 * What an entry counts in the measure that is chosen, of all its time.
 * @param {Entries} entries
 * @param {number} i
 */
function weightOf(entries, i) {
    const state_ = entries.state[i];
    switch (state.measure) {
    case 'cpu':
        return entries.cpu[i];
    case 'gil':
        return state_ & HOLDS_GIL ? entries.time[i] : 0;
    case 'wait':
        return state_ & WAITS_GIL ? entries.time[i] : 0;
    case 'gc':
        return state_ & IN_GC ? entries.time[i] : 0;
    default:
        return entries.time[i];
    }
}

/**
 * The first run of a thread that ends after a time.
 * @param {number} thread
 * @param {number} time
 */
function firstRunAfter(thread, time) {
    const {first, begin} = profile.runs;
    let low = first[thread];
    let high = first[thread + 1];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (begin[middle] + profile.runs.time[middle] <= time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/**
 * Calls `take` for all that is selected of one thread: node, weight, samples, and whether it was in calls below the node.
 * @param {number} thread
 * @param {(node: number, time: number, samples: number, below: boolean) => void} take
 */
function weighThread(thread, take) {
    const entries = state.time ? profile.runs : profile.cells;
    const {first, node, samples} = entries;
    const only = state.only && found.text !== '';
    for (let i = state.time ? firstRunAfter(thread, state.time[0]) : first[thread]; i < first[thread + 1]; i++) {
        let share = 1;
        if (state.time) {
            const begin = entries.begin[i];
            const end = begin + entries.time[i];
            if (begin >= state.time[1]) {
                break;
            }
            share = end > begin ? (Math.min(end, state.time[1]) - Math.max(begin, state.time[0])) / (end - begin) : 0;
        }
        const weight = weightOf(entries, i) * share;
        if ((weight > 0 || state.measure === 'wall') && !(only && !found.below[node[i]])) {
            take(node[i], weight, samples[i] * share, (entries.state[i] & OTHER) !== 0);
        }
    }
}

function selectedThreads() {
    return profile.threads.map((_, thread) => thread).filter(isSelected);
}

/** Weights of nodes, in all threads that are selected: their own, and with what they called. */
function weighNodes() {
    const {count, parent} = profile.nodes;
    const self = new Float64Array(count);
    const total = new Float64Array(count);
    const samples = new Float64Array(count);
    for (const thread of selectedThreads()) {
        weighThread(thread, (node, time, some, below) => {
            total[node] += time;
            samples[node] += some;
            if (!below) {
                self[node] += time;
            }
        });
    }
    for (let node = count - 1; node > 0; node--) {
        total[parent[node]] += total[node];
        samples[parent[node]] += samples[node];
    }
    return {self, total, samples};
}

/** @returns {Tree} */
function emptyTree() {
    const none = new Int32Array(0);
    const zero = new Float64Array(0);
    return {count: 0, kind: new Uint8Array(0), call: none, parent: none, top: none, self: zero, other: zero, selfSamples: zero,
        total: zero, samples: zero, size: none, child: none, next: none};
}

/**
 * Makes room for twice as many nodes.
 * @param {Tree} tree
 */
function growTree(tree) {
    const room = Math.max(1024, tree.kind.length * 2);
    /**
     * @template {Uint8Array | Int32Array | Float64Array} T
     * @param {T} grown
     * @param {T} old
     */
    const moved = (grown, old) => {
        grown.set(old);
        return grown;
    };
    tree.kind = moved(new Uint8Array(room), tree.kind);
    tree.call = moved(new Int32Array(room), tree.call);
    tree.parent = moved(new Int32Array(room), tree.parent);
    tree.top = moved(new Int32Array(room), tree.top);
    tree.self = moved(new Float64Array(room), tree.self);
    tree.other = moved(new Float64Array(room), tree.other);
    tree.selfSamples = moved(new Float64Array(room), tree.selfSamples);
}

/**
 * @param {Tree} tree
 * @param {number} kind
 * @param {number} call
 * @param {number} parent
 */
function addNode(tree, kind, call, parent) {
    const node = tree.count++;
    if (node >= tree.kind.length) {
        growTree(tree);
    }
    tree.kind[node] = kind;
    tree.call[node] = call;
    tree.parent[node] = parent;
    tree.top[node] = kind === CALL || kind === NO_FRAME ? tree.top[parent] : node;
    return node;
}

/**
 * Where calls are in a tree: good for those that `stamps` has the present `stamp` for.
 * @typedef {{of: Int32Array, stamps: Int32Array, stamp: number, path: Int32Array}} Places
 */

/**
 * The tree's node for a call, made with its callers below `top` if need be.
 * @param {Tree} tree
 * @param {number} call
 * @param {number} top
 * @param {Places} places
 */
function placeCall(tree, call, top, {of, stamps, stamp, path}) {
    let depth = 0;
    for (; call && stamps[call] !== stamp; call = calls.parent[call]) {
        path[depth++] = call;
    }
    let node = call ? of[call] : top;
    while (depth) {
        const next = path[--depth];
        node = addNode(tree, CALL, next, node);
        of[next] = node;
        stamps[next] = stamp;
    }
    return node;
}

/**
 * Adds one thread's calls below `top`.
 * @param {Tree} tree
 * @param {number} thread
 * @param {number} top
 * @param {Places} places
 */
function addThread(tree, thread, top, places) {
    weighThread(thread, (node, time, samples, below) => {
        let place = node ? placeCall(tree, calls.ofNode[node], top, places) : -1;
        if (place < 0) {
            if (places.stamps[0] !== places.stamp) {
                places.stamps[0] = places.stamp;
                places.of[0] = addNode(tree, NO_FRAME, 0, top);
            }
            place = places.of[0];
        }
        tree.selfSamples[place] += samples;
        if (below) {
            tree.other[place] += time;
        } else {
            tree.self[place] += time;
        }
    });
}

/** @param {Tree} tree */
function sumUp(tree) {
    const {count, parent, kind} = tree;
    const total = new Float64Array(count);
    const samples = new Float64Array(count);
    const size = new Int32Array(count);
    const child = new Int32Array(count);
    const next = new Int32Array(count);
    for (let node = count - 1; node >= 0; node--) {
        total[node] += tree.self[node] + tree.other[node];
        samples[node] += tree.selfSamples[node];
        size[node] += kind[node] === CALL ? 1 : 0;
        if (node) {
            total[parent[node]] += total[node];
            samples[parent[node]] += samples[node];
            size[parent[node]] += size[node];
            next[node] = child[parent[node]];
            child[parent[node]] = node;
        }
    }
    return Object.assign(tree, {total, samples, size, child, next});
}

/**
 * The calls that are selected; callers come before what they call.
 * @returns {Tree}
 */
function weighTree() {
    const tree = emptyTree();
    const room = calls.count + 1;
    const places = {of: new Int32Array(room), stamps: new Int32Array(room), stamp: 1, path: new Int32Array(room)};
    const threads = selectedThreads();
    const apart = state.byThread && threads.length > 1;
    const manyProcesses = new Set(threads.map((thread) => profile.threads[thread].process)).size > 1;
    let process = -1;
    let above = addNode(tree, ROOT, 0, 0);
    for (const thread of threads) {
        let top = 0;
        if (apart) {
            if (manyProcesses && profile.threads[thread].process !== process) {
                process = profile.threads[thread].process;
                above = addNode(tree, PROCESS, process, 0);
            }
            top = addNode(tree, THREAD, thread, above);
            places.stamp = thread + 1;
        }
        addThread(tree, thread, top, places);
    }
    return sumUp(tree);
}

/** What the views draw; made when it is first asked for after a change. */
const selection = {
    /** @type {Tree | null} */
    tree: null,
    /** @type {ReturnType<typeof weighNodes> | null} */
    nodes: null,
};

function selectedTree() {
    selection.tree = selection.tree || weighTree();
    return selection.tree;
}

function selectedNodes() {
    selection.nodes = selection.nodes || weighNodes();
    return selection.nodes;
}
