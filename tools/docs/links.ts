/** Relative links in Markdown pages. */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** A link that leads nowhere. */
export interface DeadLink {
  readonly line: number;
  readonly target: string;
}

/**
 * The relative links of a page whose file or heading does not exist.
 *
 * @param page path of the page from the root, with forward slashes
 * @param read gives the text of a file from the root, or undefined
 */
export function deadLinks(page: string, text: string, read: (path: string) => string | undefined): readonly DeadLink[] {
  const dead: DeadLink[] = [];
  // Code is blanked, lines stay: an example of a link is not a link.
  const prose = text.replace(/^(```+|~~~+)[\s\S]*?^\1/gm, keepLines).replace(/`[^`\n]*`/g, '');
  for (const [index, line] of prose.split('\n').entries()) {
    for (const [, inline, reference] of line.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/g)) {
      const target = inline ?? reference ?? '';
      if (!/^[a-z][a-z0-9+.-]*:/i.test(target) && !leadsSomewhere(page, text, target, read))
        dead.push({ line: index + 1, target });
    }
  }
  return dead;
}

function leadsSomewhere(
  page: string,
  text: string,
  target: string,
  read: (path: string) => string | undefined,
): boolean {
  const [path = '', anchor] = target.split('#', 2);
  const file = path === '' ? page : posix.normalize(posix.join(posix.dirname(page), decodeURI(path)));
  if (file.startsWith('../') || posix.isAbsolute(path)) return false;
  const content = path === '' ? text : read(file);
  if (content === undefined) return false;
  return anchor === undefined || !file.endsWith('.md') || anchorsOf(content).has(anchor);
}

/** The anchors of a page as code hosts make them from headings, and those written as `<a id>`. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, id] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id ?? '');
  for (const [, heading = ''] of text
    .replace(/^(```+|~~~+)[\s\S]*?^\1/gm, keepLines)
    .matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Reads a path for {@link deadLinks}: folders count as existing and have no text. */
export function reader(root: string, readText: (path: string) => string): (path: string) => string | undefined {
  return (path) => {
    const full = posix.join(root, path);
    if (!existsSync(full)) return undefined;
    return path.endsWith('.md') ? readText(full) : '';
  };
}

function keepLines(block: string): string {
  return block.replace(/[^\n]/g, '');
}
