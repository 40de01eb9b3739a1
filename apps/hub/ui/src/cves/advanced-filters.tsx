import { Form, Grid, GridItem, Switch } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { LimitSlider } from '../design/limit-slider.tsx';
import { ChoiceField, Field, TextField } from './filter-fields.tsx';
import { type Filters, type ListSearch, remediationStates, rhacsStates, riskStates } from './search.ts';

interface PartProps {
  readonly search: ListSearch;
  readonly filter: (change: Filters) => void;
}

/** The filters that are needed now and then. */
export function AdvancedFilters({ search, filter }: PartProps) {
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <Grid hasGutter md={6} xl={3}>
        <Scores search={search} filter={filter} />
        <Words search={search} filter={filter} />
        <States search={search} filter={filter} />
      </Grid>
    </Form>
  );
}

function Scores({ search, filter }: PartProps) {
  const { t } = useTranslation();
  return (
    <>
      <GridItem>
        <LimitSlider
          label={t('cves.cvssMin')}
          value={search.cvss_min ?? 0}
          max={10}
          step={0.1}
          onChange={(value) => filter({ cvss_min: value || undefined })}
        />
      </GridItem>
      <GridItem>
        <LimitSlider
          label={t('cves.epssMin')}
          unit="%"
          value={Math.round((search.epss_min ?? 0) * 100)}
          max={100}
          step={1}
          onChange={(value) => filter({ epss_min: value === 0 ? undefined : value / 100 })}
        />
      </GridItem>
    </>
  );
}

function Words({ search, filter }: PartProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextField label={t('cves.component')} value={search.component} onChange={(component) => filter({ component })} />
      <TextField
        label={t('cves.deployment')}
        value={search.deployment}
        onChange={(deployment) => filter({ deployment })}
      />
      <TextField
        label={t('cves.ageMin')}
        type="number"
        value={search.age_min}
        onChange={(text) => filter({ age_min: days(text) })}
      />
      <TextField
        label={t('cves.ageMax')}
        type="number"
        value={search.age_max}
        onChange={(text) => filter({ age_max: days(text) })}
      />
    </>
  );
}

function days(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function States({ search, filter }: PartProps) {
  const { t } = useTranslation();
  const all = { value: '', label: t('cves.all') } as const;
  const risk = riskStates.map((value) => ({ value, label: t(`cves.riskStatus.${value}`) }));
  const remediation = remediationStates.map((value) => ({ value, label: t(`cves.remediation.${value}`) }));
  const rhacs = [
    { value: '', label: t('cves.rhacs.observed') },
    ...rhacsStates.map((value) => ({ value, label: t(`cves.rhacs.${value}`) })),
  ] as const;
  return (
    <>
      <ChoiceField
        label={t('cves.riskAcceptance')}
        value={search.risk_status ?? ''}
        options={[all, ...risk]}
        onChange={(value) => filter({ risk_status: value || undefined })}
      />
      <ChoiceField
        label={t('cves.remediationTitle')}
        value={search.remediation_status ?? ''}
        options={[all, ...remediation]}
        onChange={(value) => filter({ remediation_status: value || undefined })}
      />
      <ChoiceField
        label={t('cves.rhacsState')}
        value={search.rhacs_state ?? ''}
        options={rhacs}
        onChange={(value) => filter({ rhacs_state: value || undefined })}
      />
      <Field label={t('cves.falsePositives')}>
        {(id) => (
          <Switch
            id={id}
            label={t('cves.showSuppressed')}
            isChecked={search.show_suppressed === true}
            onChange={(_event, on) => filter({ show_suppressed: on ? true : undefined })}
          />
        )}
      </Field>
    </>
  );
}
