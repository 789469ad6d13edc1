
/*
 * The timeline: one lane a process and thread, over time.  The wheel zooms at the pointer, dragging selects a time range,
 * dragging with Shift or on the axis moves.  Keys do the same from a cursor.
 */

const AXIS_HEIGHT = 22;

const timeline = {
    /** @type {Lane[]} */
    lanes: [],
    from: 0,
    to: 1,
    lane: 0,
    cursor: -1,
    /** Where a drag began, and whether it moves. */
    drag: {on: false, moves: false, time: 0, x: 0, from: 0, to: 0},
};

function timelineCanvas() {
    return /** @type {HTMLCanvasElement} */ (element('timeline-canvas'));
}

/** Pixels that the lanes' names take. */
function nameWidth() {
    return Math.min(170, Math.floor(element('timeline-scroll').clientWidth * 0.3));
}

function laneWidth() {
    return Math.max(50, element('timeline-scroll').clientWidth - nameWidth());
}

/** @param {number} x from the canvas's left */
function timeAt(x) {
    const across = Math.max(0, Math.min(1, (x - nameWidth()) / laneWidth()));
    return timeline.from + across * (timeline.to - timeline.from);
}

/** @param {number} time */
function pixelAt(time) {
    return nameWidth() + (time - timeline.from) / (timeline.to - timeline.from) * laneWidth();
}

/**
 * What is in sight, kept inside of what there is.
 * @param {number} from
 * @param {number} to
 */
function look(from, to) {
    const {begin, end} = profile;
    const span = Math.max(10, Math.min(end - begin, to - from));
    timeline.from = Math.max(begin, Math.min(end - span, from));
    timeline.to = timeline.from + span;
    paintTimeline();
}

/**
 * @param {number} time what stays where it is
 * @param {number} factor
 */
function zoomAt(time, factor) {
    look(time - (time - timeline.from) * factor, time + (timeline.to - time) * factor);
}

function drawTimeline() {
    timeline.lanes = makeLanes();
    timeline.lane = Math.min(timeline.lane, Math.max(0, timeline.lanes.length - 1));
    element('timeline-space').style.height = `${AXIS_HEIGHT + timeline.lanes.length * LANE_HEIGHT}px`;
    timelineCanvas().setAttribute('aria-label', `Timeline, ${plural(timeline.lanes.length, 'lane')}: left and right move the ` +
        'cursor, with Shift they select, up and down change the lane, plus and minus zoom, Escape selects all time');
    look(timeline.from, timeline.to);
}

function paintTimeline() {
    const place = element('timeline-scroll');
    const width = Math.max(100, place.clientWidth);
    const height = Math.max(AXIS_HEIGHT + LANE_HEIGHT, Math.floor(place.getBoundingClientRect().height));
    const context = prepareCanvas(timelineCanvas(), width, height);
    const first = Math.max(0, Math.floor(place.scrollTop / LANE_HEIGHT));
    const last = Math.min(timeline.lanes.length, first + Math.ceil(height / LANE_HEIGHT) + 1);
    for (let i = first; i < last; i++) {
        paintLaneRow(context, i, AXIS_HEIGHT + i * LANE_HEIGHT - place.scrollTop);
    }
    paintAxis(context, width);
    paintSelection(context, height);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} index
 * @param {number} top
 */
function paintLaneRow(context, index, top) {
    const {thread, process} = timeline.lanes[index];
    const left = nameWidth();
    context.fillStyle = css(thread < 0 ? '--text' : '--dim');
    if (thread < 0) {
        context.fillText(fitText(context, processName(process), left + laneWidth() - 12), 6, top + LANE_HEIGHT / 2);
        return;
    }
    context.fillText(fitText(context, threadName(thread), left - 18), 14, top + LANE_HEIGHT / 2 - 2);
    paintLane(context, thread, {from: timeline.from, to: timeline.to, left, top, width: laneWidth()});
    if (index === timeline.lane && document.activeElement === timelineCanvas()) {
        context.strokeStyle = css('--focus');
        context.lineWidth = 2;
        context.strokeRect(left + 1, top - 1, laneWidth() - 2, LANE_HEIGHT - 2);
    }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 */
function paintAxis(context, width) {
    const step = axisStep((timeline.to - timeline.from) / laneWidth());
    const decimals = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / 1e6))));
    context.fillStyle = css('--panel');
    context.fillRect(0, 0, width, AXIS_HEIGHT - 2);
    context.fillStyle = css('--dim');
    for (let time = Math.ceil(timeline.from / step) * step; time <= timeline.to; time += step) {
        const x = pixelAt(time);
        context.fillRect(x, AXIS_HEIGHT - 8, 1, 6);
        context.fillText(`${(time / 1e6).toFixed(decimals)} s`, x + 4, AXIS_HEIGHT / 2);
    }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} height
 */
function paintSelection(context, height) {
    if (state.time) {
        const from = Math.max(nameWidth(), pixelAt(state.time[0]));
        const to = Math.max(from, pixelAt(state.time[1]));
        context.fillStyle = css('--shade');
        context.fillRect(nameWidth(), AXIS_HEIGHT, from - nameWidth(), height);
        context.fillRect(to, AXIS_HEIGHT, Math.max(0, nameWidth() + laneWidth() - to), height);
        context.fillStyle = css('--accent');
        context.fillRect(from - 1, 0, 2, height);
        context.fillRect(to - 1, 0, 2, height);
    }
    if (timeline.cursor >= timeline.from && timeline.cursor <= timeline.to && document.activeElement === timelineCanvas()) {
        context.fillStyle = css('--focus');
        context.fillRect(pixelAt(timeline.cursor) - 0.5, 0, 1, height);
    }
}

/**
 * What a thread did at a time.
 * @param {number} index of the lane
 * @param {number} time
 */
function describeMoment(index, time) {
    const lane = timeline.lanes[index];
    if (!lane) {
        return '';
    }
    if (lane.thread < 0) {
        return processName(lane.process);
    }
    const {node, begin, state: states, first} = profile.runs;
    const run = firstRunAfter(lane.thread, time);
    const start = `${threadName(lane.thread)} at ${(time / 1e6).toFixed(Math.max(3, profile.decimals))} s: `;
    if (run >= first[lane.thread + 1] || begin[run] > time) {
        return `${start}not recorded`;
    }
    const fn = laneFunctions.of[node[run]];
    return `${start}${fn < 0 ? '[no Python frame]' : `${nameOf(fn)} ${placeOf(fn)}`}, ${stateText(states[run])}, ` +
        `for ${seconds(profile.runs.time[run])}`;
}

/** @param {MouseEvent} event */
function pointOf(event) {
    const area = timelineCanvas().getBoundingClientRect();
    const y = event.clientY - area.top - AXIS_HEIGHT + element('timeline-scroll').scrollTop;
    return {x: event.clientX - area.left, lane: Math.floor(y / LANE_HEIGHT), onAxis: event.clientY - area.top < AXIS_HEIGHT};
}

/** @param {MouseEvent} event */
function onTimelineDown(event) {
    const {x, onAxis} = pointOf(event);
    if (event.button === 0 && x >= nameWidth()) {
        timeline.drag = {on: true, moves: event.shiftKey || onAxis, time: timeAt(x), x, from: timeline.from, to: timeline.to};
    }
}

/** @param {MouseEvent} event */
function onTimelineMove(event) {
    const {x, lane} = pointOf(event);
    const {drag} = timeline;
    element('timeline-status').textContent = describeMoment(lane, timeAt(x));
    if (!drag.on) {
        return;
    }
    if (drag.moves) {
        const shift = (x - drag.x) / laneWidth() * (drag.to - drag.from);
        look(drag.from - shift, drag.to - shift);
    } else if (Math.abs(x - drag.x) > 3) {
        const time = timeAt(x);
        state.time = [Math.min(time, drag.time), Math.max(time, drag.time)];
        paintTimeline();
    }
}

/** @param {MouseEvent} event */
function onTimelineUp(event) {
    const {drag} = timeline;
    if (!drag.on) {
        return;
    }
    drag.on = false;
    if (!drag.moves && Math.abs(pointOf(event).x - drag.x) > 3) {
        choose({time: state.time});
    }
}

/** @param {WheelEvent} event */
function onTimelineWheel(event) {
    const span = timeline.to - timeline.from;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const shift = (event.deltaX || event.deltaY) / 600 * span;
        look(timeline.from + shift, timeline.to + shift);
    } else {
        zoomAt(timeAt(pointOf(event).x), 1.002 ** event.deltaY);
    }
    event.preventDefault();
}

/**
 * Moves the cursor by a share of what is in sight; with Shift it takes a range with it.
 * @param {number} by
 * @param {boolean} selects
 */
function moveCursor(by, selects) {
    const span = timeline.to - timeline.from;
    const before = timeline.cursor < 0 ? timeline.from + span / 2 : timeline.cursor;
    const after = Math.max(profile.begin, Math.min(profile.end, before + by * span));
    timeline.cursor = after;
    if (after < timeline.from || after > timeline.to) {
        look(timeline.from + by * span, timeline.to + by * span);
    }
    if (selects) {
        const [from, to] = state.time || [before, before];
        const fixed = Math.abs(before - from) < Math.abs(before - to) ? to : from;
        const range = /** @type {[number, number]} */ ([Math.min(fixed, after), Math.max(fixed, after)]);
        choose({time: range[0] < range[1] ? range : null});
    }
}

/** @param {number} by */
function moveLane(by) {
    const place = element('timeline-scroll');
    timeline.lane = Math.max(0, Math.min(timeline.lanes.length - 1, timeline.lane + by));
    const top = timeline.lane * LANE_HEIGHT;
    if (top < place.scrollTop || top + 2 * LANE_HEIGHT + AXIS_HEIGHT > place.scrollTop + place.clientHeight) {
        place.scrollTop = top - place.clientHeight / 2;
    }
}

/** @param {KeyboardEvent} event */
function onTimelineKey(event) {
    const middle = timeline.cursor >= 0 ? timeline.cursor : (timeline.from + timeline.to) / 2;
    /** @type {Record<string, () => void>} */
    const actions = {
        'ArrowLeft': () => moveCursor(-0.02, event.shiftKey),
        'ArrowRight': () => moveCursor(0.02, event.shiftKey),
        'ArrowUp': () => moveLane(-1),
        'ArrowDown': () => moveLane(1),
        '+': () => zoomAt(middle, 0.5),
        '=': () => zoomAt(middle, 0.5),
        '-': () => zoomAt(middle, 2),
        'Home': () => look(profile.begin, profile.end),
        'Enter': () => state.time && look(state.time[0], state.time[1]),
        'Escape': () => choose({time: null}),
    };
    if (!(event.key in actions) || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    actions[event.key]();
    paintTimeline();
    element('timeline-status').textContent = describeMoment(timeline.lane, timeline.cursor >= 0 ? timeline.cursor : middle);
    event.preventDefault();
}

function startTimeline() {
    const canvas = timelineCanvas();
    timeline.from = profile.begin;
    timeline.to = profile.end;
    findLaneFunctions();
    canvas.addEventListener('mousedown', onTimelineDown);
    addEventListener('mousemove', (event) => {
        if (timeline.drag.on || event.target === canvas) {
            onTimelineMove(event);
        }
    });
    addEventListener('mouseup', onTimelineUp);
    canvas.addEventListener('wheel', onTimelineWheel, {passive: false});
    canvas.addEventListener('dblclick', () => look(profile.begin, profile.end));
    canvas.addEventListener('keydown', onTimelineKey);
    canvas.addEventListener('focus', paintTimeline);
    canvas.addEventListener('blur', paintTimeline);
    element('timeline-scroll').addEventListener('scroll', paintTimeline);
    element('timeline-all').addEventListener('click', () => look(profile.begin, profile.end));
    element('timeline-range').addEventListener('click', () => state.time && look(state.time[0], state.time[1]));
}
