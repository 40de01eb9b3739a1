import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { usePrinting } from '../design/printing.ts';
import type { CarriedComponent } from './places.ts';

const shownFirst = 2;

/** What of an image carries the CVE, each with the version that mends it. */
export function CarriedComponents({ components }: { readonly components: readonly CarriedComponent[] }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const isWhole = usePrinting() || isOpen;
  const more = components.length - shownFirst;
  return (
    <>
      {(isWhole ? components : components.slice(0, shownFirst)).map((component) => (
        <div key={`${component.component_name} ${component.component_version} ${component.fixed_by ?? ''}`}>
          <ForeignWord>{`${component.component_name} ${component.component_version}`}</ForeignWord>
          <div className="app-subtle app-small">
            <Fix component={component} />
          </div>
        </div>
      ))}
      {more > 0 && !isWhole && (
        <Button variant="link" isInline size="sm" onClick={() => setOpen(true)}>
          {t('design.more', { count: more })}
        </Button>
      )}
    </>
  );
}

function Fix({ component }: { readonly component: CarriedComponent }) {
  const { t } = useTranslation();
  if (!component.fixable) return t('cve.noFixYet');
  if (component.fixed_by === null) return t('cve.fixSomewhere');
  return (
    <>
      {t('cve.fixedBy')} <ForeignWord>{component.fixed_by}</ForeignWord>
    </>
  );
}
