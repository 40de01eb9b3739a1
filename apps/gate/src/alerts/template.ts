/**
 * Templates of alerts (ALR-3): JSON with variables in double curly braces. A template is parsed as JSON first and its variables
 * are filled in within the strings that were found, so that no value can ever become structure.
 */

/** What may stand between the braces. */
const variables = [
  'alert_message',
  'priority',
  'connaisseur_pod_id',
  'namespace',
  'cluster',
  'timestamp',
  'request_id',
  'images',
  'result',
  'error',
] as const;
type Variable = (typeof variables)[number];

/** A value for every variable; `priority` is a number, the others are texts of any content. */
export type AlertValues = Readonly<Record<Exclude<Variable, 'priority'>, string>> & { readonly priority: number };

/** A template that was read, or why it cannot be used. An empty one sends nothing. */
export type ReadTemplate =
  | { readonly state: 'read'; readonly content: Fields }
  | { readonly state: 'empty' }
  | { readonly state: 'broken'; readonly problem: string };

type Fields = Readonly<Record<string, unknown>>;

/** Largest template; shipped ones have a kilobyte. */
const templateCharacters = 256 * 1024;

/** Longest value: Slack takes 3,000 characters of text per section, and refuses the whole message beyond. */
const valueCharacters = 2_000;

/** Reads a template and tries every variable in it, so that what is wrong shows at load and not with the first alert. */
export function readTemplate(text: string): ReadTemplate {
  if (text.length > templateCharacters)
    return { state: 'broken', problem: `it is longer than ${templateCharacters} characters` };
  if (text.trim() === '') return { state: 'empty' };
  try {
    const content: unknown = JSON.parse(quoteBareNumbers(text));
    if (!isFields(content)) throw new TemplateError('it is not a JSON object');
    if (Object.keys(content).length === 0) return { state: 'empty' };
    fill(content, (string) => filled(string, sample));
    return { state: 'read', content };
  } catch (error) {
    return { state: 'broken', problem: problemOf(error) };
  }
}

/**
 * The payload: variables filled in, then `payloadFields` over its top-level keys.
 *
 * @param escape applied to every value for the sake of who shows it
 * @returns JSON text of an object
 */
export function renderAlert(
  template: Extract<ReadTemplate, { state: 'read' }>,
  values: AlertValues,
  { payloadFields = {}, escape = (text) => text }: RenderOptions = {},
): string {
  const texts = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? value : fitted(value, escape)]),
  ) as AlertValues;
  const content = fill(template.content, (string) => filled(string, texts)) as Fields;
  return JSON.stringify({ ...content, ...payloadFields });
}

/** A value as long as receivers take it; the rest is not kept alive behind it. */
export function shortened(text: string): string {
  if (text.length <= valueCharacters) return text;
  // A slice alone would hold on to the whole text it is a part of.
  return Buffer.from(`${text.slice(0, valueCharacters - 1)}…`, 'utf16le').toString('utf16le');
}

/** Escaped and still short enough: who names an image `<<<<…` must not make the alert about it too long to be taken. */
function fitted(text: string, escape: (text: string) => string): string {
  let kept = shortened(text);
  while (escape(kept).length > valueCharacters) kept = `${kept.slice(0, kept.length / 2)}…`;
  return escape(kept);
}

/** What changes a payload beyond its template. */
export interface RenderOptions {
  readonly payloadFields?: Fields;
  readonly escape?: (text: string) => string;
}

/**
 * The escaping a shipped template needs: image texts and error texts come from whoever asks for a workload, and in a chat
 * they could call everybody (`<!channel>`) or hide an address behind other words.
 */
export function escapingFor(template: string): (text: string) => string {
  if (template !== 'slack') return (text) => text;
  // The three characters Slack gives meaning to.
  return (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

class TemplateError extends Error {}

function problemOf(error: unknown): string {
  if (error instanceof TemplateError) return error.message;
  return error instanceof SyntaxError ? `it is not JSON (${error.message})` : 'it cannot be read';
}

/** A bare `{{ priority }}` is a number in JSON; it becomes a text that marks it, the other variables are texts anyway. */
const bareNumber = '\u0000priority';

function quoteBareNumbers(text: string): string {
  let result = '';
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (inString && character === '\\') {
      result += character + (text[at + 1] ?? '');
      at += 1;
    } else if (!inString && character === '{' && text[at + 1] === '{') {
      const end = text.indexOf('}}', at);
      const name = text.slice(at + 2, end === -1 ? at + 2 : end).trim();
      if (name !== 'priority') throw new TemplateError(outsideQuotes(name));
      result += JSON.stringify(bareNumber);
      at = end + 1;
    } else {
      if (character === '"') inString = !inString;
      result += character;
    }
  }
  return result;
}

function outsideQuotes(name: string): string {
  return isVariable(name)
    ? `{{ ${name} }} has to stand within quotes; only {{ priority }} is a number`
    : 'double braces outside of quotes are not a variable';
}

/** Every string of a value replaced; keys stay, and may hold no variable. */
function fill(value: unknown, replace: (text: string) => unknown, depth = 0): unknown {
  if (depth > 32) throw new TemplateError('it is nested more than 32 deep');
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((item) => fill(item, replace, depth + 1));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key.includes('{{')) throw new TemplateError(`the key ${JSON.stringify(key.slice(0, 60))} holds a variable`);
      return [key, fill(item, replace, depth + 1)];
    }),
  );
}

function filled(text: string, values: AlertValues): unknown {
  if (text === bareNumber) return values.priority;
  let result = '';
  let at = 0;
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', at)) {
    const close = text.indexOf('}}', open);
    if (close === -1) throw new TemplateError('{{ is not closed by }}');
    const name = text.slice(open + 2, close).trim();
    if (!isVariable(name) || text[close + 2] === '}') throw new TemplateError(unknownVariable(name));
    result += literal(text.slice(at, open)) + String(values[name]);
    at = close + 2;
  }
  return result + literal(text.slice(at));
}

function literal(text: string): string {
  if (text.includes('}}')) throw new TemplateError('}} stands there without {{');
  return text;
}

function unknownVariable(name: string): string {
  if (name.startsWith('{') || isVariable(name)) return 'three braces stand there where two are meant';
  return `there is no variable ${JSON.stringify(name.slice(0, 40))}; there are ${variables.join(', ')}`;
}

function isVariable(name: string): name is Variable {
  return (variables as readonly string[]).includes(name);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const sample = Object.fromEntries(variables.map((name) => [name, name === 'priority' ? 0 : ''])) as AlertValues;
