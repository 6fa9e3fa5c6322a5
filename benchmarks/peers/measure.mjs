/*
 * benchmarks/peers/measure.mjs ENGINE FILE [SECONDS] — one engine on one set of rules and events; a line of JSON.
 *
 * First each event is judged once and compared, rule by rule, with what our engine found met (as many events as SECONDS
 * allow); then on the same events, after a warm-up, the best of some tries.  Time is CPU time of the process, with its
 * garbage collection: on a busy machine the clock on the wall says nothing.
 */
import {readFileSync} from 'node:fs'

const [, , name, file, seconds = '4'] = process.argv
const TRIES = 3, EVENTS_LEAST = 16, TRY_US = 300_000
const engine = await import(`./${name}.mjs`)
const [head, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line))
const rules = lines.filter(line => line.when).map((rule, number) => ({...rule, number}))
const events = lines.filter(line => line.event)
class Disagreement extends Error {}
const streams = [...new Set(rules.map(rule => rule.on))]

function spent() {
  const {user, system} = process.cpuUsage()
  return user + system
}

function load() {
  const by_stream = new Map(), environment = engine.open?.(head.fields)
  for (const stream of streams) {
    const own = rules.filter(rule => rule.on === stream)
    by_stream.set(stream, engine.load_stream ? engine.load_stream(own)
      : {programs: engine.load(environment, own), numbers: own.map(rule => rule.number)})
  }
  return by_stream
}

/* How often each way of being asked says "met"; `met` gets the numbers of the rules when given. */
function judge_by_programs(stream, event, met) {
  const {programs, numbers} = stream
  let hits = 0
  for (let i = 0; i < programs.length; i++) {
    if (!engine.test(programs[i], event)) continue
    hits++
    met?.push(numbers[i])
  }
  return hits
}

async function judge_by_engine(stream, event, met) {
  const results = await engine.judge(stream, event)
  if (met) met.push(...results.map(engine.number_of))
  return results.length
}

async function pass(subjects, judge) {
  let hits = 0
  if (engine.judge) for (const {stream, event} of subjects) hits += stream ? await judge(stream, event) : 0
  else for (const {stream, event} of subjects) hits += stream ? judge(stream, event) : 0
  return hits
}

async function main() {
  let from = spent()
  const by_stream = load()
  const load_ms = (spent() - from) / 1000
  const judge = engine.judge ? judge_by_engine : judge_by_programs
  const subjects = []
  let hits = 0
  from = spent()
  for (const line of events) {
    const subject = {stream: by_stream.get(line.on), event: engine.convert(head.fields, line.event)}
    const met = []
    if (subject.stream) hits += await judge(subject.stream, subject.event, met)
    const wanted = [...line.met].sort((a, b) => a - b).join(), found = met.sort((a, b) => a - b).join()
    if (wanted !== found) throw new Disagreement(`event ${subjects.length}: met here [${found}], in ours [${wanted}]`)
    subjects.push(subject)
    if (spent() - from > seconds * 1e6 && subjects.length >= EVENTS_LEAST) break
  }
  from = spent()
  do await pass(subjects, judge)
  while (spent() - from < TRY_US)
  let best = Infinity
  for (let attempt = 0; attempt < TRIES; attempt++) {
    let passes = 0, again
    from = spent()
    do {
      again = await pass(subjects, judge)
      passes++
    } while (spent() - from < TRY_US)
    best = Math.min(best, (spent() - from) * 1000 / passes / subjects.length)
    if (again !== hits) throw new Disagreement(`${again} hits of ${hits} when asked again`)
  }
  return {ns: best, hits: hits / subjects.length, events: subjects.length, load_ms}
}

try {
  console.log(JSON.stringify(await main()))
} catch (err) {
  console.log(JSON.stringify({error: err.message.split('\n')[0], is_wrong: err instanceof Disagreement,
    defect: err instanceof Disagreement ? engine.defects?.[head.title] : undefined}))
}
