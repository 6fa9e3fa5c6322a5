// sinks/wall/page/areas.js — the city's own polygons, and which alerts belong to which of them.
//
// The gateway serves the city's GeoJSON as it is, so which property is the area id of the alerts is found
// by looking: the one whose values the known ids name most often (`/v1/config` may say it: areas.key).

import { clean, inLanguage } from './text.js';

const usualKeys = ['id', 'code', 'key', 'slug'];

function rings(geometry) {
    if (geometry?.type === 'Polygon')
        return [geometry.coordinates];
    return geometry?.type === 'MultiPolygon' ? geometry.coordinates : [];
}

function isRing(ring) {
    return Array.isArray(ring) && ring.length >= 4
        && ring.every(at => Array.isArray(at) && Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 90);
}

function readFeature(feature, nameProperty) {
    const polygons = rings(feature?.geometry).filter(polygon => Array.isArray(polygon) && polygon.length && polygon.every(isRing));
    if (!polygons.length)
        return null;
    const bounds = { west: 180, south: 90, east: -180, north: -90 };
    for (const polygon of polygons)
        for (const [x, y] of polygon[0]) {
            bounds.west = Math.min(bounds.west, x);
            bounds.east = Math.max(bounds.east, x);
            bounds.south = Math.min(bounds.south, y);
            bounds.north = Math.max(bounds.north, y);
        }
    const properties = feature.properties ?? {};
    const label = Number.isFinite(properties.lon) && Number.isFinite(properties.lat) ? [properties.lon, properties.lat]
        : [(bounds.west + bounds.east) / 2, (bounds.south + bounds.north) / 2];
    const local = properties[nameProperty] ?? properties.name ?? properties.name_vi;
    return {
        id: '', properties, polygons, bounds, label,
        name: { vi: clean(local, 80), en: clean(properties.name_en ?? local, 80) },
    };
}

export class Areas {
    constructor() {
        this.list = [];
        this.byId = new Map();
        this.attribution = '';
        this.key = null;
    }

    // key, name: properties that the gateway names, if it does.
    take(json, { key, name } = {}) {
        this.list = (Array.isArray(json?.features) ? json.features : []).map(feature => readFeature(feature, name)).filter(Boolean);
        this.attribution = clean(json?.attribution, 200);
        this.wantedKey = key;
        this.identify(new Set());
    }

    // Called again while new ids turn up and the key is still a guess.
    identify(ids) {
        const names = this.wantedKey ? [this.wantedKey]
            : [...new Set([...usualKeys, ...this.list.flatMap(area => Object.keys(area.properties))])];
        let best = this.key, bestHits = -1;
        for (const name of names) {
            const values = this.list.map(area => area.properties[name]);
            if (values.some(value => typeof value !== 'string' && typeof value !== 'number') || new Set(values).size !== values.length)
                continue;
            const hits = values.filter(value => ids.has(clean(value, 80))).length;
            if (hits > bestHits)
                [best, bestHits] = [name, hits];
        }
        if (best === this.key || best === null)
            return;
        this.key = best;
        this.byId.clear();
        for (const area of this.list) {
            area.id = clean(area.properties[best], 80);
            this.byId.set(area.id, area);
        }
    }

    nameOf(id, language) {
        const area = this.byId.get(id);
        return area ? inLanguage(area.name, language) || id : '';
    }

    at(x, y) {
        return this.list.find(area => x >= area.bounds.west && x <= area.bounds.east && y >= area.bounds.south && y <= area.bounds.north
            && area.polygons.some(polygon => isInside(polygon, x, y))) ?? null;
    }
}

// Even-odd over the outer ring and its holes.
function isInside(polygon, x, y) {
    let inside = false;
    for (const ring of polygon)
        for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
            const [xi, yi] = ring[i], [xj, yj] = ring[j];
            if ((yi > y) !== (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi)
                inside = !inside;
        }
    return inside;
}
