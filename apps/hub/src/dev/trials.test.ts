import { afterEach, describe, expect, it } from 'vitest';
import type { TrialAnswer } from '@pratique/hub/contract';
import type { HubContext } from '../context.ts';
import type { HubServer } from '../http.ts';
import { serverForTest } from '../http/for-test.ts';
import { registerTrials, type Trial, type TrialOutcome } from './trials.ts';

const letIn: TrialAnswer = {
  allowed: true,
  kind: 'Pod',
  name: 'web',
  message: '',
  warnings: [],
  patch: [{ op: 'replace', path: '/spec/containers/0/image', value: 'x@sha256:0' }],
  result: 'kind: Pod\n',
  duration_ms: 12,
  uid: 'u-1',
};

let app: HubServer;
afterEach(() => app.close());

/** A server whose caller has the namespace shop of east. */
async function standing(outcome: TrialOutcome = { kind: 'answered', answer: letIn }) {
  const tried: Trial[] = [];
  app = await serverForTest();
  registerTrials(app, { source: { loadedVersion: 0 } } as HubContext, {
    clusterName: 'east',
    examples: () => [{ id: 'signed', manifest: 'kind: Pod' }],
    attempt: (trial) => {
      tried.push(trial);
      return Promise.resolve(outcome);
    },
  });
  const attempt = (payload: object) =>
    app.inject({ method: 'POST', url: '/api/dev/deployments', payload, headers: { 'accept-language': 'en' } });
  return { tried, attempt };
}

describe('trying a workload', () => {
  it('is offered in the namespaces the person has in that cluster', async () => {
    await standing();
    expect((await app.inject('/api/dev/deployments')).json()).toEqual({
      cluster_name: 'east',
      namespaces: ['shop'],
      examples: [{ id: 'signed', manifest: 'kind: Pod' }],
    });
  });

  it('answers what the API server said, and who asked goes along', async () => {
    const { tried, attempt } = await standing();
    const answer = await attempt({ namespace: 'shop', manifest: 'kind: Pod' });
    expect([answer.statusCode, answer.json()]).toEqual([200, letIn]);
    expect(tried).toEqual([{ namespace: 'shop', manifest: 'kind: Pod', user: 'ada' }]);
  });

  it('is refused in namespaces of other teams, before anything is tried', async () => {
    const { tried, attempt } = await standing();
    const answer = await attempt({ namespace: 'till', manifest: 'kind: Pod' });
    expect([answer.statusCode, answer.json().code, tried]).toEqual([403, 'no_access', []]);
  });

  it.each<[TrialOutcome, number, string]>([
    [{ kind: 'unusable', problem: 'line 3 is no YAML' }, 400, 'line 3 is no YAML'],
    [{ kind: 'unreachable', problem: 'it does not answer' }, 503, 'it does not answer'],
  ])('says what went wrong: %o', async (outcome, status, words) => {
    const { attempt } = await standing(outcome);
    const answer = await attempt({ namespace: 'shop', manifest: 'kind: Pod' });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail).toContain(words);
  });

  it.each([{ namespace: 'shop', manifest: '' }, { namespace: '', manifest: 'x' }, { manifest: 'x' }])(
    'is not valid as %o',
    async (payload) => {
      const { attempt } = await standing();
      expect((await attempt(payload)).json().code).toBe('validation');
    },
  );
});
