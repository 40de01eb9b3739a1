import { useTranslation } from 'react-i18next';

/** A value that is not there: a dash to the eye, a word to a screen reader. */
export function Nothing() {
  const { t } = useTranslation();
  return (
    <span className="app-subtle">
      <span aria-hidden="true">–</span>
      <span className="pf-v6-screen-reader">{t('design.none')}</span>
    </span>
  );
}
