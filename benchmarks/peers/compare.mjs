/*
 * benchmarks/peers/compare.mjs BUILD [--short | --once] — our benchmarks and the other engines in turn, on the same rules and events.
 *
 * One row of a table per set and engine, in the form of benchmarks/RESULTS.md.  Each round runs every engine once in a
 * process of its own; best and median are of the rounds.  Fails when an engine finds other rules met than ours, but for
 * defects of its own that its module names; those are rows that say so.
 */
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

const [, , build, speed] = process.argv
const rounds = speed ? 1 : 3, seconds = speed ? '1' : '2'
const expressions = [1, 2, 3, 4, 5, 6] // the others read more than the event
const sizes = speed === '--short' ? [10, 100] : [10, 100, 1000, 10000]
const directory = mkdtempSync(join(tmpdir(), 'ioc-peers-'))
const version = name => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version
const engines = [ // module, package
  ['cel_js', '@marcbachmann/cel-js'], ['bufbuild_cel', '@bufbuild/cel'],
  ['json_rules_engine', 'json-rules-engine'],
]
let is_right = true

function run(program, ...words) {
  const done = spawnSync(program, words, {encoding: 'utf8'})
  if (done.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${done.error ?? done.stdout + done.stderr}`)
  return done.stdout
}

/* Both programs print a line a set. */
function ours(set, ...more) {
  const [noun, number] = set.split('-')
  if (noun === 'expression') {
    const found = run(`${build}/benchmarks/bench_expression`, number, ...more).match(/ ([\d.]+) ns {2}in C/)
    return {ns: Number(found[1])}
  }
  const found = run(`${build}/benchmarks/bench_index`, '--only', set, ...more)
    .match(/: +(\d+) ns\/event, [\d.]+ hits.*?(?:one by one +(\d+) ns\/event)?; load (\d+) ms/)
  return {ns: Number(found[1]), load_ms: Number(found[3]), linear: Number(found[2])}
}

function rows(set) {
  ours(set, '--dump', directory)
  const file = join(directory, `${set}.jsonl`), lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const {title} = JSON.parse(lines[0])
  const events = lines.map(line => JSON.parse(line)).filter(line => line.event)
  const hits = events.reduce((sum, event) => sum + event.met.length, 0) / events.length
  const own = set.startsWith('expression') ? ['ours'] : ['ours', 'ours, one by one']
  const results = new Map([...own, ...engines.map(([, name]) => name)].map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const {ns, linear, load_ms} = ours(set)
    results.get('ours').push({ns, hits, events: events.length, load_ms})
    results.get('ours, one by one')?.push({ns: linear, hits, events: events.length})
    for (const [module, name] of engines) {
      if (results.get(name)[0]?.error) continue
      const script = new URL('measure.mjs', import.meta.url).pathname
      results.get(name).push(JSON.parse(run(process.execPath, script, module, file, seconds)))
    }
  }
  const best_of = list => Math.min(...list.map(one => one.ns))
  const base = best_of(results.get('ours'))
  for (const [name, list] of results) {
    if (list[0].error) {
      const what = list[0].is_wrong ? `wrong${list[0].defect ? ` (${list[0].defect})` : ''}` : 'cannot'
      console.log(`| ${title} | ${name} | ${what}: ${list[0].error.replaceAll('|', '\\|')} | | | | | | |`)
      is_right &&= !list[0].is_wrong || list[0].defect !== undefined
      continue
    }
    const best = best_of(list), median = list.map(one => one.ns).sort((a, b) => a - b)[list.length >> 1]
    const has_load = list[0].load_ms !== undefined && !set.startsWith('expression')
    const load = has_load ? Math.min(...list.map(one => one.load_ms)).toFixed(0) : ''
    console.log(`| ${title} | ${name} | ${number(best)} | ${number(median)} | ${number(1e9 / best)} | ${ratio(best / base)} | ` +
      `${Math.max(...list.map(one => one.events))} | ${list[0].hits.toFixed(3)} | ${load} |`)
  }
}

function number(value) {
  return value < 100 ? value.toFixed(1) : Math.round(Number(value.toPrecision(4))).toLocaleString('en')
}

function ratio(value) {
  return value < 10 ? value.toFixed(1) : Math.round(Number(value.toPrecision(3))).toLocaleString('en')
}

console.log(`Node ${process.version} (V8 ${process.versions.v8}), ` +
  `${engines.map(([, name]) => `${name} ${version(name)}`).join(', ')}; ` +
  `best and median of ${rounds} round${rounds > 1 ? 's' : ''}.\n`)
console.log('| set | engine | ns/event, best | median | events/s of a core | ÷ ours | events | hits/event | load ms |')
console.log('|---|---|---|---|---|---|---|---|---|')
try {
  for (const one of expressions) rows(`expression-${one}`)
  for (const mix of 'abc') for (const size of sizes) rows(`${mix}-${size}`)
} finally {
  rmSync(directory, {recursive: true})
}
if (!is_right) {
  console.log('\nnot all engines agree')
  process.exitCode = 1
}
