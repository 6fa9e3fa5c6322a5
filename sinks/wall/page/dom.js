// sinks/wall/page/dom.js — elements made from plain text, never from markup.

export function make(tag, classes = '', text = undefined) {
    const element = document.createElement(tag);
    if (classes)
        element.className = classes;
    if (text !== undefined)
        element.textContent = text;
    return element;
}

export function button(classes, text, act) {
    const element = make('button', classes, text);
    element.type = 'button';
    element.addEventListener('click', act);
    return element;
}

// Only writes what differs: four times a second most of a wall stays as it is.
export function write(element, text) {
    if (element.textContent !== text)
        element.textContent = text;
}

export function put(element, name, value) {
    if (value === null || value === undefined || value === false)
        element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value))
        element.setAttribute(name, String(value));
}

export function show(element, isShown) {
    if (element.hidden === isShown)
        element.hidden = !isShown;
}

export const byId = id => document.getElementById(id);
