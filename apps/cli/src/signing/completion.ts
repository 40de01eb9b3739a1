import type { Command } from 'commander';
import { usageFault } from '../errors.ts';
import { verbs } from '../verbs.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** A verb with the flags its help shows. */
interface Completable {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly { readonly long: string; readonly help: string }[];
  /** Second words, for `download signature`. */
  readonly words: readonly string[];
}

/** `pratique completion bash` */
export function command(): Command {
  return buildVerb<object>({
    name: 'completion <shell>',
    summary: 'print a script that completes verbs and flags: bash, zsh or fish',
    groups: [],
    more: `
Examples:
  $ source <(pratique completion bash)
  $ pratique completion zsh > "\${fpath[1]}/_pratique"
  $ pratique completion fish > ~/.config/fish/completions/pratique.fish`,
    run: runCompletion,
  });
}

/** Prints the script of one shell. */
export async function runCompletion({ words: [shell] }: Asked<object>, { out }: Surroundings): Promise<void> {
  const known = await Promise.all(verbs.map(completable));
  switch (shell) {
    case 'bash':
      return out(bashScript(known));
    case 'zsh':
      return out(zshScript(known));
    case 'fish':
      return out(fishScript(known));
    default:
      throw usageFault(`There is no completion for "${String(shell).slice(0, 40)}".`, 'Ask for bash, zsh or fish.');
  }
}

async function completable({ name, summary, load }: (typeof verbs)[number]): Promise<Completable> {
  const loaded = await load();
  const inner = loaded.commands;
  const options = [loaded, ...inner].flatMap((one) => one.createHelp().visibleOptions(one));
  const flags = new Map(options.map((option) => [option.long ?? '', option.description]));
  return {
    name,
    summary,
    flags: [...flags].filter(([long]) => long !== '').map(([long, help]) => ({ long, help })),
    words: inner.map((one) => one.name()),
  };
}

function bashScript(known: readonly Completable[]): string {
  const cases = known.map(
    ({ name, flags, words }) => `    ${name}) words="${[...words, ...flags.map(({ long }) => long)].join(' ')}" ;;`,
  );
  return `# Completion of pratique for bash.
_pratique() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${known.map(({ name }) => name).join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _pratique pratique
`;
}

function zshScript(known: readonly Completable[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''").replaceAll(':', '\\:')}'`;
  const cases = known.map(
    ({ name, flags, words }) =>
      `    ${name}) compadd -- ${[...words, ...flags.map(({ long }) => long)].join(' ')}; _files ;;`,
  );
  return `#compdef pratique
_pratique() {
  if (( CURRENT == 2 )); then
    local -a verbs=(${known.map(({ name, summary }) => quoted(name) + `:${quoted(summary)}`).join(' ')})
    _describe verb verbs
    return
  fi
  case "\${words[2]}" in
${cases.join('\n')}
  esac
}
compdef _pratique pratique
`;
}

function fishScript(known: readonly Completable[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = known.flatMap(({ name, summary, flags, words }) => [
    `complete -c pratique -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...words.map((word) => `complete -c pratique -n '__fish_seen_subcommand_from ${name}' -a ${word}`),
    ...flags.map(
      ({ long, help }) =>
        `complete -c pratique -n '__fish_seen_subcommand_from ${name}' -l ${long.slice(2)} -d ${quoted(help)}`,
    ),
  ]);
  return `# Completion of pratique for fish.\n${lines.join('\n')}\n`;
}
