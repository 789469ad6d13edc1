
/*
 * The flame graph, callers above what they call, coloured by how much of itself a call gained or lost.  A box that has
 * the focus is moved by the arrows, and told to screen readers as text.
 */

const BOX_HEIGHT = 20;
/** Boxes narrower than this many pixels are not drawn. */
const NARROWEST = 0.4;

/** @typedef {{call: number, x: number, width: number, level: number}} Box */

const flame = {
    /** @type {Box[]} */
    boxes: [],
    focus: 0,
};

/** @param {Measure} measure */
function weightOf(measure) {
    return state.basis === 'both' ? measure.old + measure.new : measure[state.basis];
}

/** The step of a change on the scale: -1 for noise, else from 0. @param {Measure} measure */
function stepOf(measure) {
    const relative = measure.old ? Math.abs(changeOf(measure)) / measure.old : Infinity;
    return isSure(measure) ? STEPS.filter((step) => relative >= step).length : -1;
}

/** The value of a custom property of the style. @param {string} name */
function css(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name);
}

/** @param {number} step */
function inkOf(step) {
    return step >= DARK ? '#ffffff' : '#1b1f24';
}

/** @param {Measure} measure */
function colorsOf(measure) {
    const step = stepOf(measure);
    const scale = changeOf(measure) > 0 ? SLOWER : FASTER;
    return step < 0 ? {fill: css('--noise'), ink: css('--text')} : {fill: scale[step], ink: inkOf(step)};
}

/** All boxes wide enough to be seen, callers first. @param {number} width */
function layOut(width) {
    /** @type {Box[]} */
    const boxes = [];
    for (let call = state.zoom; ; call = calls[call].parent) {
        boxes.unshift({call, x: 0, width, level: 0});
        if (call === ROOT) {
            break;
        }
    }
    boxes.forEach((box, level) => {
        box.level = level;
    });
    for (let i = boxes.length - 1; i < boxes.length; i++) {
        const {call, x, width: room, level} = boxes[i];
        const whole = weightOf(calls[call].total);
        let at = x;
        for (const child of calls[call].children) {
            const wide = whole > 0 ? room * weightOf(calls[child].total) / whole : 0;
            if (wide >= NARROWEST) {
                boxes.push({call: child, x: at, width: wide, level: level + 1});
            }
            at += wide;
        }
    }
    return boxes;
}

function flameCanvas() {
    return /** @type {HTMLCanvasElement} */ (element('flame'));
}

/** @param {Call} call */
function callName(call) {
    return call.index === ROOT ? 'total' : call.func.name;
}

/** @param {Call} call */
function callText(call) {
    const place = call.index === ROOT ? '' : placeOf(call.func);
    const self = call.children.length ? `\nself: ${describe(call.self)}` : '';
    return `${callName(call)}${place ? ` ${place}` : ''}\ntotal: ${describe(call.total)}${self}`;
}

/**
 * As much of a text as fits.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} width
 */
function fitText(context, text, width) {
    let cut = text.slice(0, Math.floor(width / 4));
    while (cut.length > 2 && context.measureText(cut).width > width) {
        cut = `${cut.slice(0, Math.floor(cut.length * 0.9) - 1)}…`;
    }
    return cut.length > 2 ? cut : '';
}

/** @param {CanvasRenderingContext2D} context */
function paintBoxes(context) {
    const ring = css('--focus');
    for (const [i, box] of flame.boxes.entries()) {
        const call = calls[box.call];
        const {fill, ink} = colorsOf(call.total);
        const y = box.level * BOX_HEIGHT;
        context.globalAlpha = state.search && !(box.call !== ROOT && matches(call.func)) ? 0.35 : 1;
        context.fillStyle = fill;
        context.fillRect(box.x, y, Math.max(box.width - 0.5, NARROWEST), BOX_HEIGHT - 1);
        if (box.width > 24) {
            context.fillStyle = ink;
            context.fillText(fitText(context, `${callName(call)} ${percentText(call.total)}`, box.width - 6), box.x + 3,
                y + BOX_HEIGHT / 2);
        }
        context.globalAlpha = 1;
        if (i === flame.focus && document.activeElement === flameCanvas()) {
            context.strokeStyle = ring;
            context.lineWidth = 3;
            context.strokeRect(box.x + 1.5, y + 1.5, Math.max(2, box.width - 3), BOX_HEIGHT - 4);
        }
    }
}

function drawFlame() {
    const canvas = flameCanvas();
    const ratio = devicePixelRatio || 1;
    const width = Math.max(100, canvas.clientWidth);
    flame.boxes = layOut(width);
    flame.focus = Math.min(flame.focus, flame.boxes.length - 1);
    const levels = flame.boxes.reduce((most, box) => Math.max(most, box.level + 1), 1);
    canvas.height = Math.round(levels * BOX_HEIGHT * ratio);
    canvas.width = Math.round(width * ratio);
    canvas.style.height = `${levels * BOX_HEIGHT}px`;
    canvas.setAttribute('aria-label', `Flame graph of ${flame.boxes.length} calls, coloured by change: ` +
        'arrow keys move, Enter zooms, Escape zooms out');
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.scale(ratio, ratio);
    context.textBaseline = 'middle';
    context.font = '12px system-ui, sans-serif';
    paintBoxes(context);
    control('flame-out').disabled = state.zoom === ROOT;
}

/** @param {MouseEvent} event */
function boxAt(event) {
    const area = flameCanvas().getBoundingClientRect();
    const x = event.clientX - area.left;
    const level = Math.floor((event.clientY - area.top) / BOX_HEIGHT);
    return flame.boxes.findIndex((box) => box.level === level && x >= box.x && x < box.x + box.width);
}

/** @param {MouseEvent} event */
function showTip(event) {
    const box = flame.boxes[boxAt(event)];
    const tip = element('tip');
    tip.hidden = !box;
    if (!box) {
        return;
    }
    tip.textContent = callText(calls[box.call]);
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${event.clientY + 16 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 8 : event.clientY + 16}px`;
}

/** @param {number} index */
function focusBox(index) {
    if (flame.boxes[index]) {
        flame.focus = index;
        drawFlame();
        element('flame-status').textContent = callText(calls[flame.boxes[index].call]);
    }
}

/** @param {number} call */
function zoomTo(call) {
    state.zoom = call;
    drawFlame();
    focusBox(flame.boxes.findIndex((box) => box.call === call));
}

/** The box that an arrow leads to. @param {string} key */
function nextBox(key) {
    const {boxes} = flame;
    const at = boxes[flame.focus];
    if (key === 'ArrowDown') {
        return boxes.findIndex((box) => box.level === at.level + 1 && box.x >= at.x - 0.01 && box.x < at.x + at.width);
    }
    if (key === 'ArrowUp') {
        return boxes.findIndex((box) => box.level === at.level - 1 && box.x <= at.x + 0.01 && at.x < box.x + box.width);
    }
    const level = boxes.map((box, i) => ({...box, i})).filter((box) => box.level === at.level).sort((a, b) => a.x - b.x);
    const place = level.findIndex((box) => box.i === flame.focus) + (key === 'ArrowRight' ? 1 : -1);
    return level[place] ? level[place].i : -1;
}

/** @param {KeyboardEvent} event */
function onFlameKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    if (event.key.startsWith('Arrow')) {
        focusBox(nextBox(event.key));
    } else if (event.key === 'Enter' || event.key === ' ') {
        zoomTo(flame.boxes[flame.focus].call);
    } else if (event.key === 'Escape' || event.key === 'Backspace') {
        zoomTo(calls[state.zoom].parent);
    } else {
        return;
    }
    event.preventDefault();
}

/** The scale, in colours and in words. */
function drawScale() {
    const put = (/** @type {string} */ text, /** @type {string} */ fill, /** @type {string} */ ink) => {
        const step = make('span', 'step', text);
        step.style.background = fill;
        step.style.color = ink;
        element('scale').append(step);
    };
    const bounds = STEPS.map((step) => Math.round(step * 100));
    const texts = bounds.map((bound, i) => i ? `${bounds[i - 1]}–${bound} %` : `under ${bound} %`);
    texts.push(`over ${bounds[bounds.length - 1]} %`);
    element('scale').append('faster ');
    FASTER.map((fill, i) => () => put(texts[i], fill, inkOf(i))).reverse().forEach((step) => step());
    put('noise', 'var(--noise)', 'var(--text)');
    SLOWER.forEach((fill, i) => put(texts[i], fill, inkOf(i)));
    element('scale').append(' slower');
}

function startFlame() {
    const canvas = flameCanvas();
    canvas.addEventListener('mousemove', showTip);
    canvas.addEventListener('mouseleave', () => {
        element('tip').hidden = true;
    });
    canvas.addEventListener('click', (event) => {
        const box = flame.boxes[boxAt(event)];
        canvas.focus({preventScroll: true});
        if (box) {
            zoomTo(box.call);
        }
    });
    canvas.addEventListener('keydown', onFlameKey);
    canvas.addEventListener('focus', () => focusBox(flame.focus));
    canvas.addEventListener('blur', drawFlame);
    element('flame-out').addEventListener('click', () => zoomTo(calls[state.zoom].parent));
    control('basis').addEventListener('change', () => {
        state.basis = /** @type {any} */ (control('basis').value);
        drawFlame();
    });
    addEventListener('resize', drawFlame);
    drawScale();
}
