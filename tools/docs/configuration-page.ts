/** docs/configuration.md: every setting of every program, generated from the tables they are read by. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeConfig } from '@pratique/runtime/config';
import type { SettingDescription, SettingsTable } from '@pratique/runtime/config';

/** A program and the settings it declares. */
export interface ProgramSettings {
  readonly program: string;
  readonly rows: readonly SettingDescription[];
}

/** Where each program declares its settings. */
const sources = [
  { program: 'hub', file: 'apps/hub/src/config.ts', table: 'hubSettings' },
  { program: 'spoke', file: 'apps/spoke/src/config.ts', table: 'spokeSettings' },
  { program: 'gate', file: 'apps/gate/src/config.ts', table: 'gateSettings' },
  { program: 'registry', file: 'apps/registry/src/config.ts', table: 'registrySettings' },
] as const;

/**
 * Reads the tables of the programs that are in this checkout.
 *
 * @throws Error when a program is there but does not export its table
 */
export async function collectSettings(from: string): Promise<readonly ProgramSettings[]> {
  const found: ProgramSettings[] = [];
  for (const { program, file, table } of sources) {
    const path = join(from, file);
    if (!existsSync(path)) continue;
    const module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    const settings = module[table];
    if (typeof settings !== 'object' || settings === null) throw new Error(`${file} does not export ${table}`);
    found.push({ program, rows: describeConfig(settings as SettingsTable<Record<string, unknown>>) });
  }
  return found;
}

/** The page for these settings. */
export function configurationPage(programs: readonly ProgramSettings[]): string {
  const parts = programs.map(({ program, rows }) => {
    const lines = rows.map((row) => {
      const secret = row.secret ? ' Secret: never printed.' : '';
      return `| <a id="${program}-${row.variable}"></a>\`${row.variable}\` | ${shown(row.default)} | ${cell(`${row.doc}${secret}`)} | ${cell(row.allowed)} |`;
    });
    return `## ${program}\n\n| variable | default | meaning | allowed |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
  });
  return `${introduction}\n${parts.join('\n')}`;
}

const introduction = `# Configuration

Programs are configured by environment variables; their names are recognised in upper and lower case. An optional \`.env\`
file in the working directory is read as well; the real environment wins.

- Yes and no are \`true/false\`, \`1/0\`, \`yes/no\` or \`on/off\`. Lists are JSON arrays or separated by commas.
- An empty variable counts as not set.
- For every variable \`NAME\` there is \`NAME_FILE\`: the path of a file that holds the value (at most 1 MiB, UTF-8, a trailing
  newline is dropped). Setting both is a mistake.
- A program that finds mistakes lists all of them and does not start. A misspelled variable under one of our prefixes is a
  mistake too.

This page is generated from the sources by \`npm run docs\`.
`;

function shown(value: string): string {
  return value === 'not set' || value === 'required' ? value : `\`${cell(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}
