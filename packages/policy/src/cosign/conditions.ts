/**
 * Conditions over what an attestation states, in CEL (COS-12). An expression is bounded when it is read, its work when it is
 * evaluated; whatever goes wrong is a reason to refuse, in words.
 */
import { Environment } from '@marcbachmann/cel-js';
import { excerpt } from '@pratique/runtime/fault';
import { RE2JS } from 're2js';

/** Longest expression in characters; what people write has a few hundred. */
export const conditionLimit = 4096;

// Members and elements of a predicate that are looked at while one condition is evaluated. A scan of a large image has some ten
// thousand findings with some ten members each; what loops in loops over those would take minutes.
const lookLimit = 1_000_000;
const longestPattern = 1024;
const longestText = 1024 * 1024;

type Program = (context: { readonly predicate: unknown }) => unknown;

/** The outcome of one condition. */
export type ConditionResult =
  | { readonly state: 'holds' }
  | { readonly state: 'fails' }
  | { readonly state: 'error'; readonly problem: string };

/**
 * What is wrong with an expression, for checks at load; undefined where nothing is.
 *
 * @param expression CEL over `predicate` that yields a boolean
 */
export function conditionProblem(expression: string): string | undefined {
  const compiled = compile(expression);
  return 'problem' in compiled ? compiled.problem : undefined;
}

/** Evaluates a condition. Never throws. */
export function evaluateCondition(expression: string, predicate: unknown): ConditionResult {
  const compiled = compile(expression);
  if ('problem' in compiled) return { state: 'error', problem: compiled.problem };
  try {
    const value = compiled.program({ predicate: watched(predicate, { left: lookLimit }) });
    if (value === true) return { state: 'holds' };
    if (value === false) return { state: 'fails' };
    return { state: 'error', problem: `it yields ${typeof value}, not true or false` };
  } catch (error) {
    return { state: 'error', problem: firstLine(error) };
  }
}

function compile(expression: string): { readonly program: Program } | { readonly problem: string } {
  if (expression.length > conditionLimit) return { problem: `it is longer than ${conditionLimit} characters` };
  try {
    const program = language().parse(expression);
    const nested = prepare(program.ast);
    if (nested > deepestLoops) return { problem: `its loops are nested ${nested} deep, more than ${deepestLoops}` };
    const checked = program.check();
    if (!checked.valid) return { problem: firstLine(checked.error) };
    if (checked.type !== 'bool' && checked.type !== 'dyn') {
      return { problem: `it yields ${excerpt(checked.type ?? 'nothing')}, not true or false` };
    }
    return { program };
  } catch (error) {
    return { problem: firstLine(error) };
  }
}

// Two levels walk the findings of the packages of an image.
const deepestLoops = 3;

let made: Environment | undefined;

/** Made once: it holds no state of an evaluation. */
function language(): Environment {
  made ??= new Environment({
    limits: { maxAstNodes: 500, maxDepth: 24, maxListElements: 128, maxMapEntries: 32, maxCallArguments: 8 },
  })
    .registerVariable('predicate', 'dyn')
    // Those of the engine may take for ever over a text that somebody else wrote.
    .registerFunction('string.matchesRe2(string): bool', matchesRe2);
  return made;
}

function matchesRe2(text: string, pattern: string): boolean {
  if (pattern.length > longestPattern) throw new RangeError(`a pattern is longer than ${longestPattern} characters`);
  if (text.length > longestText) throw new RangeError(`a text to be matched is longer than ${longestText} characters`);
  return RE2JS.compile(pattern).matcher(text).find();
}

/**
 * Makes `matches` that of RE2, as the language has it, and says how deep loops are nested:
 * `predicate.a.all(x, x.b.exists(y, …))` is 2.
 */
function prepare(node: unknown): number {
  if (Array.isArray(node)) return Math.max(0, ...node.map(prepare));
  if (typeof node !== 'object' || node === null || !('op' in node) || !('args' in node)) return 0;
  const { op, args } = node;
  if (op !== 'rcall' || !Array.isArray(args)) return prepare(args);
  if (args[0] === 'matches') args[0] = 'matchesRe2';
  return (loops.has(String(args[0])) ? 1 : 0) + prepare(args);
}

const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind']);

/** The predicate behind a view that counts what is looked at, and stops when it is too much. */
function watched(value: unknown, budget: { left: number }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, name, receiver) {
      budget.left -= 1;
      if (budget.left < 0) throw new RangeError(`it looks at more than ${lookLimit} members`);
      const found: unknown = Reflect.get(target, name, receiver);
      return typeof name === 'symbol' || typeof found === 'function' ? found : watched(found, budget);
    },
  });
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : 'it cannot be evaluated';
  return excerpt(text.split('\n')[0] ?? text, 200);
}
