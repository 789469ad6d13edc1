
/*
 * What the timeline shows of each thread: a lane with the functions it was in, and under it a strip with its states.
 * Runs narrower than a pixel share it: the longest one's function is drawn there.
 */

const LANE_HEIGHT = 26;
const STRIP_HEIGHT = 6;

/** @typedef {{thread: number, process: number}} Lane a process's lane has thread -1 */

/** The function that a node is drawn as: the innermost of the application, or the innermost of all; -1: no frame. */
const laneFunctions = {
    of: new Int32Array(0),
};

function findLaneFunctions() {
    const {count, parent, fn} = profile.nodes;
    const of = new Int32Array(count).fill(-1);
    const application = new Int32Array(count).fill(-1);
    for (let node = 1; node < count; node++) {
        const own = (profile.functions[fn[node]].flags & ORIGIN_MASK) === ORIGIN_APPLICATION;
        application[node] = own ? fn[node] : application[parent[node]];
        of[node] = application[node] >= 0 ? application[node] : fn[node];
    }
    laneFunctions.of = of;
}

/** @returns {Lane[]} */
function makeLanes() {
    /** @type {Lane[]} */
    const lanes = [];
    let process = -1;
    for (const thread of selectedThreads()) {
        if (profile.threads[thread].process !== process) {
            process = profile.threads[thread].process;
            lanes.push({thread: -1, process});
        }
        lanes.push({thread, process});
    }
    return lanes;
}

/** @param {number} bits */
function stateColor(bits) {
    if (bits & IN_GC) {
        return css('--state-gc');
    }
    if (bits & WAITS_GIL) {
        return css('--state-wait');
    }
    if (bits & HOLDS_GIL) {
        return css('--state-gil');
    }
    return bits & ON_CPU ? css('--state-cpu') : css('--state-idle');
}

/** @param {number} bits */
function stateText(bits) {
    const words = [];
    for (const [bit, word] of /** @type {[number, string][]} */ ([[ON_CPU, 'on CPU'], [HOLDS_GIL, 'holds the GIL'],
        [WAITS_GIL, 'waits for the GIL'], [IN_GC, 'collects garbage']])) {
        if (bits & bit) {
            words.push(word);
        }
    }
    return words.join(', ') || 'off CPU';
}

/**
 * Calls `draw` for the pieces of a thread in sight: neighbours that are drawn alike are one.
 * @param {number} thread
 * @param {number} from
 * @param {number} to
 * @param {number} width in pixels
 * @param {(run: number) => number} valueOf what a run is drawn as
 * @param {(value: number, x: number, width: number, run: number) => void} draw
 */
function eachPiece(thread, from, to, width, valueOf, draw) {
    const {first, begin, time} = profile.runs;
    const scale = width / (to - from);
    const piece = {value: NaN, x: 0, end: -1, run: 0};
    const flush = () => {
        if (piece.end > piece.x) {
            draw(piece.value, piece.x, piece.end - piece.x, piece.run);
        }
    };
    let pixel = {at: -1, longest: 0, value: 0, run: 0};
    const put = (/** @type {number} */ value, /** @type {number} */ x, /** @type {number} */ end, /** @type {number} */ run) => {
        if (value === piece.value && x <= piece.end + 0.01) {
            piece.end = end;
        } else {
            flush();
            Object.assign(piece, {value, x, end, run});
        }
    };
    for (let i = firstRunAfter(thread, from); i < first[thread + 1] && begin[i] < to; i++) {
        const x = Math.max(0, (begin[i] - from) * scale);
        const end = Math.min(width, (begin[i] + time[i] - from) * scale);
        if (pixel.at >= 0 && (end - x >= 1 || Math.floor(x) !== pixel.at)) {
            put(pixel.value, pixel.at, pixel.at + 1, pixel.run);
            pixel.at = -1;
        }
        if (end - x >= 1) {
            put(valueOf(i), x, end, i);
        } else if (pixel.at < 0 || end - x > pixel.longest) {
            pixel = {at: Math.floor(x), longest: end - x, value: valueOf(i), run: i};
        }
    }
    if (pixel.at >= 0) {
        put(pixel.value, pixel.at, pixel.at + 1, pixel.run);
    }
    flush();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} thread
 * @param {{from: number, to: number, left: number, top: number, width: number}} area
 */
function paintLane(context, thread, {from, to, left, top, width}) {
    const {node, state: states} = profile.runs;
    const functionOf = (/** @type {number} */ run) => laneFunctions.of[node[run]];
    eachPiece(thread, from, to, width, functionOf, (fn, x, wide, run) => {
        const own = fn >= 0 && (profile.functions[fn].flags & ORIGIN_MASK) === ORIGIN_APPLICATION;
        const hit = found.text !== '' && found.below[node[run]] === 1;
        context.globalAlpha = found.text && !hit ? 0.3 : 1;
        context.fillStyle = fn < 0 ? css('--state-idle') : hit ? css('--found') : colorOf(fn, own);
        context.fillRect(left + x, top, wide, LANE_HEIGHT - STRIP_HEIGHT - 4);
        context.globalAlpha = 1;
        if (fn >= 0 && wide > 40) {
            context.fillStyle = hit ? css('--found-text') : css('--text');
            context.fillText(fitText(context, nameOf(fn), wide - 6), left + x + 3, top + (LANE_HEIGHT - STRIP_HEIGHT - 4) / 2);
        }
    });
    eachPiece(thread, from, to, width, (run) => states[run] & ~OTHER, (bits, x, wide) => {
        context.fillStyle = stateColor(bits);
        context.fillRect(left + x, top + LANE_HEIGHT - STRIP_HEIGHT - 3, wide, STRIP_HEIGHT);
    });
}

/**
 * A round step for an axis with a tick about every 90 pixels.
 * @param {number} perPixel
 */
function axisStep(perPixel) {
    const least = perPixel * 90;
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) || power * 10;
}
