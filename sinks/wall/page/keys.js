// sinks/wall/page/keys.js — everything an operator does, by keyboard; index.html lists the keys (`?`).

import { byId } from './dom.js';
import { isOpen as isDialogOpen } from './dialogs.js';

const sections = { 5: 'active', 6: 'shelved', 7: 'out' };
const severities = { 1: 4, 2: 3, 3: 2, 4: 1 }; // key → level, worst first

// In the list only: where to.
function step(list, key) {
    switch (key) {
    case 'ArrowDown': return 1;
    case 'ArrowUp': return -1;
    case 'PageDown': return list.page;
    case 'PageUp': return -list.page;
    case 'Home': return -Infinity;
    case 'End': return Infinity;
    default: return null;
    }
}

function pressedInList(wall, event) {
    const by = step(wall.list, event.key);
    if (by !== null) {
        event.preventDefault();
        wall.list.move(by);
        if (wall.details.isOpen)
            wall.details.open(wall.list.chosen);
    } else if (event.key === 'Enter' && wall.list.chosen) {
        event.preventDefault();
        wall.openAlert(wall.list.chosen);
    }
}

function escape(wall, event) {
    if (event.target.id === 'search' && event.target.value === '')
        byId('list').focus();
    if (wall.details.isOpen)
        wall.details.close();
    else if (wall.place.isOpen)
        wall.place.close();
    else if (wall.list.isFiltered)
        wall.clearFilters();
}

function chooseFirst(wall) {
    byId('list').focus();
    const first = wall.list.items.find(item => item.alert && item.alert.state !== 'ACKED');
    if (first)
        wall.list.choose(first.alert.id);
}

function actionOf(wall, key) {
    const alert = wall.model.alerts.get(wall.list.chosen);
    if (key in severities)
        return () => wall.toggleSeverity(severities[key]);
    if (key in sections)
        return () => wall.setSection(sections[key]);
    switch (key) {
    case 'a': return () => alert && alert.state !== 'ACKED' && wall.act('ack', alert);
    case 's': return () => alert && !alert.flags.has('shelved') && wall.act('shelve', alert);
    case 'u': return () => alert && alert.flags.has('shelved') && wall.act('unshelve', alert);
    case 't': return () => alert && wall.act('note', alert);
    case 'n': return () => chooseFirst(wall);
    case '/': return () => byId('search').focus();
    case '?': return () => wall.dialogs.openHelp();
    default: return null;
    }
}

export function listenToKeys(wall) {
    byId('list').addEventListener('keydown', event => pressedInList(wall, event));
    document.addEventListener('keydown', event => {
        if (event.ctrlKey || event.altKey || event.metaKey || isDialogOpen())
            return;
        if (event.key === 'Escape') {
            escape(wall, event);
            return;
        }
        const action = event.target.closest('input, select, textarea') ? null : actionOf(wall, event.key.toLowerCase());
        if (!action)
            return;
        event.preventDefault();
        action();
    });
}
