
/*
 * The flame graph of what is selected, on a canvas: as wide as the time, the callers above what they call (an icicle) or
 * below it (a flame).  A box that has the focus is moved by the arrows, and told to screen readers as text.
 */

const BOX_HEIGHT = 19;
/** Boxes narrower than this many pixels are not drawn. */
const NARROWEST = 0.4;

const flame = {
    /** @type {Box[]} */
    boxes: [],
    levels: 1,
    focus: -1,
};

/**
 * The node that the zoom is on; 0 if it is not selected any more.
 * @param {Tree} tree
 */
function zoomedNode(tree) {
    for (let node = 1; state.zoom && node < tree.count; node++) {
        if (nodeKey(tree, node) === state.zoom) {
            return node;
        }
    }
    return 0;
}

/**
 * All boxes wide enough to be seen, callers before what they call.  No library code is hidden: its colours tell it apart,
 * and a hidden call's time would look like its caller's own.
 * @param {Shape} shape
 * @param {number} width in pixels
 * @returns {Box[]}
 */
function layOut(shape, width) {
    const {tree} = shape;
    const zoomed = zoomedNode(tree);
    /** @type {Box[]} */
    const boxes = [];
    for (let node = zoomed; ; node = tree.parent[node]) {
        boxes.unshift({node, x: 0, width, level: 0});
        if (!node) {
            break;
        }
    }
    boxes.forEach((box, level) => {
        box.level = level;
    });
    for (let i = boxes.length - 1; i < boxes.length; i++) {
        const {node, x, width: room, level} = boxes[i];
        const scale = tree.total[node] > 0 ? room / tree.total[node] : 0;
        let at = x;
        for (const child of callsBelow(shape, node, () => true)) {
            const wide = tree.total[child] * scale;
            if (wide >= NARROWEST) {
                boxes.push({node: child, x: at, width: wide, level: level + 1});
            }
            at += wide;
        }
    }
    return boxes;
}

/**
 * A box's colours.
 * @param {Shape} shape
 * @param {number} node
 */
function boxColors(shape, node) {
    const {tree} = shape;
    if (tree.kind[node] !== CALL) {
        return {fill: css('--line'), ink: css('--text')};
    }
    if (found.text && found.call[tree.call[node]]) {
        return {fill: css('--found'), ink: css('--found-text')};
    }
    return {fill: colorOf(calls.fn[tree.call[node]], shape.application[node] === 1), ink: css('--text')};
}

/**
 * @param {Tree} tree
 * @param {number} node
 */
function describeNode(tree, node) {
    const place = nodePlace(tree, node);
    const total = tree.total[node];
    return `${nodeName(tree, node)}${place ? ` ${place}` : ''} – ${seconds(total)}, ` +
        `${share(total, tree.total[0]).toFixed(1)} % of what is selected, self ${seconds(tree.self[node])}, ` +
        plural(Math.round(tree.samples[node]), 'sample');
}

/**
 * Sizes a canvas for its place and the screen's pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
function prepareCanvas(canvas, width, height) {
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.scale(ratio, ratio);
    context.textBaseline = 'middle';
    context.font = '12px system-ui, sans-serif';
    return context;
}

/**
 * As much of a text as fits.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} width
 */
function fitText(context, text, width) {
    const most = Math.floor(width / 5);
    if (most < 3) {
        return '';
    }
    let cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
    while (cut.length > 2 && context.measureText(cut).width > width) {
        cut = `${cut.slice(0, Math.max(1, Math.floor(cut.length * 0.8) - 1))}…`;
    }
    return cut.length > 2 ? cut : '';
}

function flameCanvas() {
    return /** @type {HTMLCanvasElement} */ (element('flame-canvas'));
}

/** @param {number} level */
function levelTop(level) {
    return (state.flame === 'flame' ? flame.levels - 1 - level : level) * BOX_HEIGHT;
}

function drawFlame() {
    const shape = selectedShape();
    const place = element('flame-scroll');
    const width = Math.max(100, place.clientWidth);
    flame.boxes = layOut(shape, width);
    flame.levels = flame.boxes.reduce((most, box) => Math.max(most, box.level + 1), 1);
    flame.focus = Math.min(flame.focus, flame.boxes.length - 1);
    element('flame-space').style.height = `${flame.levels * BOX_HEIGHT}px`;
    paintFlame();
    element('flame-canvas').setAttribute('aria-label', `Flame graph, ${plural(flame.boxes.length, 'frame')}: ` +
        'arrow keys move, Enter zooms, Escape zooms out');
    input('flame-out').disabled = state.zoom === '';
}

/** Paints the levels in sight. */
function paintFlame() {
    const shape = selectedShape();
    const place = element('flame-scroll');
    const height = Math.max(BOX_HEIGHT, Math.floor(place.getBoundingClientRect().height));
    const context = prepareCanvas(flameCanvas(), Math.max(100, place.clientWidth), height);
    const top = place.scrollTop;
    const dimmed = found.text !== '';
    for (const [i, box] of flame.boxes.entries()) {
        const y = levelTop(box.level) - top;
        if (y < -BOX_HEIGHT || y > height) {
            continue;
        }
        const {fill, ink} = boxColors(shape, box.node);
        const hit = shape.tree.kind[box.node] === CALL && found.call[shape.tree.call[box.node]] === 1;
        context.globalAlpha = dimmed && !hit ? 0.45 : 1;
        context.fillStyle = fill;
        context.fillRect(box.x, y, Math.max(box.width - 0.5, NARROWEST), BOX_HEIGHT - 1);
        context.globalAlpha = 1;
        if (box.width > 20) {
            context.fillStyle = ink;
            context.fillText(fitText(context, nodeName(shape.tree, box.node), box.width - 6), box.x + 3, y + BOX_HEIGHT / 2);
        }
        if (i === flame.focus && document.activeElement === flameCanvas()) {
            context.strokeStyle = css('--focus');
            context.lineWidth = 2;
            context.strokeRect(box.x + 1, y + 1, Math.max(2, box.width - 3), BOX_HEIGHT - 3);
        }
    }
}

/** @param {MouseEvent} event */
function boxAt(event) {
    const area = flameCanvas().getBoundingClientRect();
    const x = event.clientX - area.left;
    const y = event.clientY - area.top + element('flame-scroll').scrollTop;
    return flame.boxes.findIndex((box) => x >= box.x && x < box.x + box.width && y >= levelTop(box.level) &&
        y < levelTop(box.level) + BOX_HEIGHT);
}

/** @param {number} index */
function showBox(index) {
    const box = flame.boxes[index];
    element('flame-status').textContent = box ? describeNode(selectedTree(), box.node) : '';
}

/** @param {number} index */
function focusBox(index) {
    const box = flame.boxes[index];
    if (!box) {
        return;
    }
    const place = element('flame-scroll');
    const top = levelTop(box.level);
    flame.focus = index;
    if (top < place.scrollTop || top + BOX_HEIGHT > place.scrollTop + place.clientHeight) {
        place.scrollTop = top - place.clientHeight / 2;
    }
    paintFlame();
    showBox(index);
}

/** @param {number} index */
function zoomBox(index) {
    const box = flame.boxes[index];
    if (box) {
        const tree = selectedTree();
        choose({zoom: box.node ? nodeKey(tree, box.node) : ''});
        focusBox(flame.boxes.findIndex((one) => one.node === box.node));
    }
}

function zoomOut() {
    const tree = selectedTree();
    const node = zoomedNode(tree);
    choose({zoom: node && tree.parent[node] ? nodeKey(tree, tree.parent[node]) : ''});
}

/**
 * The box that an arrow leads to.
 * @param {string} key
 */
function nextBox(key) {
    const {boxes} = flame;
    const at = boxes[flame.focus];
    const {tree} = selectedShape();
    const down = state.flame === 'flame' ? 'ArrowUp' : 'ArrowDown';
    const up = state.flame === 'flame' ? 'ArrowDown' : 'ArrowUp';
    if (!at) {
        return 0;
    }
    if (key === down) {
        return boxes.findIndex((box) => box.level === at.level + 1 && box.x >= at.x - 0.01 && box.x < at.x + at.width);
    }
    if (key === up) {
        return boxes.findIndex((box) => box.level === at.level - 1 && box.x <= at.x + 0.01 && at.x < box.x + box.width);
    }
    const level = boxes.map((box, i) => ({...box, i})).filter((box) => box.level === at.level).sort((a, b) => a.x - b.x);
    const place = level.findIndex((box) => box.i === flame.focus) + (key === 'ArrowRight' ? 1 : -1);
    return tree.count && level[place] ? level[place].i : -1;
}

/** @param {KeyboardEvent} event */
function onFlameKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    if (event.key.startsWith('Arrow')) {
        focusBox(nextBox(event.key));
    } else if (event.key === 'Enter' || event.key === ' ') {
        zoomBox(flame.focus);
    } else if (event.key === 'Escape' || event.key === 'Backspace') {
        zoomOut();
    } else if (event.key === 'Home') {
        focusBox(0);
    } else {
        return;
    }
    event.preventDefault();
}

function startFlame() {
    const canvas = flameCanvas();
    canvas.addEventListener('mousemove', (event) => showBox(boxAt(event)));
    canvas.addEventListener('click', (event) => {
        canvas.focus({preventScroll: true});
        zoomBox(boxAt(event));
    });
    canvas.addEventListener('keydown', onFlameKey);
    canvas.addEventListener('focus', () => focusBox(Math.max(0, flame.focus)));
    canvas.addEventListener('blur', paintFlame);
    element('flame-scroll').addEventListener('scroll', paintFlame);
    element('flame-out').addEventListener('click', zoomOut);
    choice('flame-direction').addEventListener('change', () => {
        choose({flame: choice('flame-direction').value});
    });
}
