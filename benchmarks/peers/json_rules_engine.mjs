/*
 * benchmarks/peers/json_rules_engine.mjs — json-rules-engine.
 *
 * It has no expressions: rules come as terms.  Its own operators are used where it has them; arithmetic, presence and
 * what a text contains or begins with are custom operators.  One engine per stream, all its rules, one run() per event.
 * (Priorities of conditions, which let it stop early, were no faster.)
 */
import rules_engine from 'json-rules-engine'

const own = {'==': 'equal', '>': 'greaterThan', '>=': 'greaterThanInclusive', '<': 'lessThan', '<=': 'lessThanInclusive', in: 'in'}
const is_number = value => typeof value === 'number'
const is_text = value => typeof value === 'string'

function add_operators(engine) {
  engine.addOperator('linear >', (fact, {times, plus, than}) => fact * times + plus > than, is_number)
  engine.addOperator('present', fact => fact !== undefined)
  engine.addOperator('text contains', (fact, part) => fact.includes(part), is_text)
  engine.addOperator('startsWith', (fact, part) => fact.startsWith(part), is_text)
  engine.addOperator('matches', (fact, pattern) => pattern.test(fact), is_text)
  engine.addOperator('endsWith', (fact, part) => fact.endsWith(part), is_text)
}

function translate({field, times, plus, is, value}) {
  if (times !== undefined) {
    if (is !== '>') throw new Error(`no operator for arithmetic and ${is}`)
    return {fact: field, operator: 'linear >', value: {times, plus, than: value}}
  }
  if (is === 'present') return {fact: field, operator: is, value: true}
  if (is === 'startsWith' || is === 'endsWith') return {fact: field, operator: is, value}
  if (is === 'matches') return {fact: field, operator: is, value: new RegExp(value)}
  if (is === 'contains') return {fact: field, operator: 'text contains', value}
  if (!own[is]) throw new Error(`no operator ${is}`)
  return {fact: field, operator: own[is], value}
}

/* By stream, since it judges all rules of an engine at once. */
export function load_stream(rules) {
  const engine = new rules_engine.Engine([], {allowUndefinedFacts: true})
  add_operators(engine)
  for (const rule of rules) {
    if (!rule.conditions) throw new Error(`no terms say ${rule.when}`)
    const [[how, terms]] = Object.entries(rule.conditions)
    engine.addRule({name: String(rule.number), conditions: {[how]: terms.map(translate)}, event: {type: 'met'}})
  }
  return engine
}

export function convert(fields, event) {
  return event
}

export async function judge(engine, event) {
  return (await engine.run(event)).results
}

export function number_of(result) {
  return Number(result.name)
}
