// sinks/wall/page/shapes.js — one silhouette per severity and per quality, for the list (SVG) and the map (canvas).
//
// No meaning hangs on colour alone: critical is a diamond, major a triangle, minor a square, warning a
// circle; states of data are hollow or crossed.  All are drawn in a box of 24 × 24.

export const severities = ['none', 'warning', 'minor', 'major', 'critical'];

const svg = 'http://www.w3.org/2000/svg';

// path: the silhouette; mark: strokes inside it, dark on the filled shape.
const shapes = {
    critical: { path: 'M12 0.5 L23.5 12 L12 23.5 L0.5 12 Z', mark: 'M12 5.5 V13.5 M12 16.4 V18.4' },
    major: { path: 'M12 1.5 L23 22 H1 Z', mark: 'M12 8.5 V15 M12 17.4 V19.4' },
    minor: { path: 'M3 3 H21 V21 H3 Z', mark: 'M7.5 12 H16.5' },
    warning: { path: 'M12 1.5 A10.5 10.5 0 1 1 11.99 1.5 Z', mark: 'M12 10 V18 M12 5.8 V7.6' },
    none: { path: 'M12 6 A6 6 0 1 1 11.99 6 Z', mark: '' },
    // alert states
    UNACK: { path: 'M12 2 A7 7 0 0 1 19 9 V15 L21.5 18.5 H2.5 L5 15 V9 A7 7 0 0 1 12 2 Z M9.5 20 H14.5 A2.5 2.5 0 0 1 9.5 20 Z', mark: '' },
    ACKED: { path: '', line: 'M3 13 L9.5 19.5 L21.5 5.5' },
    RTNUN: { path: '', line: 'M8 4 L3 9 L8 14 M3 9 H15 A5.5 5.5 0 0 1 15 20 H9' },
    PEND: { path: '', line: 'M6 2 H18 M6 22 H18 M7 2 V6 L17 18 V22 M17 2 V6 L7 18 V22' },
    NORM: { path: '', line: 'M3 12 H21' },
    doubtful: { path: '', line: 'M7 8 A5 5 0 1 1 13.5 12.7 Q12 13.4 12 15.5 M12 19 V21' },
    shelved: { path: '', line: 'M12 2.5 A9.5 9.5 0 1 1 11.99 2.5 Z M12 7 V12.5 L16 15' },
    suppressed: { path: '', line: 'M12 2.5 A9.5 9.5 0 1 1 11.99 2.5 Z M5.5 5.5 L18.5 18.5' },
    maintenance: { path: '', line: 'M3.5 20.5 L13 11 M13 11 A5 5 0 0 1 19.5 4 L16.5 7 L17.5 9 L20 8 A5 5 0 0 1 13 11' },
    // qualities of an entity without alert
    uncertain: { path: '', line: 'M12 5 A7 7 0 1 1 11.99 5 Z' },
    stale: { path: '', line: 'M12 5 A7 7 0 1 1 11.99 5 Z M5.5 12 H18.5' },
    offline: { path: '', line: 'M6 6 L18 18 M18 6 L6 18' },
    unknown: { path: '', line: 'M12 5 A7 7 0 1 1 11.99 5 Z M12 11.6 V12.4' },
    absent: { path: '', line: 'M12 5 L19 12 L12 19 L5 12 Z' },
};

// The same colours as in base.css; tests compare them.
export const colours = {
    critical: '#ff5a5f', major: '#ff9d2e', minor: '#ffe066', warning: '#5cc8ff', none: '#7fa08c',
    uncertain: '#b7c4d4', stale: '#9aa7b8', offline: '#c48bff', unknown: '#b7c4d4', absent: '#8794a6',
};

function element(name, attributes) {
    const made = document.createElementNS(svg, name);
    for (const [key, value] of Object.entries(attributes))
        made.setAttribute(key, value);
    return made;
}

// Decoration: the text beside it says the same.
export function icon(name, classes = '') {
    const shape = shapes[name] ?? shapes.unknown;
    const root = element('svg', { viewBox: '0 0 24 24', class: `icon ${classes}`, 'aria-hidden': 'true', focusable: 'false' });
    if (shape.path)
        root.append(element('path', { d: shape.path, class: 'icon-body' }));
    if (shape.mark)
        root.append(element('path', { d: shape.mark, class: 'icon-mark' }));
    if (shape.line)
        root.append(element('path', { d: shape.line, class: 'icon-line' }));
    return root;
}

export function setIcon(holder, name, classes = '') {
    if (holder.dataset.icon === name)
        return;
    holder.dataset.icon = name;
    holder.replaceChildren(icon(name, classes));
}

// A sprite of about `size` CSS pixels, a whole number of real ones: drawn at whole pixels it is copied, not scaled.
// Faded when its value is only the last known one.
export function sprite(name, size, ratio, isFaded) {
    const shape = shapes[name] ?? shapes.unknown;
    const edge = 2;
    const pixels = Math.ceil((size + 2 * edge) * ratio);
    const canvas = new OffscreenCanvas(pixels, pixels);
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    context.translate(edge, edge);
    context.scale(size / 24, size / 24);
    context.lineCap = context.lineJoin = 'round';
    const colour = isFaded ? '#7d8896' : colours[name] ?? colours.unknown;
    if (shape.path) {
        const body = new Path2D(shape.path);
        context.strokeStyle = '#05080c';
        context.lineWidth = 3;
        context.stroke(body);
        context.fillStyle = colour;
        context.fill(body);
    }
    if (shape.mark) {
        context.strokeStyle = '#14090a';
        context.lineWidth = 2.8;
        context.stroke(new Path2D(shape.mark));
    }
    if (shape.line) {
        const line = new Path2D(shape.line);
        context.strokeStyle = '#05080c';
        context.lineWidth = 6;
        context.stroke(line);
        context.strokeStyle = colour;
        context.lineWidth = 3;
        context.stroke(line);
    }
    return { image: canvas.transferToImageBitmap(), extent: pixels / ratio };
}
