/** A scanner's description as sections of plain text. */

export interface DescriptionSection {
  /** Heading the scanner wrote in capitals; null for the text before the first. */
  readonly heading: 'DOCUMENTATION' | 'STATEMENT' | 'MITIGATION' | null;
  readonly text: string;
}

/** Longer texts are cut: nobody reads past this, and a browser would choke on megabytes. */
const maxLength = 100_000;
const lineBreak = /<br\s{0,4}\/?>/gi;
/** A heading begins the text, a line or a sentence, and ends with a colon or its line. */
const headings = /(^|\n|[.!?)]\s{1,4})[ \t]{0,8}(DOCUMENTATION|STATEMENT|MITIGATION)(?::|[ \t]{0,8}(?=\n|$))/g;

/** Splits a description at its headings and turns `<br>` into line breaks. All other markup stays text. */
export function sectionsOf(summary: string): readonly DescriptionSection[] {
  const text = summary.slice(0, maxLength).replaceAll('\r\n', '\n').replaceAll(lineBreak, '\n');
  const sections: DescriptionSection[] = [];
  let heading: DescriptionSection['heading'] = null;
  let start = 0;
  for (const match of text.matchAll(headings)) {
    const before = match[1] ?? '';
    push(sections, heading, text.slice(start, match.index + before.trimEnd().length));
    heading = match[2] as NonNullable<DescriptionSection['heading']>;
    start = match.index + match[0].length;
  }
  push(sections, heading, text.slice(start));
  return sections;
}

function push(sections: DescriptionSection[], heading: DescriptionSection['heading'], text: string): void {
  const trimmed = text.trim();
  if (trimmed !== '') sections.push({ heading, text: trimmed });
}
