/** Text that strangers wrote: scanners, image authors, advisories. It is shown, never interpreted. */
import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePrinting } from './printing.ts';

/** Longer than any name or sentence that somebody wrote to be read; a page must not be pushed away by one value. */
const wordLength = 500;

/** A name or a line of foreign text. `bdi` keeps direction marks from turning the words around it. */
export function ForeignWord({ children }: { readonly children: string }) {
  return <bdi className="app-foreign">{foreignWord(children)}</bdi>;
}

/** The text of a {@link ForeignWord}, for who puts it into a `bdi` of their own. */
export function foreignWord(text: string): string {
  const clean = printable(text);
  return clean.length > wordLength ? `${wholeCharacters(clean, wordLength)}…` : clean;
}

const foldedLength = 1_200;

/** A block of foreign text with its line breaks; long ones open on demand. */
export function ForeignText({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  const [opened, setOpen] = useState(false);
  const open = usePrinting() || opened;
  const clean = printable(text);
  const long = clean.length > foldedLength * 1.25;
  return (
    <div className="app-foreign-block" dir="auto">
      {long && !open ? `${wholeCharacters(clean, foldedLength)}…` : clean}
      {long && (
        <div dir="ltr" className="app-no-print">
          <Button variant="link" isInline aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? t('design.showLess') : t('design.showAll')}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Drops control characters, which have no picture; line breaks and tabs stay. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** Cuts without splitting a surrogate pair, so an emoji at the edge does not become a question mark. */
function wholeCharacters(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
