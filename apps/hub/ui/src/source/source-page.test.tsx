import type { SourcePoll, SourceStatus } from '@pratique/hub/contract';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { quietSource, refusal, teamMember } from '../testing/hub.ts';

const hub = startHub();
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000 - 1_000).toISOString();

const full: SourceStatus = {
  ...quietSource,
  state: 'stale',
  data_as_of: hoursAgo(7),
  last_poll_at: hoursAgo(0),
  last_poll_outcome: 'central-unreachable',
  problem: { code: 'central-unreachable', message: 'central-db does not answer.', hint: 'Check the network policy.' },
  schema: { release: '4.11', mode: 'v2', version: '4.11.2' },
  counts: { ...quietSource.counts, findings: 95_855, images_not_scanned: 11 },
  clusters: [
    { name: 'harbor-eu', health: 4, last_contact: hoursAgo(0) },
    { name: 'quarantine-lab', health: 2, last_contact: hoursAgo(5) },
    { name: '<b>odd</b>', health: null, last_contact: null },
    { name: 'later', health: 9, last_contact: null },
  ],
  kev_catalog: { version: '2026.07.23', released: hoursAgo(24 * 120), entries: 1653 },
  epss_feed: null,
};
const polls: readonly SourcePoll[] = [
  {
    at: hoursAgo(0),
    outcome: 'central-unreachable',
    milliseconds: 5_004,
    images_read: 0,
    version: 7,
    message: 'connect ECONNREFUSED <img>',
  },
  { at: hoursAgo(1), outcome: 'published', milliseconds: 812, images_read: 40, version: 7, message: null },
];

function answer(status: SourceStatus, seen: readonly SourcePoll[] = polls): void {
  hub.use(
    http.get('*/api/source', () => HttpResponse.json(status)),
    http.get('*/api/source/polls', () => HttpResponse.json(seen)),
  );
}

describe('the page of the data source', () => {
  it('tells the security team what is wrong, what to do, and what the reader met', async () => {
    answer(full);
    await openConsole('/source');
    expect(await screen.findByText('Out of date')).toBeTruthy();
    const problem = within(
      (await screen.findByText('StackRox could not be read')).closest('.pf-v6-c-alert') as HTMLElement,
    );
    expect(problem.getByText('Check the network policy.')).toBeTruthy();
    expect(problem.getByText('central-unreachable')).toBeTruthy();
    const table = within(await screen.findByRole('grid', { name: 'Last looks at StackRox' }));
    expect(table.getByText('connect ECONNREFUSED <img>')).toBeTruthy();
    expect(table.getByText('New data')).toBeTruthy();
    expect(screen.getByText('95,855')).toBeTruthy();
  });

  it('marks a cluster that has been silent, in words, and invents no health', async () => {
    answer(full);
    await openConsole('/source');
    const table = within(await screen.findByRole('grid', { name: 'Clusters' }));
    expect(table.getByText('5 hours ago, longer than usual')).toBeTruthy();
    expect(table.getByText('Unhealthy')).toBeTruthy();
    expect(table.getAllByText('Not known')).toHaveLength(2);
    expect(table.getByText('<b>odd</b>')).toBeTruthy();
  });

  it('tells a missing catalogue from an old one', async () => {
    answer(full);
    await openConsole('/source');
    expect(await screen.findByText('3 months ago, longer than usual')).toBeTruthy();
    expect(screen.getByText(/No feed was loaded/)).toBeTruthy();
  });

  it('shows a team what concerns its figures, and asks for nothing it may not see', async () => {
    let asked = 0;
    answer(full);
    hub.use(
      http.get('*/api/auth/me', () => HttpResponse.json(teamMember)),
      http.get('*/api/source/polls', () => {
        asked += 1;
        return refusal(403, 'sec_team_required');
      }),
    );
    await openConsole('/source');
    expect(await screen.findByText(/Nothing for you: the hub keeps trying/)).toBeTruthy();
    expect(screen.queryByRole('grid', { name: 'Clusters' })).toBeNull();
    expect(screen.queryByText('95,855')).toBeNull();
    expect(screen.queryByRole('link', { name: 'Data source' })).toBeNull();
    expect(screen.getByRole('link', { name: 'About the data', hidden: true })).toBeTruthy();
    expect(asked).toBe(0);
  });

  it('hides the log of a hub that keeps none, and says when it could not look', async () => {
    answer(full);
    hub.use(http.get('*/api/source/polls', () => refusal(404, 'not_found')));
    await openConsole('/source');
    expect(await screen.findByRole('grid', { name: 'Clusters' })).toBeTruthy();
    await waitFor(() => expect(screen.queryByText('Last looks at StackRox', { selector: 'h2' })).toBeNull());
    cleanup();
    hub.use(http.get('*/api/source/polls', () => refusal(503, 'app_db_unavailable')));
    await openConsole('/source');
    expect(await screen.findByText('We could not look')).toBeTruthy();
  });

  it('says when nothing was ever read', async () => {
    answer({ ...full, state: 'never_read', data_as_of: null, problem: null, schema: null, clusters: [] }, []);
    await openConsole('/source');
    expect(await screen.findByText('Never read')).toBeTruthy();
    expect(await screen.findByText('The reader has not looked yet.')).toBeTruthy();
    expect(screen.getByText('StackRox names no cluster')).toBeTruthy();
  });
});

describe('the banner while the source is away', () => {
  const pages = ['/vulnerabilities', '/vulnerabilities/CVE-2021-44228', '/source', '/nowhere'];
  it.each(
    pages.flatMap(
      (page) =>
        [
          [page, 'en', /newer ones could not be read/, /The database of StackRox does not answer\./],
          [page, 'es', /más recientes/, /La base de datos de StackRox no responde\./],
          [page, 'de', /neuere/, /Die Datenbank von StackRox antwortet nicht\./],
        ] as const,
    ),
  )('stands on %s in %s', async (page, language, text, reason) => {
    const problem = { code: 'stackrox-unavailable', message: 'It does not answer.', hint: 'Look at its service.' };
    answer({ ...full, problem });
    await openConsole(page, language);
    expect(await screen.findByText(text, { selector: '.pf-v6-c-alert__title' }, { timeout: 5_000 })).toBeTruthy();
    expect(screen.getAllByText(reason).length).toBeGreaterThan(0);
  });
});
