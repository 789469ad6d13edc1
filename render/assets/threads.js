
/* The choice of processes and threads: a list with a box for each, as long as it is open. */

/** Threads that are listed at once; the filter finds the others. */
const LISTED_THREADS = 200;

/**
 * @param {number[]} threads
 * @param {boolean} on
 */
function selectThreads(threads, on) {
    const all = profile.threads.length;
    const chosen = new Set(state.threads || profile.threads.keys());
    for (const thread of threads) {
        if (on) {
            chosen.add(thread);
        } else {
            chosen.delete(thread);
        }
    }
    choose({threads: chosen.size === all ? null : chosen});
}

/**
 * @param {string} text
 * @param {string} className
 * @param {number[]} threads
 * @param {string} id
 */
function drawThreadBox(text, className, threads, id) {
    const label = make('label', className);
    const box = /** @type {HTMLInputElement} */ (make('input', ''));
    const on = threads.filter(isSelected).length;
    box.type = 'checkbox';
    box.id = id;
    box.checked = on === threads.length;
    box.indeterminate = on > 0 && on < threads.length;
    box.addEventListener('change', () => {
        selectThreads(threads, box.checked);
        document.getElementById(id)?.focus();
    });
    const only = makeButton('only', () => {
        choose({threads: threads.length === profile.threads.length ? null : new Set(threads)});
        document.getElementById(id)?.focus();
    });
    only.setAttribute('aria-label', `only ${text}`);
    label.append(box, make('span', 'name', text));
    const line = make('div', 'choice');
    line.append(label, only);
    return line;
}

/** The threads whose name or process contains what is typed. */
function listedThreads() {
    const wanted = input('thread-filter').value.trim().toLowerCase();
    return [...profile.threads.keys()].filter((thread) => {
        const {process, tid} = profile.threads[thread];
        return `${processName(process)} ${threadName(thread)} ${tid}`.toLowerCase().includes(wanted);
    });
}

function drawThreads() {
    const all = profile.threads.length;
    const chosen = state.threads ? state.threads.size : all;
    element('threads-summary').textContent = chosen === all ? `All ${plural(all, 'thread')}` : `${chosen} of ${plural(all, 'thread')}`;
    if (!(/** @type {HTMLDetailsElement} */ (element('threads')).open)) {
        return;
    }
    const listed = listedThreads();
    const lines = [];
    let process = -1;
    for (const thread of listed.slice(0, LISTED_THREADS)) {
        const own = profile.threads[thread].process;
        if (own !== process) {
            process = own;
            const {first, threads} = profile.processes[process];
            const members = Array.from({length: threads}, (_, i) => first + i);
            lines.push(drawThreadBox(processName(process), 'process', members, `process-${process}`));
        }
        lines.push(drawThreadBox(`${threadName(thread)} – ${seconds(profile.threads[thread].time)}`, '', [thread], `thread-${thread}`));
    }
    if (listed.length > LISTED_THREADS) {
        lines.push(make('p', 'note', `${plural(listed.length - LISTED_THREADS, 'more thread')}: type to find them`));
    }
    element('thread-list').replaceChildren(...lines);
}

function startThreads() {
    element('threads').addEventListener('toggle', drawThreads);
    input('thread-filter').addEventListener('input', drawThreads);
    element('threads-all').addEventListener('click', () => choose({threads: null}));
    element('threads-none').addEventListener('click', () => choose({threads: new Set()}));
    element('threads-listed').addEventListener('click', () => choose({threads: new Set(listedThreads())}));
}
