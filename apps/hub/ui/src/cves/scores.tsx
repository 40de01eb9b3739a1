/** CVSS and EPSS as they are shown everywhere. */
import { Label } from '@patternfly/react-core';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { Nothing } from '../design/nothing.tsx';

/** A CVSS base score; from 9 on it is emphasised. 0 is "not scored". */
export function Cvss({ score }: { readonly score: number }) {
  const format = useFormat();
  if (score === 0) return <Nothing />;
  return <span className={score >= 9 ? 'app-figures app-strong' : 'app-figures'}>{format.score(score)}</span>;
}

/** A probability of exploitation: green below 10 %, yellow from 10 %, red from 50 %; the icon says the same. */
export function Epss({ probability }: { readonly probability: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const look = probability >= 0.5 ? looks.high : probability >= 0.1 ? looks.raised : looks.low;
  return (
    <span>
      <Label isCompact color={look.color} icon={look.icon} className="app-figures">
        {format.percent(probability)}
        <span className="pf-v6-screen-reader"> {t(`cves.epssLevel.${look.name}`)}</span>
      </Label>
    </span>
  );
}

const looks = {
  low: { name: 'low', color: 'green', icon: undefined },
  raised: { name: 'raised', color: 'yellow', icon: <ExclamationTriangleIcon /> },
  high: { name: 'high', color: 'red', icon: <ExclamationCircleIcon /> },
} as const;
