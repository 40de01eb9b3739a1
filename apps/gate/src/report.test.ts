import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AdmissionDecision, AdmissionReport } from '@pratique/hub/contract';
import { createDecisionReport, type DecisionReport, type DecisionReportOptions } from './report.ts';
import { fitDecision } from './report/fit.ts';
import { DecisionQueue } from './report/queue.ts';

function decision(uid: string, changes: Partial<AdmissionDecision> = {}): AdmissionDecision {
  return {
    uid,
    at: '2026-11-01T12:00:00.000Z',
    namespace: 'shop',
    kind: 'Pod',
    name: 'web',
    operation: 'CREATE',
    user: 'ada',
    allowed: true,
    would_allow: true,
    dry_run: false,
    duration_ms: 1,
    warnings: [],
    images: [],
    ...changes,
  };
}

type Answer = (report: AdmissionReport, response: ServerResponse) => void;
const taken: Answer = (_report, response) => response.writeHead(202).end('{}');
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_report, response) =>
    response.writeHead(code, headers).end('{}');

/** A hub that keeps what it is sent and answers as told. */
class FakeHub {
  readonly reports: AdmissionReport[] = [];
  readonly keys: unknown[] = [];
  answer: Answer = taken;
  readonly #server: Server = createServer((request, response) => void this.#take(request, response));

  async listen(port = 0): Promise<number> {
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done));
    return (this.#server.address() as AddressInfo).port;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const report = JSON.parse(Buffer.concat(chunks).toString()) as AdmissionReport;
    this.reports.push(report);
    this.keys.push([request.method, request.url, request.headers['x-api-key']]);
    this.answer(report, response);
  }

  uids(): readonly string[] {
    return this.reports.flatMap(({ decisions }) => decisions.map(({ uid }) => uid));
  }

  close(): Promise<void> {
    return new Promise((done) => {
      this.#server.close(() => done());
      this.#server.closeAllConnections();
    });
  }
}

/** With the patience a busy machine needs. */
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

const open: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
});

const quick = { gatherMs: 1, heartbeatMs: 60_000, backoffMs: 1, maxBackoffMs: 2, timeoutMs: 5_000, stopMs: 300 };

async function standing(changes: Partial<DecisionReportOptions> = {}) {
  const hub = new FakeHub();
  const port = await hub.listen();
  open.push({ stop: () => hub.close() });
  const problems: (string | null)[] = [];
  const report: DecisionReport = createDecisionReport({
    url: `http://127.0.0.1:${port}/`,
    apiKey: 'key-of-east',
    clusterName: 'east',
    instance: 'gate-0',
    version: '0.1.0',
    policyHash: () => 'sha256:p',
    fetch,
    now: () => new Date('2026-11-01T12:00:00Z'),
    random: () => 0.5,
    onProblem: (problem) => problems.push(problem),
    pace: quick,
    ...changes,
  });
  open.push(report);
  return { hub, report, problems };
}

describe('reporting decisions to the hub', () => {
  it('tells of the gate at once, then of every decision in order, with the key of the cluster', async () => {
    const { hub, report } = await standing();
    await until(() => expect(hub.reports).toHaveLength(1));
    for (const uid of ['a', 'b', 'c']) report.add(decision(uid));
    await until(() => expect(hub.uids()).toEqual(['a', 'b', 'c']));
    expect(hub.reports.every((one) => Value.Check(AdmissionReport, one))).toBe(true);
    expect(hub.reports[0]).toMatchObject({
      cluster_name: 'east',
      gate: { instance: 'gate-0', policy_hash: 'sha256:p' },
    });
    expect(hub.keys[0]).toEqual(['POST', '/api/admission/decisions', 'key-of-east']);
    await until(() => expect(report.facts()).toMatchObject({ queued: 0, reported: 3, dropped: 0, problem: null }));
  });

  it('loses no decision to others whose images have names of megabytes', async () => {
    const { hub, report } = await standing();
    await until(() => expect(hub.reports).toHaveLength(1));
    const [text, none] = ['x'.repeat(3_000_000), null];
    const image = { ...{ image: text, paths: [], verdict: 'refused', class: 'invalid_reference', message: text } };
    const long = { ...image, ...{ digest: none, rule: none, validator: none, validator_type: none, cache: 'none' } };
    const images = [{ ...long, next_step: '', found: [], wanted: '' }] as AdmissionDecision['images'];
    report.add(decision('telling'));
    for (const uid of ['a', 'b', 'c', 'd']) report.add(decision(uid, { images }));
    await until(() => expect(hub.uids()).toEqual(['telling', 'a', 'b', 'c', 'd']));
    expect(report.facts().dropped).toBe(0);
  });

  it('keeps decisions while the hub is away, loses the oldest when there is no room, and says how many', async () => {
    const { hub, report, problems } = await standing({ limits: { decisions: 3, characters: 1e6 } });
    hub.answer = status(503);
    await until(() => expect(problems).toHaveLength(1));
    expect(problems[0]).toContain('503');
    for (const uid of ['a', 'b', 'c', 'd', 'e']) report.add(decision(uid));
    await until(() => expect(report.facts().dropped).toBe(2));
    hub.answer = taken;
    hub.reports.length = 0;
    await until(() => expect(hub.uids().slice(-3)).toEqual(['c', 'd', 'e']));
    expect(hub.reports.at(-1)?.dropped).toBe(2);
    await until(() => expect(problems).toEqual([problems[0], null]));
    expect(report.facts()).toMatchObject({ dropped: 2, queued: 0, problem: null });
  });

  it.each([
    [401, 'PRATIQUE_HUB_API_KEY'],
    [403, 'PRATIQUE_CLUSTER_NAME'],
    [404, 'PRATIQUE_HUB_URL'],
    [302, 'not reached'],
  ])('answers %d with the next step, without the key, and keeps the decision', async (code, words) => {
    const { hub, report, problems } = await standing();
    hub.answer = status(code, { location: 'http://127.0.0.1:1/' });
    report.add(decision('a'));
    await until(() => expect(problems).toHaveLength(1));
    expect(problems[0]).toContain(words);
    expect(problems[0]).not.toContain('key-of-east');
    hub.answer = taken;
    await until(() => expect(report.facts().reported).toBe(1));
  });

  it('gives up the one decision a hub will never take, and nothing behind it', async () => {
    const { hub, report } = await standing();
    hub.answer = (sent, response) => {
      const isBad = sent.decisions.some(({ uid }) => uid === 'bad');
      response.writeHead(isBad ? 422 : 202).end('{}');
    };
    for (const uid of ['a', 'b', 'bad', 'c']) report.add(decision(uid));
    await until(() => expect(report.facts()).toMatchObject({ queued: 0, reported: 3, dropped: 1 }));
  });

  it('reports what is left when it is stopped, and then takes nothing more', async () => {
    const { hub, report } = await standing({ pace: { ...quick, gatherMs: 60_000 } });
    await until(() => expect(hub.reports).toHaveLength(1));
    for (let one = 0; one < 400; one += 1) report.add(decision(`u${one}`));
    await report.stop();
    expect(new Set(hub.uids()).size).toBe(400);
    report.add(decision('late'));
    expect(report.facts().queued).toBe(0);
  });

  it('stops in its time although the hub never answers', async () => {
    const { hub, report } = await standing();
    hub.answer = () => undefined;
    report.add(decision('a'));
    await until(() => expect(hub.reports).toHaveLength(1));
    await report.stop();
    expect(report.facts().queued).toBe(1);
  });

  it('reports though it has nothing to tell, so that silence means that it is away', async () => {
    const { hub } = await standing({ pace: { ...quick, heartbeatMs: 2 } });
    await until(() => expect(hub.reports.length).toBeGreaterThan(2));
    expect(hub.uids()).toEqual([]);
  });

  it('reads a renewed key for every report', async () => {
    const keys = ['first', 'second'];
    const { hub, report } = await standing({ apiKey: () => Promise.resolve(keys.shift() ?? 'last') });
    await until(() => expect(hub.reports).toHaveLength(1));
    report.add(decision('a'));
    await until(() => expect(hub.keys.map((one) => (one as string[])[2])).toEqual(['first', 'second']));
  });
});

describe('the queue', () => {
  it('stays within its memory, whatever comes', () => {
    const queue = new DecisionQueue({ decisions: 100, characters: 5_000 });
    for (let one = 0; one < 50; one += 1) queue.add(decision(`u${one}`, { warnings: ['w'.repeat(600)] }));
    expect(queue.length).toBe(4);
    expect(queue.dropped).toBe(46);
    expect(queue.take({ decisions: 2, characters: 1e9 }).map(({ uid }) => uid)).toEqual(['u46', 'u47']);
    queue.putBack([decision('u47')]);
    expect(queue.take({ decisions: 9, characters: 1 }).map(({ uid }) => uid)).toEqual(['u47']);
  });
});

describe('a decision', () => {
  it('fits the contract whatever a registry or a workload made of its texts', () => {
    // Either ordinary, or beyond every limit and full of what databases do not store.
    const long = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('', 'web', 'a\ud800b', '\u0000', '\udc00\ud800', 'e\u0301') },
      { weight: 1, arbitrary: fc.constantFrom('x\u0000\ud800'.repeat(800), '\u{1F4A5}'.repeat(1_100)) },
    );
    const image = fc.record({
      image: long,
      paths: fc.array(long, { maxLength: 70 }),
      verdict: fc.constantFrom('accepted', 'refused', 'skipped'),
      class: fc.option(long),
      digest: fc.option(long),
      rule: fc.option(long),
      validator: fc.option(long),
      validator_type: fc.option(long),
      message: long,
      next_step: long,
      found: fc.array(long, { maxLength: 40 }),
      wanted: long,
      cache: fc.constantFrom('miss', 'hit', 'none'),
      secret: fc.constant('of the workload'),
    });
    fc.assert(
      fc.property(fc.array(image, { maxLength: 3 }), long, (images, text) => {
        const fitted = fitDecision(
          decision('u', { name: text, user: text, images: images as AdmissionDecision['images'] }),
        );
        expect(Value.Check(AdmissionDecision, fitted)).toBe(true);
        expect(JSON.stringify(fitted)).not.toMatch(/\\u0000|\\ud800|of the workload/);
      }),
      { numRuns: 30 },
    );
  });
});
