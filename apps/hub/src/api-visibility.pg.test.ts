/** `GET /api/cves/{cve_id}/visibility`: every reason, each for a CVE of the fleet that has it. */
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CveListItem, CvePage, ErrorBody, VisibilityAnswer, VisibilityTerm } from '@pratique/hub/contract';
import { asOwner, get, hubForTest, installationForTest, people, somebody, untilRead } from './hub-for-test.ts';
import type { Hub } from './index.ts';

const installation = await installationForTest();
const lonelyId = 'CVE-2031-0001';
let hub: Hub;
/** What the payments team has, before any threshold. */
let own: readonly CveListItem[];
let fleet: readonly CveListItem[];

beforeAll(async () => {
  const lonely = await asOwner(installation.central.url, lonelyCve);
  hub = await hubForTest(installation, { intervalSeconds: 1 });
  await untilRead(hub);
  await asOwner(installation.central.url, (client) => client.query('delete from deployments where id = $1', [lonely]));
  // Not just the next version: a poll that was under way already may publish one that does not know of this.
  const gone = async () => expect(terms(await explain(lonelyId, people.security))).toEqual(['not_deployed']);
  await vi.waitFor(gone, { timeout: 40_000, interval: 100 });
  await installation.decide();
  own = await whole(people.security, 'cluster=harbor-eu&namespace=payments&');
  fleet = await whole(people.security, '');
});
afterAll(() => hub.stop());

/** Gives one CVE to an image that a single deployment runs, and says which deployment that is. */
async function lonelyCve(client: Client): Promise<string> {
  const { rows } = await client.query<{ deployment: string; finding: string }>(
    `select min(c.deployments_id::text) as deployment, min(v.id) as finding
     from deployments_containers c join image_cves_v2 v on (v.imageid = c.image_id and v.imageid <> '') or (v.imageidv2 = c.image_idv2 and v.imageidv2 <> '')
     group by c.image_id, c.image_idv2 having count(distinct c.deployments_id) = 1 order by 1 limit 1`,
  );
  await client.query('update image_cves_v2 set cvebaseinfo_cve = $1 where id = $2', [lonelyId, rows[0]?.finding]);
  return rows[0]?.deployment ?? '';
}

async function whole(headers: Record<string, string>, query: string): Promise<readonly CveListItem[]> {
  const items: CveListItem[] = [];
  for (let page = 1; ; page += 1) {
    const { body } = await get<CvePage>(
      hub,
      `/api/cves?${query}show_suppressed=true&page_size=200&page=${page}`,
      headers,
    );
    items.push(...body.items);
    if (body.items.length < 200) return items;
  }
}

async function explain(
  cve: string,
  headers: Record<string, string> = people.payments,
  query = '',
): Promise<VisibilityAnswer> {
  const { status, body } = await get<VisibilityAnswer>(hub, `/api/cves/${cve}/visibility${query}`, headers);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const terms = ({ terms: all }: VisibilityAnswer) => all.map(({ term }) => term);
function termOf(answer: VisibilityAnswer, name: VisibilityTerm['term']): VisibilityTerm {
  const found = answer.terms.find(({ term }) => term === name);
  if (found === undefined) throw new Error(`${answer.cve_id} has no ${name}, only ${terms(answer).join(', ')}`);
  return found;
}
const ofOwn = (fits: (item: CveListItem) => boolean): string => own.find(fits)?.cve_id ?? 'no example in the fleet';
const isOrdinary = (item: CveListItem) =>
  item.kev !== true &&
  !item.has_priority &&
  !item.has_risk_acceptance &&
  !item.is_suppressed &&
  (item.suppressed_occurrences ?? 0) === 0;
const foreign = () => fleet.find(({ cve_id: id }) => !own.some((item) => item.cve_id === id))!.cve_id;

describe('why a CVE is not seen', () => {
  it('no image has it', async () => {
    const answer = await explain('CVE-1999-99999');
    expect(termOf(answer, 'not_in_source')).toMatchObject({ effect: 'hides' });
    expect(answer).toMatchObject({ visible: false, occurs_in: [] });
  });

  it('nothing runs what has it', async () => {
    const answer = await explain(lonelyId, people.security);
    expect([answer.visible, terms(answer)]).toEqual([false, ['not_deployed']]);
  });

  it('the login was granted no namespace', async () => {
    const answer = await explain(foreign(), people.nobodysNamespaces);
    expect(terms(answer)).toEqual(['no_namespaces', 'namespace_not_in_scope']);
    expect(termOf(answer, 'no_namespaces').next_step).toContain('rhacs-manager.io/users');
    expect(answer.for).toEqual({ user: 'spoke:nora', role: 'team_member', all_namespaces: false, namespace_count: 0 });
  });

  it('is not told to a member where a CVE occurs that runs elsewhere only', async () => {
    const cve = foreign();
    const answer = await explain(cve);
    expect(terms(answer)).toEqual(['namespace_not_in_scope']);
    expect(answer.occurs_in).toEqual([]);
    const { body: where } = await get<{ namespace: string }[]>(hub, `/api/cves/${cve}/deployments`, people.security);
    for (const { namespace } of where) expect(JSON.stringify(answer.terms)).not.toContain(`"${namespace}"`);
  });

  it('the chosen cluster and namespace do not have it', async () => {
    const headers = somebody('amelie', 'payments:harbor-eu,payments:harbor-us');
    const answer = await explain(own[0]!.cve_id, headers, '?namespace=atlantis');
    expect(termOf(answer, 'scope_filter_empty').values).toEqual({ cluster: null, namespace: 'atlantis' });
  });

  it('its CVSS score is below the threshold', async () => {
    const answer = await explain(ofOwn((item) => isOrdinary(item) && item.cvss < 4 && item.epss_probability >= 0.01));
    expect(termOf(answer, 'below_cvss')).toMatchObject({ effect: 'hides', values: { limit: 4 } });
    expect(answer.visible).toBe(false);
  });

  it('its EPSS probability is below the threshold, with model and date where the feed knows it', async () => {
    const item = own.find((one) => isOrdinary(one) && one.cvss >= 4 && one.epss_probability < 0.01)!;
    await asOwner(installation.app.url, (client) =>
      client.query(
        `insert into epss_scores (cve_id, probability, percentile, model_version, score_date) values ($1, 0.001, 0.2, 'v2025.03.14', '2026-03-01')
        on conflict (cve_id) do update set model_version = excluded.model_version, score_date = excluded.score_date`,
        [item.cve_id],
      ),
    );
    const answer = await explain(item.cve_id);
    const { effect, values, text } = termOf(answer, 'below_epss');
    expect([effect, values['limit'], values['model'], values['date']]).toEqual([
      'hides',
      0.01,
      'v2025.03.14',
      '2026-03-01',
    ]);
    expect(text).toContain('v2025.03.14');
    expect(answer.visible).toBe(false);
  });

  it('rules cover all of its occurrences', async () => {
    const answer = await explain(ofOwn((item) => item.is_suppressed));
    const { effect, values } = termOf(answer, 'suppressed');
    expect([effect, values['covered']]).toEqual(['hides', values['total']]);
    expect(answer.visible).toBe(false);
  });

  it('RHACS itself has deferred it, or takes it for a false positive', async () => {
    for (const [state, name] of [
      ['deferred', 'deferred_in_rhacs'],
      ['false_positive', 'false_positive_in_rhacs'],
    ] as const) {
      const { body } = await get<CvePage>(
        hub,
        `/api/cves?rhacs_state=${state}&cluster=harbor-eu&namespace=payments`,
        people.security,
      );
      const hidden = body.items.find(({ cve_id: id }) => !own.some((item) => item.cve_id === id))!;
      const answer = await explain(hidden.cve_id);
      expect(termOf(answer, name).effect).toBe('hides');
      expect(answer.visible).toBe(false);
    }
  });
});

describe('why a CVE is seen', () => {
  it('meets both thresholds', async () => {
    const answer = await explain(ofOwn((item) => isOrdinary(item) && item.cvss >= 4 && item.epss_probability >= 0.01));
    expect(termOf(answer, 'thresholds_met').effect).toBe('shows');
    expect([answer.visible, answer.occurs_in]).toEqual([true, [{ namespace: 'payments', cluster_name: 'harbor-eu' }]]);
  });

  it('thresholds do not apply to the security team', async () => {
    expect(terms(await explain(own[0]!.cve_id, people.security))).toContain('thresholds_do_not_apply');
  });

  it.each([
    [
      'it is known to be exploited',
      'shown_by_kev',
      (item: CveListItem) => item.kev === true && item.epss_probability < 0.01,
    ],
    [
      'it has a priority',
      'shown_by_priority',
      (item: CveListItem) => item.has_priority && item.epss_probability < 0.01,
    ],
    [
      'somebody asked to accept it',
      'shown_by_acceptance',
      (item: CveListItem) => item.has_risk_acceptance && item.epss_probability < 0.01,
    ],
  ] as const)('%s, although it is below a threshold', async (_why, name, fits) => {
    const answer = await explain(ofOwn(fits));
    expect(termOf(answer, name).effect).toBe('shows');
    expect(termOf(answer, 'below_epss').effect).toBe('informs');
    expect(answer.visible).toBe(true);
  });

  it('rules cover only a part of it, or wait for review', async () => {
    const partly = await explain(ofOwn((item) => !item.is_suppressed && (item.suppressed_occurrences ?? 0) > 0));
    const { values } = termOf(partly, 'partly_suppressed');
    expect(Number(values['covered'])).toBeLessThan(Number(values['total']));
    expect(partly.visible).toBe(true);
    const requested = await explain(ofOwn((item) => item.suppression_requested));
    expect(termOf(requested, 'suppression_requested').effect).toBe('informs');
    expect(requested.visible).toBe(true);
  });
});

describe('the answer', () => {
  it('agrees with the list about every CVE of the team', async () => {
    const listed = new Set<string>();
    for (let page = 1; page < 10; page += 1) {
      const { body } = await get<CvePage>(hub, `/api/cves?page_size=200&page=${page}`, people.payments);
      body.items.forEach(({ cve_id: id }) => listed.add(id));
    }
    const sample = own.filter((_, at) => at % 7 === 0 || at > own.length - 60);
    const answers = await Promise.all(sample.map(({ cve_id: id }) => explain(id)));
    expect(answers.filter(({ cve_id: id, visible }) => visible !== listed.has(id)).map(({ cve_id: id }) => id)).toEqual(
      [],
    );
    expect(new Set(answers.map(({ visible }) => visible)).size).toBe(2);
  });

  it('is given to the security team on behalf of a user, of namespaces, or of both', async () => {
    const hidden = ofOwn((item) => isOrdinary(item) && item.cvss < 4);
    await explain(hidden); // alice has been here, with her namespace
    const forAlice = await explain(hidden, people.security, '?user=spoke%3Aalice');
    expect([forAlice.visible, forAlice.for]).toEqual([
      false,
      { user: 'spoke:alice', role: 'team_member', all_namespaces: false, namespace_count: 1 },
    ]);
    const forPair = await explain(hidden, people.security, '?namespaces=payments%3Aharbor-eu');
    expect([forPair.visible, terms(forPair)]).toEqual([false, terms(forAlice)]);
    const elsewhere = await explain(foreign(), people.security, '?namespaces=payments%3Aharbor-eu');
    expect(termOf(elsewhere, 'namespace_not_in_scope').values['namespaces']).not.toEqual([]);
    expect(elsewhere.occurs_in.length).toBeGreaterThan(0);
  });

  it('is not given to members about others, nor about users nobody knows', async () => {
    for (const query of ['?user=spoke%3Asofia', '?namespaces=*']) {
      const { status, body } = await get<ErrorBody>(
        hub,
        `/api/cves/${own[0]!.cve_id}/visibility${query}`,
        people.payments,
      );
      expect([status, body.code]).toEqual([403, 'sec_team_required']);
    }
    expect((await get(hub, `/api/cves/${own[0]!.cve_id}/visibility?user=nobody`, people.security)).status).toBe(404);
  });
});
