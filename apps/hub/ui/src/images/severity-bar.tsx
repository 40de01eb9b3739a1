import type { ImageDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';

/** How the CVEs divide among the severities. The figures beside it say the same, so it is one picture to a screen reader. */
export function SeverityBar({ image }: { readonly image: ImageDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const parts = [
    { name: 'critical', count: image.critical_cves },
    { name: 'important', count: image.high_cves },
    { name: 'moderate', count: image.medium_cves },
    { name: 'low', count: image.low_cves },
  ] as const;
  const shown = parts.filter(({ count }) => count > 0);
  if (shown.length === 0) return null;
  const label = shown.map(({ name, count }) => `${t(`severity.${name}`)}: ${format.count(count)}`).join(', ');
  return (
    <div className="app-severity-bar" role="img" aria-label={label}>
      {shown.map(({ name, count }) => (
        <span key={name} className={`app-severity-part app-severity-part-${name}`} style={{ flexGrow: count }} />
      ))}
    </div>
  );
}
