import { Label, Tooltip } from '@patternfly/react-core';
import UserIcon from '@patternfly/react-icons/dist/esm/icons/user-icon';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Choice } from '../design/choice.tsx';
import { rememberDevPerson } from '../preferences.ts';
import { useMe, usePeople } from './queries.ts';

/** Who is looking. In a demo also the way to look as somebody else, marked as such. */
export function Person() {
  const { data: people } = usePeople();
  const { data: me } = useMe();
  return (
    <span className="app-with-icon app-person">
      {people && people.length > 0 ? (
        <PersonSwitch />
      ) : (
        me !== undefined && <bdi className="app-foreign app-person-name">{me.username}</bdi>
      )}
      {me?.is_sec_team === true && <SecLabel />}
    </span>
  );
}

function SecLabel() {
  const { t } = useTranslation();
  return (
    <Tooltip content={t('shell.secTeam')}>
      <Label isCompact color="purple" tabIndex={0}>
        SEC
      </Label>
    </Tooltip>
  );
}

function PersonSwitch() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data: people } = usePeople();
  const { data: me } = useMe();
  function lookAs(id: string): void {
    rememberDevPerson(id);
    // Nothing of what the other person saw may stay on the screen.
    void queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'people' && queryKey[0] !== 'version' });
  }
  return (
    <>
      <Tooltip content={t('shell.demoHint')}>
        <Label isCompact variant="outline" tabIndex={0} className="app-demo">
          {t('shell.demo')}
        </Label>
      </Tooltip>
      <Choice
        label={t('shell.lookAs')}
        icon={<UserIcon />}
        variant="plainText"
        value={me?.id ?? ''}
        options={(people ?? []).map((person) => ({
          value: person.id,
          label: person.name,
          description: person.description,
        }))}
        onChange={lookAs}
      />
    </>
  );
}
