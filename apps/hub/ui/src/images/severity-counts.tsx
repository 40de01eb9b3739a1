import { Card, CardBody, Flex, FlexItem } from '@patternfly/react-core';
import type { ImageDetail } from '@pratique/hub/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { Severity } from '../design/severity.tsx';
import { SeverityBar } from './severity-bar.tsx';
import './images.css';

/** The image in a few figures. One that was not scanned has none: a zero would look like an answer. */
export function SeverityCounts({ image }: { readonly image: ImageDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (image.scan_state === 'not_scanned') return null;
  const counts = [
    { severity: 4, count: image.critical_cves },
    { severity: 3, count: image.high_cves },
    { severity: 2, count: image.medium_cves },
    { severity: 1, count: image.low_cves },
  ];
  return (
    <Card>
      <CardBody>
        <Flex
          columnGap={{ default: 'columnGap2xl' }}
          rowGap={{ default: 'rowGapLg' }}
          role="group"
          aria-label={t('images.figures')}
        >
          {counts.map(({ severity, count }) => (
            <Figure key={severity} label={<Severity severity={severity} />} value={format.count(count)} />
          ))}
          <Figure label={t('cves.fixable')} value={format.count(image.fixable_cves)} />
          <Figure label={t('images.topCvss')} value={format.score(image.top_cvss)} />
          <Figure label={t('images.riskScore')} value={format.score(image.risk_score)} />
        </Flex>
        <SeverityBar image={image} />
      </CardBody>
    </Card>
  );
}

function Figure({ label, value }: { readonly label: ReactNode; readonly value: string }) {
  return (
    <FlexItem>
      <div className="app-figure app-figures">{value}</div>
      <div className="app-subtle">{label}</div>
    </FlexItem>
  );
}
