// tests/e2e/browser/world.mjs — what happens to the city: asked of ./run, which has the servers.

const server = process.env.WORLD;

export async function ask(name, options = {}) {
    const answer = await fetch(`${server}/${name}`, { method: 'POST', body: JSON.stringify(options) });
    const told = await answer.json();
    if (!answer.ok)
        throw new Error(`${name}: ${told}`);
    return told;
}
