import { describe, expect, it } from 'vitest';
import type { ValidatorAnswer, ValidatorSettings } from '@pratique/policy';
import { limits } from '../limits.ts';
import { deadlineOf } from './deadline.ts';
import { chooseRule } from './judge-image.ts';
import { createPool } from './pool.ts';
import {
  accepted,
  countOf,
  createPod,
  deploymentOf,
  digest,
  patchOf,
  podOf,
  refused,
  reviewer,
  rule,
} from './reviewer-for-test.ts';

const pinned = `index.docker.io/library/web:1@${digest('a')}`;
const never = () => new Promise<ValidatorAnswer>(() => undefined);

describe('an answer of the gate', () => {
  it('ADM-8 ADM-13 pins an image in every field that names it, and looks once', async () => {
    const { review, looks } = reviewer();
    const object = {
      spec: {
        containers: [{ image: 'web:1' }, { image: 'web:1' }],
        initContainers: [{ image: 'web:1' }],
        ephemeralContainers: [{ image: `web@${digest('a')}` }],
      },
    };
    const response = await review(createPod([], { object }));
    expect(response).toMatchObject({ uid: 'u-1', allowed: true, patchType: 'JSONPatch' });
    const paths = ['/spec/containers/0/image', '/spec/containers/1/image', '/spec/initContainers/0/image'];
    expect(patchOf(response)).toEqual(
      paths.flatMap((path) => [
        { op: 'test', path, value: 'web:1' },
        { op: 'replace', path, value: pinned },
      ]),
    );
    expect(looks.toSorted()).toEqual(['web:1', `web@${digest('a')}`]);
  });

  it('ADM-13 changes nothing for static validators, pinned images and insecureValidateOnly', async () => {
    const rules = [rule('*:*', { validator: 'allow' }), rule('reg.example/*', { mode: 'insecureValidateOnly' })];
    const { review } = reviewer({ rules });
    const response = await review(createPod(['web:1', 'reg.example/a:1']));
    expect(response).toEqual({ uid: 'u-1', allowed: true });
  });

  it('ADM-13 denies a digest that is not the one that was verified', async () => {
    const { review } = reviewer();
    const response = await review(createPod([`web@${digest('b')}`]));
    expect(response.status?.details?.causes[0]).toMatchObject({ reason: 'wrong_digest' });
  });

  it('ADM-14 ADM-3 tells every failure in order of the containers, with class and what to run', async () => {
    const { review } = reviewer({ validate: ({ image }) => (image.text === 'good:1' ? accepted() : refused()) });
    const response = await review(createPod(['bad:2', 'good:1', 'bad:1']));
    const text = (image: string) =>
      `error during cosign validation of image ${image}: no signatures found. Sign it. [no_signature] run: doctor image ${image}`;
    expect(response).toEqual({
      uid: 'u-1',
      allowed: false,
      status: {
        status: 'Failure',
        code: 403,
        reason: 'Forbidden',
        message: `${text('bad:2')}\n${text('bad:1')}`,
        details: {
          causes: ['/spec/containers/0/image', '/spec/containers/2/image'].map((field, at) => ({
            field,
            reason: 'no_signature',
            message: `error during cosign validation of image bad:${2 - at}: no signatures found`,
          })),
        },
      },
    });
  });

  it('ADM-14 shows ten failures and counts the rest', async () => {
    const { review } = reviewer({ validate: () => refused() });
    const response = await review(createPod(Array.from({ length: 13 }, (_, at) => `bad:${at}`)));
    expect(response.status?.message.split('\n')).toHaveLength(11);
    expect(response.status?.message).toMatch(/\nand 3 more images$/);
  });

  it.each([
    [
      createPod([], { kind: { kind: 'Ingress' } }),
      'error decoding new workload object: unknown workload kind "Ingress"',
    ],
    [createPod([]), 'error decoding new workload object: no containers found in workload object'],
    [
      createPod(['web:1'], { operation: 'UPDATE', oldObject: { spec: 1 } }),
      'error decoding old workload object: deserialize conversion to Pod failed: /spec is not an object',
    ],
    [
      createPod(['web:1'], { operation: 'UPDATE' }),
      'error decoding old workload object: deserialize conversion to Pod',
    ],
    [{ uid: 'u-1', kind: 5 }, 'malformed admission request: request.kind has the wrong type or length'],
  ])('ADM-4 refuses what it cannot read, in words (%#)', async (request, text) => {
    const response = await reviewer().review(request);
    expect(response).toMatchObject({ uid: 'u-1', allowed: false });
    expect(response.status?.message).toContain(text);
  });

  it('PAT-5 IMG-4 refuse an image without a rule and one that is none', async () => {
    const { review } = reviewer({ rules: [rule('reg.example/*')] });
    const response = await review(createPod(['web:1', 'Web,1']));
    expect(response.status?.message).toContain('no matching rule');
    expect(response.status?.message).toContain('invalid image reference');
  });

  it('ADM-5 ADM-6 lets deletions, and changes of what is being deleted, go', async () => {
    const { review, looks } = reviewer({ validate: () => refused() });
    const gone = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, ...{ spec: { containers: [] } } };
    expect(await review(createPod(['web:1'], { operation: 'UPDATE', oldObject: gone }))).toEqual({
      uid: 'u-1',
      allowed: true,
    });
    expect((await review(createPod([], { operation: 'DELETE', object: null }))).allowed).toBe(true);
    const going = { ...podOf('web:1'), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect((await review(createPod([], { object: going }))).allowed, 'a creation with the stamp is judged').toBe(false);
    const update = createPod([], { operation: 'UPDATE', object: going, oldObject: podOf('web:1') });
    expect((await review(update)).allowed, 'an update that sets the stamp is judged').toBe(false);
    expect(looks).toEqual(['web:1']);
  });

  it('/validate never patches, and refuses what would have to be pinned', async () => {
    const { review } = reviewer();
    const call = { path: '/validate' } as const;
    const response = await review(createPod(['web:1']), call);
    expect(response.allowed).toBe(false);
    expect(response.status?.message).toContain(`Write ${pinned} into the workload`);
    expect(await review(createPod([`web@${digest('a')}`]), call)).toEqual({ uid: 'u-1', allowed: true });
    const warning = await reviewer({ rules: [rule('*:*', { action: 'warn' })] }).review(createPod(['web:1']), call);
    expect(warning).toMatchObject({ allowed: true, warnings: [expect.stringContaining('would be denied') as string] });
  });
});

describe('what is not looked at again', () => {
  it('STA-1 is decided by static validators before anything is skipped', async () => {
    const { review } = reviewer({
      rules: [rule('*:*', { validator: 'deny' })],
      features: { automaticUnchangedApproval: true },
      parents: { web: ['web:1'] },
    });
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-of-web', controller: true };
    const object = { ...podOf('web:1'), metadata: { ownerReferences: [owner] } };
    const response = await review(createPod([], { operation: 'UPDATE', object, oldObject: podOf('web:1') }));
    expect(response.status?.message).toContain('static deny for image web:1 using rule *:*');
  });

  it('ADM-10 is an unchanged image of an update, wherever it stands, where the flag is on', async () => {
    const update = createPod(['new:1', 'web:1'], { operation: 'UPDATE', oldObject: podOf('web:1') });
    const on = reviewer({ features: { automaticUnchangedApproval: true } });
    const response = await on.review(update);
    expect(
      patchOf(response).map(({ path }) => path),
      'a tag-only image stays so',
    ).toEqual(Array.from({ length: 2 }, () => '/spec/containers/0/image'));
    expect(on.looks).toEqual(['new:1']);
    expect(on.lines.join('')).toContain('skipped validation: unchanged image reference for image web:1');
    expect(await countOf(on.measured, 'validations_skipped_total', { reason: 'unchanged image reference' })).toBe(1);
    const off = reviewer();
    await off.review(update);
    expect(off.looks.toSorted()).toEqual(['new:1', 'web:1']);
  });

  it('ADM-10 CAC-10 needs a young enough accept where an age is set', async () => {
    const { review, looks, pass } = reviewer({
      features: { automaticUnchangedApproval: true, unchangedMaxAgeMs: 3_600_000 },
      times: { expirySeconds: 0 },
    });
    const update = createPod(['web:1'], { operation: 'UPDATE', oldObject: podOf('web:1') });
    await review(update);
    await review(update);
    expect(looks, 'the first was verified, the second passed').toHaveLength(1);
    pass(3_601);
    await review(update);
    expect(looks).toHaveLength(2);
  });

  const child = (image: string, owner: object) =>
    createPod([], { object: { ...podOf(image), metadata: { ownerReferences: [owner] } } });
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-of-web', controller: true };

  it('ADM-11 is a child of a controller that names the image, once it was accepted under the rule', async () => {
    const world = reviewer({ parents: { web: [pinned] }, times: { expirySeconds: 0 } });
    await world.review(child(pinned, owner));
    expect(world.looks, 'nothing was accepted yet').toEqual([pinned]);
    const other = reviewer({ parents: { web: [pinned] }, times: { expirySeconds: 0 } });
    await other.review(deploymentOf(['web:1']));
    const response = await other.review(child(pinned, owner));
    expect(response, 'what the parent was changed to counts as accepted').toEqual({ uid: 'u-1', allowed: true });
    expect(other.looks).toEqual(['web:1']);
    expect(other.lines.join('')).toContain('skipped validation: automatic approval of child image reference for image');
  });

  it.each([
    ['the owner does not control it', { ...owner, controller: false }, {}],
    ['the uid is another', { ...owner, uid: 'other' }, {}],
    ['the parent is not there', { ...owner, name: 'nobody' }, {}],
    ['the flag is off', owner, { automaticChildApproval: false }],
    ['only pods are validated', owner, { podsOnly: true }],
    ['the reference is broken', { ...owner, name: 5 }, {}],
  ])('ADM-11 looks nevertheless where %s', async (_why, reference, more) => {
    const { review, looks } = reviewer({
      parents: { web: ['web:1'] },
      features: { childApprovalRequiresDecision: false, ...more },
    });
    await review(child('web:1', reference));
    expect(looks).toEqual(['web:1']);
  });

  it('ADM-11 is looked at where it names a tag that its parent would have been pinned for: the tag may have moved', async () => {
    // A parent that is being deleted is changed unseen (ADM-6), so it may name the text of somebody's accepted image.
    let leads = digest('a');
    const world = reviewer({
      parents: { web: ['web:1'] },
      times: { expirySeconds: 0 },
      validate: () => (leads === digest('a') ? accepted(leads) : refused()),
    });
    expect((await world.review(deploymentOf(['web:1']))).allowed).toBe(true);
    leads = digest('b');
    expect((await world.review(child('web:1', owner))).allowed).toBe(false);
    expect(world.looks).toEqual(['web:1', 'web:1']);
  });

  it('ADM-11 is passed by its tag where the rule pins nothing', async () => {
    const world = reviewer({
      rules: [rule('*:*', { mode: 'insecureValidateOnly' })],
      parents: { web: ['web:1'] },
      times: { expirySeconds: 0 },
    });
    await world.review(deploymentOf(['web:1']));
    await world.review(child('web:1', owner));
    expect(world.looks).toEqual(['web:1']);
  });

  it('keeps nothing of a text that is too long for a name, and repeats little of it', async () => {
    const { review, parts } = reviewer();
    const long = 'x'.repeat(1_000_000);
    const { status } = await review(createPod([long]));
    expect(status?.message).toContain('invalid image reference');
    expect(JSON.stringify(status).length).toBeLessThan(4_000);
    const circumstances = { active: parts.active(), place: { namespace: 'shop' } };
    expect(chooseRule(circumstances, 'web:1')).toBe(chooseRule(circumstances, 'web:1'));
    expect(chooseRule(circumstances, long)).not.toBe(chooseRule(circumstances, long));
  });

  it('ADM-12 is kept for its time, refusals with their text too', async () => {
    const { review, looks, pass, measured } = reviewer({ validate: () => refused() });
    const first = await review(createPod(['web:1']));
    const second = await review(createPod(['web:1']));
    expect(second).toEqual(first);
    expect(looks).toHaveLength(1);
    expect(await countOf(measured, 'validations_skipped_total', { reason: 'cache hit' })).toBe(1);
    pass(31);
    await review(createPod(['web:1']));
    expect(looks).toHaveLength(2);
  });

  it('CAC-7 asks a tag that was accepted before only where it leads, and again what it leads to elsewhere', async () => {
    let leads = digest('a');
    const { review, looks, pass } = reviewer({ digestOf: async () => leads, validate: () => accepted(leads) });
    await review(createPod(['web:1']));
    pass(31);
    expect(patchOf(await review(createPod(['web:1'])))[1]?.value).toBe(pinned);
    expect(looks).toHaveLength(1);
    pass(31);
    leads = digest('b');
    expect(patchOf(await review(createPod(['web:1'])))[1]?.value).toContain(digest('b'));
    expect(looks).toHaveLength(2);
  });

  it('CAC-7 takes nothing from another tag where the tag itself counts', async () => {
    const tagged = `web:2@${digest('a')}`;
    const free = reviewer();
    await free.review(createPod(['web:1']));
    await free.review(createPod([tagged]));
    expect(free.looks, 'the digest is known').toEqual(['web:1']);
    const strict = reviewer({ options: { requireTagMatch: true } });
    await strict.review(createPod(['web:1']));
    await strict.review(createPod([tagged]));
    expect(strict.looks).toEqual(['web:1', tagged]);
    const list: ValidatorSettings = {
      type: 'notaryv1',
      name: 'default',
      host: 'https://n.invalid',
      trustRoots: new Map(),
    };
    const listed = reviewer({ validators: [list], digestOf: async () => digest('a') });
    await listed.review(createPod(['web:1']));
    await listed.review(createPod([tagged]));
    listed.pass(31);
    await listed.review(createPod(['web:1']));
    expect(listed.looks, 'only the signed list says where a tag leads').toEqual(['web:1', tagged, 'web:1']);
  });

  it('looks once for a digest however many containers and parallel reviews name it', async () => {
    const gate = Promise.withResolvers<ValidatorAnswer>();
    const { review, looks } = reviewer({ validate: () => gate.promise });
    const image = `web@${digest('a')}`;
    const all = Array.from({ length: 50 }, () => review(createPod(Array.from({ length: 8 }, () => image))));
    gate.resolve(accepted());
    const responses = await Promise.all(all);
    expect(responses.every(({ allowed }) => allowed)).toBe(true);
    expect(looks).toEqual([image]);
  });

  it('ADM-21 a dry run decides the same and leaves nothing behind', async () => {
    const told: unknown[] = [];
    const alerts = { tell: async (event: unknown) => void told.push(event) };
    const { review, looks, parts } = reviewer({ parts: { alerts: () => alerts } });
    const dry = await review(createPod(['web:1'], { dryRun: true }));
    expect(patchOf(dry)).toHaveLength(2);
    expect(told).toEqual([]);
    expect(await parts.verdicts.ledger.find('sha256:*:*/default', 'web:1')).toBeUndefined();
    await review(createPod(['web:1']));
    expect(looks).toHaveLength(2);
    expect(told).toHaveLength(1);
    expect(await parts.verdicts.ledger.find('sha256:*:*/default', pinned)).toMatchObject({ digest: digest('a') });
  });

  it('answers with the last good verdict while the registry is away, where that is wanted, and says so', async () => {
    let away = false;
    const { review, pass } = reviewer({
      validate: () => (away ? refused('registry_unreachable') : accepted()),
      times: { graceSeconds: 600 },
    });
    await review(createPod(['web:1']));
    away = true;
    pass(60);
    const response = await review(createPod(['web:1']));
    expect(response.allowed).toBe(true);
    expect(response.warnings?.[0]).toBe(
      'image web:1: its registry cannot be reached; the verdict of 2026-01-01T00:00:00.000Z was used',
    );
  });
});

describe('the deadline', () => {
  it.each([
    [null, 29_000],
    ['10s', 9_000],
    ['30s', 29_000],
    ['1s', 500],
    ['1m30s', 29_000],
    ['1500ms', 750],
    ['soon', 29_000],
    ['0s', 29_000],
    ['-5s', 29_000],
  ])('ADM-15 of timeout=%s is %i ms', (timeout, ms) => {
    expect(deadlineOf(timeout)).toBe(ms);
  });

  it('ADM-15 tells how many images were validated in time, and what was refused by then', async () => {
    const { review, measured } = reviewer({
      validate: ({ image }) => (image.text === 'slow:1' ? never() : refused()),
    });
    const response = await review(createPod(['slow:1', 'bad:1']), { timeout: '20ms' });
    const [first, second] = response.status?.message.split('\n') ?? [];
    expect(first).toBe('validation of admission request u-1 timed out after validating 1/2 images');
    expect(second).toContain('bad:1: no signatures found');
    expect(response.status?.details?.causes.map(({ reason }) => reason)).toEqual(['timeout', 'no_signature']);
    expect(await countOf(measured, 'requests_denied_total', { timeout: 'true' })).toBe(1);
    expect(await countOf(measured, 'validations_timeouted_total')).toBe(1);
    expect(await countOf(measured, 'validations_failed_total')).toBe(1);
    expect(await countOf(measured, 'validations_total', { result: 'error' })).toBe(2);
  });

  it('ADM-15 lets the work go on, so that the repetition is answered at once', async () => {
    const gate = Promise.withResolvers<ValidatorAnswer>();
    const { review, looks } = reviewer({ validate: () => gate.promise });
    const first = await review(createPod(['web:1']), { timeout: '10ms' });
    expect(first.status?.message).toMatch(
      /^validation of admission request u-1 timed out after validating 0\/1 images\. /,
    );
    gate.resolve(accepted());
    expect((await review(createPod(['web:1']))).allowed).toBe(true);
    expect(looks).toHaveLength(1);
  });

  it('lets others have their turn while a workload of very many images is judged', async () => {
    const { review } = reviewer({ rules: [rule('*:*', { validator: 'allow' })] });
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const images = Array.from({ length: 1_000 }, (_, at) => `web:${at}`);
    expect((await review(createPod(images))).allowed).toBe(true);
    isDone = true;
    expect(turns).toBeGreaterThan(50);
  });

  it('ADM-15 does not begin what nobody waits for any more', async () => {
    const { review, looks } = reviewer({ validate: never });
    const images = Array.from({ length: 40 }, (_, at) => `slow:${at}`);
    const response = await review(createPod(images), { timeout: '20ms' });
    expect(response.status?.message).toContain('0/40 images');
    expect(looks, 'sixteen at a time').toHaveLength(16);
  });

  it('ADM-15 does not begin what came to its turn when everybody who waited had left', async () => {
    let isSlow = true;
    const free: (() => void)[] = [];
    const pool = createPool({ ...limits, imagesPerRegistry: 1 });
    const hold = () => new Promise<ValidatorAnswer>((resolve) => free.push(() => resolve(accepted())));
    const { review, looks } = reviewer({ parts: { pool }, validate: () => (isSlow ? hold() : accepted()) });
    const response = await review(createPod(['slow:1', 'slow:2', 'slow:3']), { timeout: '20ms' });
    expect(response.status?.message).toContain('0/3 images');
    isSlow = false;
    free[0]?.();
    expect((await review(createPod(['slow:1', 'slow:3']))).allowed).toBe(true);
    expect(looks).toEqual(['slow:1', 'slow:3']);
  });

  it('refuses at once what would wait behind too many others', async () => {
    const { review } = reviewer({ parts: { pool: { size: 1, run: () => 'full', prove: () => undefined } } });
    const response = await review(createPod(['web:1']));
    expect(response.status?.message).toContain('too many verifications are waiting');
  });
});

describe('modes', () => {
  it('ADM-17 podsOnly admits other kinds as they are, with the denial as a warning', async () => {
    const { review } = reviewer({
      features: { podsOnly: true },
      validate: ({ image }) => (image.text === 'bad:1' ? refused() : accepted()),
    });
    expect(await review(deploymentOf(['web:1']))).toEqual({ uid: 'u-1', allowed: true });
    const response = await review(deploymentOf(['bad:1']));
    expect(response).toMatchObject({ allowed: true });
    expect(response.warnings?.[0]).toBe('pod-only validation active');
    expect(response.warnings?.[1]).toContain('bad:1: no signatures found');
    expect((await review(createPod(['bad:1']))).allowed).toBe(false);
  });

  it('ADM-18 detection mode admits with the denial as a warning, and still pins what was verified', async () => {
    const { review, measured } = reviewer({
      features: { detectionMode: true },
      validate: ({ image }) => (image.text === 'bad:1' ? refused() : accepted()),
    });
    const response = await review(createPod(['bad:1', 'web:1']));
    expect(response.allowed).toBe(true);
    expect(response.warnings?.[0]).toBe('detection mode active');
    expect(response.warnings?.[1]).toContain('bad:1: no signatures found');
    expect(patchOf(response).map(({ value }) => value)).toEqual(['web:1', pinned]);
    expect(await countOf(measured, 'requests_admitted_total'), 'the final answer counts').toBe(1);
    const both = reviewer({ features: { detectionMode: true, podsOnly: true }, validate: () => refused() });
    expect((await both.review(deploymentOf(['bad:1']))).warnings?.[0]).toBe('pod-only validation active');
  });

  it('a rule that only warns admits, and says what it would have done', async () => {
    const { review } = reviewer({ rules: [rule('*:*', { action: 'warn' })], validate: () => refused() });
    const response = await review(createPod(['bad:1']));
    expect(response.allowed).toBe(true);
    expect(response.warnings?.[0]).toMatch(/^would be denied: error during cosign validation of image bad:1/);
  });

  it('ADM-16 ADM-19 an alert that had to be sent and was not denies, in detection mode only where that is wanted', async () => {
    const alerts = (evenInDetectionMode: boolean) => () => ({
      tell: async () => ({ denial: 'error sending notifications: refused', evenInDetectionMode }),
    });
    const enforced = await reviewer({ parts: { alerts: alerts(false) } }).review(createPod(['web:1']));
    expect(enforced.status?.message).toBe('error sending notifications: refused');
    const detecting = { detectionMode: true };
    const lenient = reviewer({ features: detecting, parts: { alerts: alerts(false) } });
    expect(await lenient.review(createPod(['web:1']))).toMatchObject({
      allowed: true,
      warnings: ['detection mode active', 'error sending notifications: refused'],
    });
    const strict = reviewer({ features: detecting, parts: { alerts: alerts(true) } });
    expect((await strict.review(createPod(['web:1']))).allowed).toBe(false);
  });
});

describe('what goes wrong inside', () => {
  it('denies, says so in the log, and never lets an image in', async () => {
    const { review, lines } = reviewer({
      validate: () => Promise.reject(new Error('a bug in a validator')),
    });
    const response = await review(createPod(['web:1']));
    expect(response.status?.details?.causes[0]?.reason).toBe('internal');
    expect(lines.join('')).toContain('internal');
    const broken = reviewer({
      parts: {
        active: () => {
          throw new Error('no policy');
        },
      },
    });
    await expect(broken.review(createPod(['web:1']))).rejects.toThrow('no policy');
  });

  it('never logs what stands in the workload besides images', async () => {
    const { review, lines } = reviewer({ validate: () => refused() });
    const object = { spec: { containers: [{ image: 'web:1', env: [{ name: 'PASSWORD', value: 'hunter2' }] }] } };
    await review(createPod([], { object }));
    expect(lines.join('')).toContain('web:1');
    expect(lines.join('')).not.toContain('hunter2');
  });
});
