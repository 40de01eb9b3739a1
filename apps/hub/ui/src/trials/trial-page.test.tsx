import type { TrialAnswer, TrialOffer } from '@pratique/hub/contract';
import { fireEvent, screen } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { refusal } from '../testing/hub.ts';

const hub = startHub();
const offer: TrialOffer = {
  cluster_name: 'prod-1',
  namespaces: ['checkout', 'payments'],
  examples: [
    { id: 'signed', manifest: 'kind: Pod # signed' },
    { id: 'unsigned', manifest: 'kind: Pod # unsigned' },
  ],
};
const refused: TrialAnswer = {
  allowed: false,
  kind: 'Pod',
  name: 'web',
  message: 'no signatures found <img>',
  warnings: [],
  patch: null,
  result: null,
  duration_ms: 61.7,
  uid: 'uid-9',
};

function demo(answer: () => Response): { sent: unknown[] } {
  const sent: unknown[] = [];
  hub.use(
    http.get('*/api/dev/people', () => HttpResponse.json([])),
    http.get('*/api/dev/deployments', () => HttpResponse.json(offer)),
    http.post('*/api/dev/deployments', async ({ request }) => {
      sent.push(await request.json());
      return answer();
    }),
  );
  return { sent };
}

describe('trying a deployment', () => {
  it('sends an example and shows the refusal with its reason and its decision', async () => {
    const { sent } = demo(() => HttpResponse.json(refused));
    await openConsole('/try');
    fireEvent.click(await screen.findByRole('button', { name: 'Unsigned' }));
    fireEvent.click(screen.getByRole('button', { name: 'Try it' }));
    expect(await screen.findByText('no signatures found <img>')).toBeTruthy();
    expect(screen.getByText('62 ms')).toBeTruthy();
    expect(screen.getByRole('link', { name: /See the decision/ }).getAttribute('href')).toBe(
      '/admission/uid-9?in=prod-1',
    );
    expect(sent).toEqual([{ namespace: 'payments', manifest: 'kind: Pod # unsigned' }]);
  });

  it('shows what was changed in a workload that was let in', async () => {
    const patch = [{ op: 'replace', path: '/spec/containers/0/image', value: 'web@sha256:1' }];
    demo(() => HttpResponse.json({ ...refused, allowed: true, message: '', patch, result: 'kind: Pod' }));
    await openConsole('/try');
    fireEvent.click(await screen.findByRole('button', { name: 'Try it' }));
    expect(await screen.findByText('Let in')).toBeTruthy();
    expect(screen.getByText(/web@sha256:1/)).toBeTruthy();
  });

  it('says what is wrong with a text, and that nobody answered', async () => {
    demo(() => refusal(400, 'bad_request', 'line 3 is no YAML'));
    await openConsole('/try');
    fireEvent.click(await screen.findByRole('button', { name: 'Try it' }));
    expect(await screen.findByText('line 3 is no YAML')).toBeTruthy();
    hub.use(http.post('*/api/dev/deployments', () => refusal(503, 'api_server_unavailable')));
    fireEvent.click(screen.getByRole('button', { name: 'Try it' }));
    expect(await screen.findByText('We could not look')).toBeTruthy();
  });

  it('is no page at all on a hub that is no demo', async () => {
    await openConsole('/try');
    expect(await screen.findByRole('heading', { name: /page/i, level: 1 })).toBeTruthy();
    expect(screen.queryByRole('link', { name: /Try a deployment/, hidden: true })).toBeNull();
  });
});
