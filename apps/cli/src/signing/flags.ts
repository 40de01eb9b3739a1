/**
 * Flags as cosign has them: booleans that take `=false`, every flag also as a variable, old ones still accepted. Each verb
 * declares its flags as data; commander parses them.
 */
import { Option, type Command } from 'commander';
import { usageFault } from '../errors.ts';

/** One flag. Without a value in `name` it is a switch. */
export interface Flag {
  /** As commander writes it: `-a, --annotations <k=v>`, `--tlog-upload`. */
  readonly name: string;
  readonly help: string;
  readonly initial?: string | boolean;
  /** May be given several times; the values are collected. */
  readonly many?: boolean;
  /** Accepted with one line on standard error, which says what to use instead. Not shown in the help. */
  readonly deprecated?: string;
  /** Accepted silently and not shown in the help: other words for the same. */
  readonly hidden?: boolean;
  readonly choices?: readonly string[];
}

/** Flags every verb of this folder has, before or after the verb. */
export const rootFlags: readonly Flag[] = [
  { name: '-t, --timeout <duration>', help: 'give up after this long', initial: '3m' },
  { name: '-d, --verbose', help: 'say more on standard error', initial: false },
  { name: '--output-file <file>', help: 'write results to this file instead of standard output' },
];

/** How a heading of the help and its flags belong together. */
export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

/** Adds a group of flags to a command. */
export function addFlags(command: Command, { title, flags }: FlagGroup): Command {
  for (const flag of flags) {
    const option = new Option(flag.name, flag.help).helpGroup(`${title}:`);
    // A switch that is off needs no "(default: false)" in the help.
    if (flag.initial !== undefined && flag.initial !== false) option.default(flag.initial);
    if (flag.many === true) option.argParser(collect).default([], 'none');
    if (flag.choices !== undefined) option.choices([...flag.choices]);
    if (flag.deprecated !== undefined || flag.hidden === true) option.hideHelp();
    command.addOption(option);
    if (isSwitch(option)) command.addOption(new Option(opposite(option.long ?? ''), '').hideHelp());
  }
  return command;
}

/** Whether an option takes no value. Optional values are not used anywhere: they would swallow the image. */
function isSwitch(option: Option): boolean {
  return !option.required && !option.optional;
}

function opposite(long: string): string {
  return long.startsWith('--no-') ? `--${long.slice('--no-'.length)}` : `--no-${long.slice(2)}`;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

const truths = /^(?:true|t|1)$/i;
const lies = /^(?:false|f|0)$/i;

/**
 * The words of a command line with Go's `--switch=false` written the way commander reads it.
 *
 * @throws Fault `usage` for a switch with a value that is neither true nor false
 */
export function withPlainSwitches(command: Command, words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return words.map((word, index) => {
    const [, name = '', value] = /^(--?[A-Za-z][\w-]*)=([\s\S]*)$/.exec(word) ?? [];
    if (value === undefined || (end !== -1 && index > end)) return word;
    const option = command.options.find((one) => one.long === name || one.short === name);
    if (option === undefined || !isSwitch(option)) return word;
    if (truths.test(value)) return option.long ?? name;
    if (lies.test(value)) return opposite(option.long ?? name);
    throw usageFault(`${name} is "${value.slice(0, 40)}".`, `Write ${name}=true or ${name}=false.`);
  });
}

/** Variables that are not flags although their name looks so: passwords and settings with their own meaning. */
const notFlags = new Set(['COSIGN_PASSWORD', 'COSIGN_REPOSITORY', 'COSIGN_EXPERIMENTAL']);

/**
 * Gives options that were not on the command line their value from PRATIQUE_<FLAG> or COSIGN_<FLAG>.
 *
 * @throws Fault `usage` for a value that the flag does not take
 */
export function applyVariables(command: Command, env: Readonly<Record<string, string | undefined>>): void {
  for (const option of command.options) {
    const long = option.long ?? '';
    const key = option.attributeName();
    if (option.negate || command.getOptionValueSource(key) === 'cli') continue;
    const name = long.slice(2).toUpperCase().replaceAll('-', '_');
    const found = [`PRATIQUE_${name}`, `COSIGN_${name}`].find((one) => !notFlags.has(one) && env[one] !== undefined);
    if (found === undefined) continue;
    command.setOptionValueWithSource(key, valueOf(option, found, env[found] ?? ''), 'env');
  }
}

function valueOf(option: Option, variable: string, text: string): unknown {
  if (isSwitch(option)) {
    if (truths.test(text)) return true;
    if (lies.test(text) || text === '') return false;
    throw usageFault(`${variable} is "${text.slice(0, 40)}".`, 'Set it to true or false.');
  }
  if (option.argChoices !== undefined && !option.argChoices.includes(text)) {
    throw usageFault(`${variable} is "${text.slice(0, 40)}".`, `Set it to one of ${option.argChoices.join(', ')}.`);
  }
  return Array.isArray(option.defaultValue) ? [text] : text;
}

/** One line for each old flag that was used. */
export function deprecationsOf(command: Command, groups: readonly FlagGroup[]): readonly string[] {
  return groups
    .flatMap((group) => group.flags)
    .filter((flag) => flag.deprecated !== undefined)
    .flatMap((flag) => {
      const option = new Option(flag.name);
      const source = command.getOptionValueSource(option.attributeName());
      return source === 'cli' || source === 'env'
        ? [`Flag ${option.long} has been deprecated, ${flag.deprecated}`]
        : [];
    });
}

/** Whether a flag was given at all, on the command line or as a variable. */
export function isGiven(command: Command, key: string): boolean {
  const source = command.getOptionValueSource(key);
  return source === 'cli' || source === 'env';
}

/** Flags of which only one may be given: the given ones, by name. */
export function refuseTogether(given: object, names: readonly string[], why: string): void {
  const flags = new Map<string, unknown>(Object.entries(given));
  const used = names.filter((name) => ![undefined, false].includes(flags.get(camel(name)) as undefined));
  if (used.length < 2) return;
  throw usageFault(`${used.map((name) => `--${name}`).join(' and ')} exclude each other.`, why);
}

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
}
