// sinks/wall/page/trends.js — what each device's value did since the page was opened, and its small chart.
//
// At most one point a second per device in a ring; all rings share one budget, so that 100,000 devices
// on a wall for a month take no more memory than on its first day.

import uPlot from './lib/uplot/uPlot.esm.js';
import { number, clockTime, minuteTime } from './text.js';

const budget = 1_500_000; // points over all devices, 16 bytes each
const longest = 1_800;
const shortest = 30;

export class Trends {
    constructor() {
        this.rings = new Map();
    }

    add(entity) {
        let ring = this.rings.get(entity.id);
        const isNew = !ring;
        if (isNew)
            this.rings.set(entity.id, ring = { times: [], values: [] });
        const { times, values } = ring;
        const last = times.length - 1;
        const at = entity.time / 1000;
        if (last >= 0 && at < times[last])
            return; // an older reading: the live value may be corrected, a line never runs back
        if (last >= 0 && at - times[last] < 1) {
            values[last] = entity.value;
            return;
        }
        times.push(at);
        values.push(entity.value);
        const limit = Math.max(shortest, Math.min(longest, Math.floor(budget / this.rings.size)));
        if (times.length > limit + limit / 4) { // cut now and then, not at each point
            times.splice(0, times.length - limit);
            values.splice(0, values.length - limit);
        }
    }

    // Devices that the registry no longer has.
    forget(model) {
        for (const id of this.rings.keys())
            if (!model.entityIds.has(id))
                this.rings.delete(id);
    }

    of(id) {
        const ring = this.rings.get(id);
        return ring ? [ring.times, ring.values] : [[], []];
    }
}

export class Chart {
    constructor(holder) {
        this.holder = holder;
        this.plot = null;
    }

    open(entity, language, zone) {
        this.close();
        const ink = getComputedStyle(document.documentElement).getPropertyValue('--ink-soft').trim();
        const grid = { stroke: '#24303d', width: 1 };
        const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
        const font = `${Math.round(0.75 * rem)}px system-ui, sans-serif`;
        this.plot = new uPlot({
            width: Math.max(160, this.holder.clientWidth),
            height: Math.max(90, this.holder.clientHeight),
            legend: { show: false },
            cursor: { show: false },
            tzDate: seconds => uPlot.tzDate(new Date(seconds * 1e3), zone),
            scales: { y: { range: (plot, low, high) => padded(low, high) } },
            axes: [
                {
                    stroke: ink, grid, ticks: grid, font, size: 1.9 * rem, space: 4.5 * rem,
                    values: (plot, marks, axis, space, step) => marks.map(at => (step < 60 ? clockTime : minuteTime)(at * 1e3, language, zone)),
                },
                { stroke: ink, grid, ticks: grid, font, size: 3.4 * rem, space: 1.6 * rem, values: (plot, marks) => marks.map(v => number(v, language)) },
            ],
            series: [{}, { stroke: '#7fd1ff', width: 2, points: { show: plot => plot.data[0].length < 3, size: 6 } }],
        }, [[], []], this.holder);
    }

    draw([times, values]) {
        this.plot?.setData([times, values]);
    }

    close() {
        this.plot?.destroy();
        this.plot = null;
    }
}

function padded(low, high) {
    if (!Number.isFinite(low) || !Number.isFinite(high))
        return [0, 1];
    const room = (high - low || Math.abs(high) || 1) * 0.1;
    return [low - room, high + room];
}
