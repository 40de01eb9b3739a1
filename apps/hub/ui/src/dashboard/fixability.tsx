import type { DashboardData } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { Swatch } from '../design/charts/legend.tsx';
import { fixableColour, inverseInk, unfixableColour } from '../design/charts/look.ts';
import { useFormat } from '../design/format.ts';
import { byFixable } from './drill.ts';
import { PartsDonut } from './parts-donut.tsx';

/** How many of the visible CVEs an update removes. */
export function Fixability({ breakdown }: { readonly breakdown: DashboardData['fixability_breakdown'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { fixable, unfixable } = breakdown;
  const total = fixable + unfixable;
  const kinds = [
    { key: 'fixable', count: fixable, colour: fixableColour, ink: inverseInk },
    { key: 'unfixable', count: unfixable, colour: unfixableColour, ink: null },
  ] as const;
  return (
    <PartsDonut
      title={t('dashboard.fixability.title')}
      help={t('dashboard.fixability.help')}
      column={t('dashboard.column.fix')}
      parts={kinds.map((kind) => ({
        ...kind,
        name: t(`dashboard.${kind.key}`),
        mark: <Swatch colour={kind.colour} />,
        to: byFixable(kind.key === 'fixable'),
      }))}
      middle={{ figure: format.percent(total === 0 ? 0 : fixable / total), name: t('dashboard.fixability.share') }}
    />
  );
}
