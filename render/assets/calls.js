
/*
 * Calls by function, and what a search finds among them.  The nodes of the profile tell calls at different lines apart; to
 * a reader they are one call.
 */

/** @type {Calls} */
let calls;

/** What the search in `text` finds: by node, by call, and whether a node is found or below one that is. */
const found = {
    text: '',
    node: new Uint8Array(0),
    call: new Uint8Array(0),
    below: new Uint8Array(0),
};

/** What `show` and `hide` say of a function: its folding, beside what the profile says. */
const folding = {patterns: '', of: new Uint8Array(0)};

/**
 * @param {number} fn
 * @param {number} parent the caller's call
 */
function givesWay(fn, parent) {
    const {flags} = profile.functions[fn];
    /* What --root asked for by its name stays. */
    if (parent === 0 && profile.rooted) {
        return false;
    }
    return (!profile.all && (flags & GIVES_WAY) !== 0) || (parent === 0 && (flags & STARTS_PROGRAMS) !== 0);
}

/** @returns {Calls} */
function makeCalls() {
    const {nodes, functions} = profile;
    const parent = [0];
    const fn = [nodes.fn[0]];
    const folded = [nodes.folded[0]];
    const ofNode = new Int32Array(nodes.count);
    /** @type {Map<number, number>} */
    const known = new Map();
    for (let node = 1; node < nodes.count; node++) {
        const caller = ofNode[nodes.parent[node]];
        const key = caller * functions.length + nodes.fn[node];
        let call = givesWay(nodes.fn[node], caller) ? caller : known.get(key);
        if (call === undefined) {
            call = parent.length;
            known.set(key, call);
            parent.push(caller);
            fn.push(nodes.fn[node]);
            folded.push(0);
        }
        folded[call] += nodes.folded[node];
        ofNode[node] = call;
    }
    return {count: parent.length, parent: new Int32Array(parent), fn: new Int32Array(fn), ofNode, folded};
}

/**
 * Which items of a tree have an ancestor with the same name.  Parents come before their children.
 * @param {ArrayLike<number>} parent
 * @param {ArrayLike<number>} name
 */
function findRepeated(parent, name) {
    const repeated = new Uint8Array(parent.length);
    const child = new Int32Array(parent.length);
    const next = new Int32Array(parent.length);
    /** @type {Map<number, number>} */
    const above = new Map();
    for (let i = parent.length - 1; i > 0; i--) {
        next[i] = child[parent[i]];
        child[parent[i]] = i;
    }
    for (let i = child[0]; i; ) {
        const count = above.get(name[i]) || 0;
        repeated[i] = count ? 1 : 0;
        above.set(name[i], count + 1);
        if (child[i]) {
            i = child[i];
            continue;
        }
        for (; i && !next[i]; i = parent[i]) {
            above.set(name[i], (above.get(name[i]) || 0) - 1);
        }
        if (i) {
            above.set(name[i], (above.get(name[i]) || 0) - 1);
            i = next[i];
        }
    }
    return repeated;
}

/**
 * Whether functions match: by name or place, `file.py:42` also by the lines that their calls were at.
 * @param {string} text
 */
function search(text) {
    const {nodes, functions, files} = profile;
    const wanted = text.toLowerCase();
    const place = /^(.+):(\d+)$/.exec(wanted);
    const byName = functions.map(({name, file, line}) =>
        `${name}\n${files[file].path}:${line}`.toLowerCase().includes(wanted));
    const byFile = functions.map(({file}) => place !== null && files[file].path.toLowerCase().endsWith(place[1]));
    found.text = text;
    found.node = new Uint8Array(nodes.count);
    found.below = new Uint8Array(nodes.count);
    found.call = new Uint8Array(calls.count);
    for (let node = 1; text && node < nodes.count; node++) {
        const fn = nodes.fn[node];
        const hit = byName[fn] || (place !== null && byFile[fn] && nodes.line[node] === Number(place[2]));
        found.node[node] = hit ? 1 : 0;
        found.below[node] = hit || found.below[nodes.parent[node]] ? 1 : 0;
        if (hit) {
            found.call[calls.ofNode[node]] = 1;
        }
    }
}

/**
 * Patterns as of fnmatch(3), separated by blanks, as tests.
 * @param {string} text
 */
function readPatterns(text) {
    return text.split(/\s+/).filter((pattern) => pattern).map((pattern) => {
        const parts = pattern.split(/([*?])/).map((part) =>
            part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&'));
        return new RegExp(`^${parts.join('')}$`, 's');
    });
}

/** What is to be folded, as the patterns in the page and those of the command line say. */
function readFolding() {
    const hide = readPatterns(state.hide);
    const show = readPatterns(state.show);
    const matches = (/** @type {RegExp[]} */ patterns, /** @type {SourceFile} */ file) =>
        patterns.some((pattern) => pattern.test(file.full) || pattern.test(file.path));
    const ofFile = profile.files.map((file) => matches(show, file) ? FOLD_NEVER : matches(hide, file) ? FOLD_ALWAYS : 0);
    folding.patterns = `${state.hide}\n${state.show}`;
    folding.of = Uint8Array.from(profile.functions, ({file, flags}) => ofFile[file] || flags >> FOLDING_SHIFT & 3);
}

/** @param {number} fn */
function placeOf(fn) {
    const {file, line} = profile.functions[fn];
    const {path} = profile.files[file];
    return path ? `${path}:${line}` : '';
}

/** @param {number} fn */
function nameOf(fn) {
    return profile.functions[fn].name || '[lost]';
}
