import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseAlerting } from '@pratique/policy';
import type { Alerting } from '@pratique/policy';
import { afterEach, describe, expect, it } from 'vitest';
import type { AlertEvent } from '../review/needs.ts';
import { createAlerts } from './alerts.ts';
import type { AlertOptions, AlertResult } from './alerts.ts';

interface Received {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A receiver that answers with these numbers one after the other, the last for ever; 0 does not answer at all. */
async function receiver(...answers: readonly (number | { readonly status: number; readonly body: string })[]) {
  const received: Received[] = [];
  let sockets = 0;
  const server = createServer((request, response) => void answer(request, response)).on(
    'connection',
    () => (sockets += 1),
  );
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    received.push({
      method: request.method,
      headers: request.headers,
      body: JSON.parse(await text(request)) as Received['body'],
    });
    const answer = answers[Math.min(received.length, answers.length) - 1] ?? 200;
    const { status, body } = typeof answer === 'number' ? { status: answer, body: 'said' } : answer;
    if (status !== 0) response.writeHead(status, { location: `${url}/elsewhere` }).end(body);
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `${url}/hook-with-secret`, received, sockets: () => sockets };
}

type ReceiverText = Readonly<Record<string, unknown>>;

/** A receiver as a values file writes it. */
function to(url: string, more: ReceiverText = {}): ReceiverText {
  return { template: 't', receiverUrl: url, ...more };
}

function alerting(
  admit: readonly ReceiverText[],
  reject: readonly ReceiverText[] = [],
  more: ReceiverText = {},
): Alerting {
  const groups = {
    ...(admit.length > 0 && { admitRequest: { receivers: admit } }),
    ...(reject.length > 0 && { rejectRequest: { receivers: reject } }),
  };
  const parsed = parseAlerting(JSON.stringify({ clusterIdentifier: 'prod', ...groups, ...more }));
  if (parsed.state === 'invalid') throw new Error(JSON.stringify(parsed.problems));
  return parsed.alerting;
}

const template = JSON.stringify({
  ...{ text: '{{ alert_message }}', images: '{{ images }}', at: '{{ timestamp }}', cluster: '{{ cluster }}' },
  ...{ pod: '{{ connaisseur_pod_id }}', error: '{{ error }}', priority: 'P{{ priority }}' },
});

function started(document: Alerting, more: Partial<AlertOptions> = {}) {
  const results: AlertResult[] = [];
  const warnings: string[] = [];
  let time = Date.parse('2026-01-01T00:00:00Z');
  const alerts = createAlerts({
    ...{ document, podName: 'gate-1', fetch, random: () => 0, times: { attempt: 5_000, pause: 1 } },
    template: (name) => ({ t: template, empty: '{}', broken: '{{' })[name],
    readSecret: async () => Promise.reject(new Error('no such secret')),
    now: () => new Date(time),
    onResult: (result) => results.push(result),
    onWarning: (warning) => warnings.push(warning),
    ...more,
  });
  return { alerts, results, warnings, pass: (ms: number) => void (time += ms) };
}

const admitted: AlertEvent = { outcome: 'admitted', uid: 'uid-1', namespace: 'team', images: ['a:1', 'b:2'] };
const rejected: AlertEvent = { ...admitted, outcome: 'rejected', error: 'no matching rule' };
const never = () => new AbortController().signal;

describe('an outcome', () => {
  it('ALR-1 ALR-2 ALR-6 goes to the receivers of its kind, with its words and all images', async () => {
    const [good, bad] = [await receiver(200), await receiver(200)];
    const { alerts } = started(alerting([to(good.url)], [to(bad.url)]));
    const events: readonly AlertEvent[] = [
      admitted,
      rejected,
      { ...rejected, outcome: 'timeout' },
      { ...rejected, outcome: 'invalid' },
    ];
    for (const event of events) expect(await alerts.notify(event)).toBe('sent');
    expect(good.received.map(({ body }) => body)).toEqual([
      {
        ...{ text: 'CONNAISSEUR admitted a request', images: 'a:1, b:2', at: '2026-01-01T00:00:00.000Z' },
        ...{ cluster: 'prod', pod: 'gate-1', error: '', priority: 'P3' },
      },
    ]);
    expect(bad.received.map(({ body }) => body['text'])).toEqual([
      'CONNAISSEUR rejected a request: no matching rule',
      'CONNAISSEUR validation timed out for admission request uid-1',
      'CONNAISSEUR failed to parse admission request uid-1',
    ]);
  });

  it('ALR-4 is posted as JSON; headers of the receiver win, whatever their case, split at the first colon', async () => {
    const { url, received } = await receiver(200);
    const headers = ['authorization: GenieKey a:b', 'CONTENT-TYPE: text/x-alert', 'X-Empty:'];
    const { alerts } = started(
      alerting([to(url), to(url, { customHeaders: headers, payloadFields: { text: 'mine' } })]),
    );
    expect(await alerts.notify(admitted)).toBe('sent');
    const plain = received.find(({ headers: sent }) => sent['content-type'] === 'application/json');
    const own = received.find(({ headers: sent }) => sent['content-type'] === 'text/x-alert');
    expect(plain?.method).toBe('POST');
    expect(own?.headers).toMatchObject({ authorization: 'GenieKey a:b', 'x-empty': '' });
    expect(own?.body['text']).toBe('mine');
  });

  it('ALR-7 keeps its connection, also after failures whose answers nobody needed', async () => {
    const { url, received, sockets } = await receiver(400, { status: 404, body: 'x'.repeat(40_000) }, 200);
    const { alerts } = started(alerting([to(url)]));
    for (let count = 0; count < 12; count += 1) await alerts.notify({ ...admitted, images: [`a:${count}`] });
    expect(received).toHaveLength(12);
    expect(sockets()).toBeLessThan(6);
  });
});

describe('a receiver that does not take it', () => {
  it.each([[500], [429], [503]])('ALR-7 for now (%i) is asked twice more', async (status) => {
    const { url, received } = await receiver(status, status, 200);
    const { alerts } = started(alerting([to(url)]));
    expect(await alerts.notify(admitted)).toBe('sent');
    expect(received).toHaveLength(3);
  });

  it.each([[400], [404], [302], [307]])(
    'ALR-4 for good (%i) is asked once, and a redirect is not followed',
    async (status) => {
      const { url, received } = await receiver(status);
      const { alerts } = started(alerting([to(url)]));
      expect(await alerts.notify(admitted)).toBe(`failed: t-0: it answered ${status}: said`);
      expect(received).toHaveLength(1);
    },
  );

  it('ALR-5 denies only where that is wanted, with what was said, and without its address', async () => {
    const { url } = await receiver({ status: 403, body: 'no\u001b[31m such hook' });
    const careless = started(alerting([to(url)]));
    expect(await careless.alerts.tell(admitted, never())).toBeUndefined();
    await careless.alerts.stop();
    expect(careless.results).toEqual([
      { receiver: 't-0', result: 'failed', problem: 'it answered 403: no\\u001b[31m such hook' },
    ]);
    const strict = started(alerting([to(url, { failIfAlertSendingFails: true })]));
    const refusal = await strict.alerts.tell(admitted, never());
    expect(refusal).toEqual({
      denial: 'error sending notifications: t-0: it answered 403: no\\u001b[31m such hook',
      evenInDetectionMode: false,
    });
    expect(JSON.stringify(refusal)).not.toContain('secret');
  });

  it('ADM-19 denies in detection mode too where that is asked for', async () => {
    const { url } = await receiver(400);
    const document = alerting([], [to(url, { failIfAlertSendingFails: true })], { failClosedInDetectionMode: true });
    expect(await started(document).alerts.tell(rejected, never())).toMatchObject({ evenInDetectionMode: true });
  });

  it('ALR-5 is waited for only as long as the admission has time, and not at all where nobody depends on it', async () => {
    const { url } = await receiver(0);
    const controller = new AbortController();
    const strict = started(alerting([to(url, { failIfAlertSendingFails: true })]));
    const telling = strict.alerts.tell(admitted, controller.signal);
    controller.abort();
    expect(await telling).toMatchObject({ denial: expect.stringContaining('time of the admission request was over') });
    const careless = started(alerting([to(url)]), { times: { attempt: 20, pause: 1 } });
    expect(await careless.alerts.tell(admitted, never())).toBeUndefined();
    expect(careless.results).toEqual([]);
    await careless.alerts.stop();
    expect(careless.results).toMatchObject([{ result: 'failed', problem: 'it did not answer in time' }]);
  });

  it('that is not there is told by its cause', async () => {
    const gone = await receiver();
    for (const close of closing.splice(0)) close();
    const { alerts } = started(alerting([to(gone.url)]));
    expect(await alerts.notify(admitted)).toBe('failed: t-0: it refused the connection');
  });
});

describe('a burst', () => {
  it('ALR-7 of the same is sent once until some time has passed', async () => {
    const { url, received } = await receiver(200);
    const { alerts, results, pass } = started(alerting([], [to(url)]));
    await Promise.all([1, 2, 3].map((count) => alerts.notify({ ...rejected, uid: `uid-${count}` })));
    await alerts.notify({ ...rejected, namespace: 'other' });
    expect(received).toHaveLength(2);
    expect(results.filter(({ result }) => result === 'suppressed')).toHaveLength(2);
    pass(31_000);
    await alerts.notify(rejected);
    expect(received).toHaveLength(3);
  });

  it('ALR-7 that could not be sent is sent again with the next of its kind', async () => {
    const { url, received } = await receiver(400, 200);
    const { alerts } = started(alerting([], [to(url)]));
    expect(await alerts.notify(rejected)).toContain('failed');
    expect(await alerts.notify(rejected)).toBe('sent');
    expect(received).toHaveLength(2);
  });

  it('ALR-7 of different ones ends at a limit, but never where an admission depends on it', async () => {
    const { url, received } = await receiver(200);
    const document = alerting([to(url)], [to(url, { failIfAlertSendingFails: true })]);
    const { alerts, results } = started(document, { restraint: { sameMs: 1, perMinute: 2 } });
    for (let count = 0; count < 4; count += 1) {
      await alerts.notify({ ...admitted, images: [`a:${count}`] });
      expect(await alerts.tell({ ...rejected, images: [`a:${count}`] }, never())).toBeUndefined();
    }
    expect(received).toHaveLength(6);
    expect(results.filter(({ result }) => result === 'suppressed')).toHaveLength(2);
  });
});

describe('ALR-7 an address from a Secret', () => {
  it('is read for every alert and never told', async () => {
    const { url, received } = await receiver(200);
    let secret = url;
    const receiverUrlFrom = { secretKeyRef: { name: 'hooks', key: 'slack' } };
    const { alerts, pass } = started(alerting([{ template: 't', receiverUrlFrom }]), {
      readSecret: async (name, key) => (name === 'hooks' && key === 'slack' ? `${secret}\n` : ''),
    });
    expect(await alerts.notify(admitted)).toBe('sent');
    expect(received).toHaveLength(1);
    secret = 'nothing-like-an-address';
    pass(60_000);
    expect(await alerts.notify(admitted)).toBe(
      'failed: t-0: key slack of secret hooks is not an http or https address',
    );
  });

  it('that cannot be read is a failed alert', async () => {
    const receiverUrlFrom = { secretKeyRef: { name: 'hooks', key: 'slack' } };
    const { alerts } = started(alerting([{ template: 't', receiverUrlFrom }]));
    expect(await alerts.notify(admitted)).toBe('failed: t-0: key slack of secret hooks cannot be read');
  });
});

describe('a document', () => {
  it('is refused with everything that is wrong in it, and none of its keys', () => {
    const document = alerting(
      [],
      ['none', 'broken', 't', 't'].map((template) => to('https://x', { template })),
    );
    const [first, second, third, fourth] = document.rejectRequest;
    const wrong = [
      ...[first!, second!],
      { ...third!, headers: [['Host', 'secret']] as const },
      { ...fourth!, headers: [['X-A', 'secret\r\nX-B: 1']] as const },
      { ...fourth!, url: { kind: 'inline', url: 'mailto:secret@x' } as const },
    ];
    const attempt = () => started({ ...document, rejectRequest: wrong });
    expect(attempt).toThrow(
      /no template none;.*template broken:.*\[2\]: customHeaders\[0\] sets host.*\[3\].*characters that no header.*\[4\]: receiverUrl is not/s,
    );
    expect(attempt).not.toThrow(/secret/);
  });

  it('ALR-3 with an empty template sends nothing and warns', async () => {
    const { url, received } = await receiver(200);
    const { alerts, warnings, results } = started(alerting([to(url, { template: 'empty' })]));
    expect(await alerts.notify(admitted)).toBe('sent');
    expect(received).toEqual([]);
    expect(results).toMatchObject([{ result: 'skipped' }]);
    expect(warnings).toEqual(['template empty is empty: admitRequest.receivers[0] is sent nothing']);
  });

  it('with a login in an address sends it as the header it stands for', async () => {
    const { url, received } = await receiver(200);
    const { alerts } = started(alerting([to(url.replace('//', '//user:p%40ss@'))]));
    expect(await alerts.notify(admitted)).toBe('sent');
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  });
});
