import {
  Button,
  Flex,
  FlexItem,
  Form,
  FormGroup,
  FormHelperText,
  Grid,
  GridItem,
  HelperText,
  HelperTextItem,
  Label,
  PageSection,
  TextArea,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import type { TrialOffer } from '@pratique/hub/contract';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '../design/choice.tsx';
import { foreignWord } from '../design/foreign-text.tsx';
import { PageHeading } from '../design/page-heading.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { NotFoundPage } from '../shell/not-found-page.tsx';
import { usePeople } from '../shell/queries.ts';
import { useScope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { useTrial, useTrialOffer } from './queries.ts';
import { TrialResult } from './trial-result.tsx';
import './trials.css';

/** `/try`, in a demo only: a workload against the gate, and what comes of it. */
export function TrialPage() {
  const { t } = useTranslation();
  const people = usePeople();
  const query = useTrialOffer();
  if (people.data === null || query.data === null) return <NotFoundPage />;
  return (
    <>
      <PageHeading
        title={t('trials.title')}
        aside={
          <Label isCompact variant="outline">
            {t('shell.demo')}
          </Label>
        }
      >
        <p className="app-subtle">{t('trials.lead')}</p>
      </PageHeading>
      <PageSection isFilled>
        <Loaded query={query} skeleton={<SkeletonCard lines={10} />}>
          {(offer) => offer !== null && <Trial key={offer.namespaces.join()} offer={offer} />}
        </Loaded>
      </PageSection>
    </>
  );
}

function Trial({ offer }: { readonly offer: TrialOffer }) {
  const { t } = useTranslation();
  const scope = useScope();
  const [first] = offer.examples;
  const [manifest, setManifest] = useState(first?.manifest ?? '');
  const preferred = [scope.ns, 'payments'].find((name) => name !== undefined && offer.namespaces.includes(name));
  const [namespace, setNamespace] = useState(preferred ?? offer.namespaces[0] ?? '');
  const trial = useTrial();
  if (offer.namespaces.length === 0) return <StatePanel title={t('trials.noNamespace')} />;
  function send(event: FormEvent): void {
    event.preventDefault();
    trial.mutate({ namespace, manifest });
  }
  function change(next: string): void {
    setManifest(next);
    trial.reset();
  }
  return (
    <Grid hasGutter>
      <GridItem xl={6} span={12}>
        <Form onSubmit={send}>
          <Examples offer={offer} manifest={manifest} onChange={change} />
          <FormGroup label={t('trials.manifest')} fieldId="trial-manifest">
            <TextArea
              id="trial-manifest"
              className="app-trial-manifest"
              value={manifest}
              onChange={(_event, next) => change(next)}
              rows={16}
              spellCheck={false}
              resizeOrientation="vertical"
            />
          </FormGroup>
          <Flex>
            <FlexItem>
              <Choice
                label={t('scope.namespace')}
                showsLabel
                value={namespace}
                options={offer.namespaces.map((name) => ({ value: name, label: foreignWord(name) }))}
                onChange={setNamespace}
              />
            </FlexItem>
            <FlexItem>
              <Button type="submit" isLoading={trial.isPending} isDisabled={trial.isPending || manifest.trim() === ''}>
                {t('trials.send')}
              </Button>
            </FlexItem>
          </Flex>
        </Form>
      </GridItem>
      <GridItem xl={6} span={12}>
        <TrialResult trial={trial} cluster={offer.cluster_name} />
      </GridItem>
    </Grid>
  );
}

const knownExamples = ['signed', 'unsigned', 'wrong-key', 'moved-tag', 'platforms'] as const;

interface ExamplesProps {
  readonly offer: TrialOffer;
  readonly manifest: string;
  readonly onChange: (manifest: string) => void;
}

function Examples({ offer, manifest, onChange }: ExamplesProps) {
  const { t } = useTranslation();
  const chosen = knownExamples.find((id) =>
    offer.examples.some((example) => example.id === id && example.manifest === manifest),
  );
  return (
    <FormGroup label={t('trials.example')} role="group">
      <ToggleGroup isCompact aria-label={t('trials.example')} className="app-trial-examples">
        {offer.examples.map(({ id, manifest: text }) => {
          const known = knownExamples.find((one) => one === id);
          return (
            <ToggleGroupItem
              key={id}
              text={known === undefined ? foreignWord(id) : t(`trials.examples.${known}`)}
              isSelected={text === manifest}
              onChange={() => onChange(text)}
            />
          );
        })}
      </ToggleGroup>
      <FormHelperText>
        <HelperText>
          <HelperTextItem>{chosen === undefined ? t('trials.own') : t(`trials.stories.${chosen}`)}</HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}
