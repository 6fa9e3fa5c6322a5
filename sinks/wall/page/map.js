// sinks/wall/page/map.js — the map: Leaflet moves it, one own canvas draws every area, device and label.
//
// Devices are dots when they are well and ready sprites otherwise; positions are projected once per zoom.  It is
// drawn at most four times a second, and only when something changed.  Nothing needs a GPU or a tile.

import * as L from './lib/leaflet/leaflet-src.esm.js';
import { make, button, write, show } from './dom.js';
import { sprite, severities, colours } from './shapes.js';
import { say, language } from './i18n.js';
import { inLanguage, count } from './text.js';
import { standing } from './model.js';

const drawOrder = ['absent', 'none', 'unknown', 'stale', 'offline', 'uncertain', 'warning', 'minor', 'major', 'critical'];
const reach = 14; // pixels between a click and a device that it still means
const storageKey = 'ioc.wall.map';

export class CityMap {
    constructor(holder, model, areas, config) {
        Object.assign(this, { holder, model, areas, config });
        this.isDirty = true;
        this.isFaded = false;
        this.areaStates = new Map();
        this.chosenEntity = null;
        this.chosenArea = null;
        this.onEntity = () => {};
        this.onArea = () => {};
        this.onNothing = () => {};
        this.map = L.map(holder, {
            attributionControl: false, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, zoomAnimation: false, fadeAnimation: false,
            minZoom: 4, maxZoom: 19, wheelPxPerZoomLevel: 120, bounceAtZoomLimits: false, inertia: false,
        });
        if (config.tiles)
            L.tileLayer(config.tiles, { maxZoom: 19 }).addTo(this.map);
        this.map.setView([0, 0], 4);
        this.canvas = make('canvas', 'map-canvas');
        this.map.createPane('live').append(this.canvas);
        this.context = this.canvas.getContext('2d');
        this.map.on('move', () => this.redrawSoon());
        this.map.on('zoomend viewreset', () => this.project());
        this.map.on('resize', () => this.resize());
        this.map.on('moveend', () => this.rememberView());
        this.map.on('click', event => this.clicked(event));
        this.map.on('mousemove', event => this.hovered(event));
        this.map.on('mouseout', () => show(this.tip, false));
        this.tip = make('div', 'map-tip');
        this.tip.hidden = true;
        holder.append(this.tip);
        new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(holder);
        this.resize();
    }

    // Zoom buttons of our own: Leaflet's take HTML, and these speak the reader's language.
    makeControls(holder) {
        const add = (key, text, act) => {
            const made = button('map-button', text, act);
            made.dataset.label = key;
            holder.append(made);
        };
        add('zoomIn', '+', () => this.map.zoomIn());
        add('zoomOut', '−', () => this.map.zoomOut());
        add('wholeCity', '⤢', () => this.fit());
    }

    resize() {
        const size = this.map.getSize();
        this.ratio = Math.min(3, window.devicePixelRatio || 1);
        this.canvas.width = Math.max(1, Math.round(size.x * this.ratio));
        this.canvas.height = Math.max(1, Math.round(size.y * this.ratio));
        this.canvas.style.width = `${size.x}px`;
        this.canvas.style.height = `${size.y}px`;
        this.sprites = null;
        if (size.x > 0 && this.wantsFit)
            this.fit();
        this.redrawSoon();
    }

    cityBounds() {
        const bounds = L.latLngBounds([]);
        for (const { bounds: { south, west, north, east } } of this.areas.list)
            bounds.extend([[south, west], [north, east]]);
        if (!bounds.isValid())
            for (const entity of this.model.entities)
                if (entity?.point)
                    bounds.extend([entity.point[1], entity.point[0]]);
        return bounds;
    }

    fit() {
        const bounds = this.cityBounds();
        this.wantsFit = !bounds.isValid() || this.map.getSize().x === 0;
        if (!this.wantsFit)
            this.map.fitBounds(bounds, { padding: [12, 12], animate: false });
    }

    // The view of last time, else the whole city.
    begin() {
        if (this.hasBegun || !this.cityBounds().isValid())
            return;
        this.hasBegun = true;
        try {
            const view = JSON.parse(localStorage.getItem(storageKey));
            if (view && [view.x, view.y, view.zoom].every(Number.isFinite) && this.cityBounds().contains([view.y, view.x])) {
                this.map.setView([view.y, view.x], view.zoom, { animate: false });
                return;
            }
        } catch { /* nothing remembered */ }
        this.fit();
    }

    rememberView() {
        if (!this.hasBegun)
            return;
        const centre = this.map.getCenter();
        try {
            localStorage.setItem(storageKey, JSON.stringify({ x: centre.lng, y: centre.lat, zoom: this.map.getZoom() }));
        } catch { /* not kept then */ }
    }

    redrawSoon() {
        this.isDirty = true;
        if (this.frame)
            return;
        this.frame = requestAnimationFrame(() => {
            this.frame = 0;
            this.draw();
        });
    }

    // Pixels of the whole world at this zoom: drawing then only subtracts an origin.
    project() {
        const { entities } = this.model;
        this.xs = new Float64Array(entities.length);
        this.ys = new Float64Array(entities.length);
        const zoom = this.map.getZoom();
        this.projectedAreas = this.areas.list;
        entities.forEach((entity, i) => {
            if (!entity?.point)
                return;
            const at = this.map.project([entity.point[1], entity.point[0]], zoom);
            this.xs[i] = at.x;
            this.ys[i] = at.y;
        });
        for (const area of this.areas.list) {
            area.path = new Path2D();
            area.origin = this.map.project([area.bounds.north, area.bounds.west], zoom);
            for (const polygon of area.polygons)
                for (const ring of polygon) {
                    ring.forEach(([x, y], i) => {
                        const at = this.map.project([y, x], zoom).subtract(area.origin);
                        if (i === 0)
                            area.path.moveTo(at.x, at.y);
                        else
                            area.path.lineTo(at.x, at.y);
                    });
                    area.path.closePath();
                }
            area.anchor = this.map.project([area.label[1], area.label[0]], zoom);
            area.width = this.map.project([area.bounds.north, area.bounds.east], zoom).x - area.origin.x;
        }
        this.redrawSoon();
    }

    // Four times a second, when something has changed.
    update(isSure) {
        if (this.isFaded === isSure) {
            this.isFaded = !isSure;
            this.isDirty = true;
        }
        if (this.isDirty && !this.frame)
            this.draw();
    }

    makeSprites() {
        const zoom = this.map.getZoom();
        const scale = Math.min(1.5, Math.max(0.8, 0.8 + (zoom - 10) * 0.14)) * (this.rem / 16);
        const sizes = { none: 5, absent: 9, unknown: 9, uncertain: 10, stale: 10, offline: 11, warning: 17, minor: 18, major: 21, critical: 24 };
        this.sprites = new Map();
        for (const name of drawOrder)
            this.sprites.set(name, sprite(name, sizes[name] * scale, this.ratio, this.isFaded));
        this.spriteZoom = zoom;
        this.spriteFaded = this.isFaded;
        this.patterns = severities.map((name, level) => pattern(this.context, name, level, this.isFaded));
    }

    draw() {
        this.isDirty = false;
        const size = this.map.getSize();
        if (size.x === 0 || size.y === 0)
            return;
        this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
        if (this.xs?.length !== this.model.entities.length || this.projectedAreas !== this.areas.list)
            this.project();
        if (!this.sprites || this.spriteZoom !== this.map.getZoom() || this.spriteFaded !== this.isFaded)
            this.makeSprites();
        L.DomUtil.setPosition(this.canvas, this.map.containerPointToLayerPoint([0, 0]));
        const { context } = this;
        context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
        context.clearRect(0, 0, size.x, size.y);
        const origin = this.map.project(this.map.getCenter()).subtract(size.divideBy(2));
        this.drawAreas(context, origin, size);
        this.drawEntities(context, origin, size);
        this.drawLabels(context, origin, size);
    }

    drawAreas(context, origin, size) {
        for (const area of this.areas.list) {
            const x = area.origin.x - origin.x, y = area.origin.y - origin.y;
            const worst = this.areaStates.get(area.id)?.worst ?? 0;
            context.save();
            context.translate(x, y);
            context.fillStyle = '#121b26';
            if (!this.config.tiles)
                context.fill(area.path, 'evenodd');
            if (worst > 0) {
                context.fillStyle = this.patterns[worst];
                context.fill(area.path, 'evenodd');
            }
            context.restore();
        }
        for (const area of this.areas.list) { // borders over all fills; the chosen one last
            if (area.id !== this.chosenArea)
                this.drawBorder(context, area, origin, '#42546a', 1.2);
        }
        const chosen = this.areas.byId.get(this.chosenArea);
        if (chosen)
            this.drawBorder(context, chosen, origin, '#ffffff', 3);
    }

    drawBorder(context, area, origin, colour, width) {
        context.save();
        context.translate(area.origin.x - origin.x, area.origin.y - origin.y);
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.lineJoin = 'round';
        context.stroke(area.path);
        context.restore();
    }

    drawEntities(context, origin, size) {
        const buckets = new Map(drawOrder.map(name => [name, []]));
        this.model.entities.forEach((entity, i) => {
            if (!entity?.point)
                return;
            const x = this.xs[i] - origin.x, y = this.ys[i] - origin.y;
            if (x > -30 && y > -30 && x < size.x + 30 && y < size.y + 30)
                buckets.get(standing(entity)).push(x, y);
        });
        for (const [name, places] of buckets) {
            const { image, extent } = this.sprites.get(name);
            const { ratio } = this;
            if (name === 'none') {
                this.drawDots(context, places, extent / 2 - 2);
                continue;
            }
            for (let i = 0; i < places.length; i += 2)
                context.drawImage(image, Math.round((places[i] - extent / 2) * ratio) / ratio, Math.round((places[i + 1] - extent / 2) * ratio) / ratio,
                    extent, extent);
        }
        const chosen = this.model.entity(this.chosenEntity);
        if (chosen?.point) {
            context.strokeStyle = '#ffffff';
            context.lineWidth = 3;
            context.beginPath();
            context.arc(this.xs[chosen.index] - origin.x, this.ys[chosen.index] - origin.y, 18 * this.rem / 16, 0, 2 * Math.PI);
            context.stroke();
        }
    }

    // Most devices are well: a filled arc is a tenth of the main thread's time of a drawn image.
    drawDots(context, places, radius) {
        context.fillStyle = this.isFaded ? '#7d8896' : colours.none;
        for (let i = 0; i < places.length; i += 2) {
            context.beginPath();
            context.arc(places[i], places[i + 1], radius, 0, 2 * Math.PI);
            context.fill();
        }
    }

    // Counts always stand; names only where there is room, those of the worst areas first.
    drawLabels(context, origin, size) {
        const taken = [];
        const isFree = box => taken.every(other => box.x > other.x + other.w || box.x + box.w < other.x
            || box.y > other.y + other.h || box.y + box.h < other.y);
        const labels = this.areas.list.map(area => ({ area, state: this.areaStates.get(area.id) ?? { worst: 0, active: 0, unack: 0 },
            x: area.anchor.x - origin.x, y: area.anchor.y - origin.y }))
            .filter(({ x, y }) => x > -80 && y > -40 && x < size.x + 80 && y < size.y + 40)
            .sort((a, b) => b.state.worst - a.state.worst || b.state.active - a.state.active || b.area.width - a.area.width);
        context.textBaseline = 'middle';
        for (const label of labels)
            if (label.state.active > 0)
                this.drawBadge(context, label, taken, isFree);
        for (const label of labels)
            this.drawName(context, label, taken, isFree);
    }

    drawBadge(context, label, taken, isFree) {
        const { worst, active, unack } = label.state;
        const size = this.map.getZoom() < 10.5 ? 0.85 : 1; // at the width of a whole city there is little room
        const height = 1.5 * size * this.rem;
        const text = count(active, language());
        context.font = `700 ${1.05 * size * this.rem}px system-ui, sans-serif`;
        const width = height + context.measureText(text).width + 0.45 * this.rem;
        const box = freePlace({ x: label.x - width / 2, y: label.y - height / 2, w: width, h: height }, isFree);
        taken.push(box);
        label.badge = box;
        const colour = this.isFaded ? '#8d99a8' : colours[severities[worst]];
        if (box.isMoved) { // a line to where it belongs
            context.strokeStyle = colour;
            context.lineWidth = 1.5;
            context.beginPath();
            context.moveTo(label.x, label.y);
            context.lineTo(box.x + width / 2, box.y + height / 2);
            context.stroke();
        }
        context.fillStyle = '#0a1017';
        context.strokeStyle = colour;
        context.lineWidth = unack > 0 ? 3 : 1.5;
        context.beginPath();
        context.roundRect(box.x, box.y, box.w, box.h, 5);
        context.fill();
        context.stroke();
        const icon = this.sprites.get(severities[worst]);
        context.drawImage(icon.image, box.x + 3, box.y + 3, height - 6, height - 6);
        context.fillStyle = this.isFaded ? '#b5bfcb' : '#ffffff';
        context.textAlign = 'left';
        context.fillText(text, box.x + height - 1, box.y + height / 2 + 1);
    }

    drawName(context, label, taken, isFree) {
        const name = inLanguage(label.area.name, language()) || label.area.id;
        const height = 0.95 * this.rem;
        context.font = `600 ${0.82 * this.rem}px system-ui, sans-serif`;
        const width = context.measureText(name).width;
        if (width > label.area.width * 1.25)
            return;
        const middle = label.badge ? label.badge.x + label.badge.w / 2 : label.x;
        const y = label.badge ? label.badge.y + label.badge.h + height * 0.75 : label.y;
        const box = { x: middle - width / 2, y: y - height / 2, w: width, h: height };
        if (!isFree(box))
            return;
        taken.push(box);
        context.textAlign = 'center';
        context.lineWidth = 4;
        context.lineJoin = 'round';
        context.strokeStyle = '#0a1017';
        context.strokeText(name, middle, y);
        context.fillStyle = label.state.worst > 0 ? '#ffffff' : '#a9b7c6';
        context.fillText(name, middle, y);
    }

    entityAt(place) {
        if (!this.xs)
            return null;
        const origin = this.map.project(this.map.getCenter()).subtract(this.map.getSize().divideBy(2));
        let found = null, best = reach * reach, bestRank = -1;
        this.model.entities.forEach((entity, i) => {
            if (!entity?.point)
                return;
            const x = this.xs[i] - origin.x - place.x, y = this.ys[i] - origin.y - place.y;
            const distance = x * x + y * y;
            const rank = drawOrder.indexOf(standing(entity)); // what is drawn on top is what is meant
            if (distance < reach * reach && (rank > bestRank || (rank === bestRank && distance < best)))
                [found, best, bestRank] = [entity, distance, rank];
        });
        return found;
    }

    clicked(event) {
        const entity = this.entityAt(event.containerPoint);
        if (entity)
            return this.onEntity(entity.id);
        const area = this.areas.at(event.latlng.lng, event.latlng.lat);
        return area ? this.onArea(area.id) : this.onNothing();
    }

    hovered(event) {
        const now = performance.now();
        if (now - (this.hoveredAt ?? 0) < 60)
            return;
        this.hoveredAt = now;
        const entity = this.entityAt(event.containerPoint);
        const area = entity ? null : this.areas.at(event.latlng.lng, event.latlng.lat);
        this.holder.classList.toggle('is-pointing', Boolean(entity || area));
        show(this.tip, Boolean(entity || area));
        if (!entity && !area)
            return;
        const state = area ? this.areaStates.get(area.id) : null;
        write(this.tip, entity ? `${entity.name} — ${say(standing(entity) === 'none' ? 'normal' : standing(entity))}`
            : `${inLanguage(area.name, language()) || area.id}${state?.active ? ` — ${count(state.active, language())} ${say('alerts').toLowerCase()}` : ''}`);
        const { x, y } = event.containerPoint;
        const room = this.map.getSize();
        this.tip.style.transform = `translate(${Math.min(x + 14, room.x - this.tip.offsetWidth - 4)}px, ${Math.min(y + 14, room.y - 40)}px)`;
    }

    choose(entity, area) {
        this.chosenEntity = entity;
        this.chosenArea = area;
        this.redrawSoon();
    }

    // Is it in the left half?  Then a panel goes to the right, rather than over what it explains.
    isLeft(entityId, areaId) {
        const point = this.model.entity(entityId)?.point ?? this.areas.byId.get(areaId)?.label;
        return Boolean(point) && this.map.latLngToContainerPoint([point[1], point[0]]).x < this.map.getSize().x / 2;
    }

    showPoint([x, y]) {
        this.map.setView([y, x], Math.max(13, this.map.getZoom()), { animate: false });
    }

    showArea(id) {
        const area = this.areas.byId.get(id);
        if (area)
            this.map.fitBounds([[area.bounds.south, area.bounds.west], [area.bounds.north, area.bounds.east]], { padding: [40, 40], animate: false });
    }
}

// Steps aside, in growing rings, rather than cover another count.
function freePlace(wanted, isFree) {
    if (isFree(wanted))
        return wanted;
    for (let ring = 1; ring <= 8; ring++)
        for (let turn = 0; turn < 8 * ring; turn++) {
            const angle = turn * Math.PI / (4 * ring);
            const box = { ...wanted, x: wanted.x + Math.cos(angle) * ring * wanted.w * 0.55, y: wanted.y + Math.sin(angle) * ring * wanted.h * 0.7, isMoved: true };
            if (isFree(box))
                return box;
        }
    return wanted;
}

// Denser hatching for what is worse: the map reads without colours too.
function pattern(context, name, level, isFaded) {
    if (level === 0)
        return 'transparent';
    const edge = 16;
    const tile = document.createElement('canvas');
    tile.width = tile.height = edge;
    const ink = tile.getContext('2d');
    const colour = isFaded ? '#8d99a8' : colours[name];
    ink.globalAlpha = 0.10 + 0.06 * level;
    ink.fillStyle = colour;
    ink.fillRect(0, 0, edge, edge);
    ink.globalAlpha = 0.5;
    ink.strokeStyle = ink.fillStyle = colour;
    ink.lineWidth = 1.6;
    ink.beginPath();
    if (level === 1) {
        ink.arc(edge / 2, edge / 2, 1.5, 0, 2 * Math.PI);
        ink.fill();
    } else if (level === 2) {
        ink.moveTo(0, edge / 2);
        ink.lineTo(edge, edge / 2);
    } else {
        for (const shift of [-edge, 0, edge]) {
            ink.moveTo(shift, edge);
            ink.lineTo(shift + edge, 0);
            if (level === 4) {
                ink.moveTo(shift, 0);
                ink.lineTo(shift + edge, edge);
            }
        }
    }
    ink.stroke();
    return context.createPattern(tile, 'repeat');
}
