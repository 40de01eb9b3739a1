import type { ValidatorAnswer } from '@pratique/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from './memory-store.ts';
import { createVerdicts } from './verdicts.ts';
import type { Verdicts, VerdictTimes } from './verdicts.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const accepted: ValidatorAnswer = { outcome: 'accepted', digest, found: [{ text: 'signed by team-a' }], warnings: [] };
const asked = {
  policyHash: `sha256:${'1'.repeat(64)}`,
  rule: { hash: `sha256:${'2'.repeat(64)}` },
  namespace: 'payments',
  image: 'registry.example.com/web:1',
};
const going = { signal: new AbortController().signal, keep: true };

function refused(kind: 'no_signature' | 'registry_unreachable'): ValidatorAnswer {
  return {
    outcome: 'refused',
    class: kind,
    detail: 'no signatures found',
    found: [],
    wanted: 'a',
    nextStep: 'b',
    warnings: [],
  };
}

/** A gate's memory with a clock of its own, and a count of the looks it took. */
function world(times: Partial<VerdictTimes> = {}) {
  let ms = 0;
  const looks: string[] = [];
  const verdicts = createVerdicts({
    store: createMemoryStore({ clock: () => ms + 1 }),
    times: { expirySeconds: 30, cacheErrors: true, ...times },
    now: () => new Date(Date.UTC(2026, 0, 1) + ms),
  });
  const ask = (answer: ValidatorAnswer, change: Partial<typeof asked> = {}, options = going) =>
    verdicts.ask(
      { ...asked, ...change },
      {
        repository: 'registry.example.com/web',
        validate: async () => {
          looks.push(change.image ?? asked.image);
          return answer;
        },
      },
      options,
    );
  return { verdicts, ask, looks, pass: (seconds: number) => void (ms += seconds * 1000) };
}

describe('the memory of the gate', () => {
  it('CAC-1 keeps an answer for as long as it is told, and not at all for 0 or less', async () => {
    const { ask, looks, pass } = world();
    expect(await ask(accepted)).toMatchObject({ answer: accepted, from: 'looked' });
    expect(await ask(refused('no_signature'))).toMatchObject({ answer: accepted, from: 'image-cache' });
    pass(31);
    expect((await ask(accepted)).from).toBe('looked');
    expect(looks).toHaveLength(2);
    for (const expirySeconds of [0, -5]) {
      const off = world({ expirySeconds });
      await off.ask(accepted);
      await off.ask(accepted);
      expect(off.looks).toHaveLength(2);
    }
  });

  it('CAC-3 never answers one question with the answer of another', async () => {
    const { ask, looks } = world();
    await ask(accepted);
    await ask(accepted, { policyHash: `sha256:${'3'.repeat(64)}` });
    await ask(accepted, { rule: { hash: `sha256:${'4'.repeat(64)}` } });
    await ask(accepted, { image: 'registry.example.com/web:2' });
    expect(looks).toHaveLength(4);
    await ask(accepted, { namespace: 'shipping' });
    expect(looks, 'a rule that does not look at namespaces has one answer for all').toHaveLength(4);
    const match = { namespaces: ['payments'] };
    await ask(accepted, { rule: { hash: asked.rule.hash, match } as never });
    await ask(accepted, { rule: { hash: asked.rule.hash, match } as never, namespace: 'shipping' });
    expect(looks, 'one that does has an answer for each').toHaveLength(6);
  });

  it('CAC-4 keeps refusals only where it is told to', async () => {
    const with_ = world();
    await with_.ask(refused('no_signature'));
    expect(await with_.ask(accepted)).toMatchObject({ from: 'image-cache', answer: { class: 'no_signature' } });
    const without = world({ cacheErrors: false });
    await without.ask(refused('no_signature'));
    expect((await without.ask(accepted)).from).toBe('looked');
  });

  it('CAC-6 never keeps an outage as a verdict', async () => {
    const { ask } = world();
    expect(await ask(refused('registry_unreachable'))).toMatchObject({ answer: { class: 'registry_unreachable' } });
    expect(await ask(accepted)).toMatchObject({ answer: accepted, from: 'looked' });
  });

  it('CAC-7 looks once however many ask, and each gets the answer', async () => {
    const { verdicts } = world();
    const gate = Promise.withResolvers<ValidatorAnswer>();
    let looks = 0;
    const lookUp = {
      repository: 'registry.example.com/web',
      validate: () => {
        looks += 1;
        return gate.promise;
      },
    };
    const asking = Array.from({ length: 200 }, () => verdicts.ask(asked, lookUp, going));
    gate.resolve(accepted);
    const answers = await Promise.all(asking);
    expect(looks).toBe(1);
    expect(answers.every(({ answer }) => answer === accepted)).toBe(true);
  });

  it('CAC-7 knows the content again under another name of it, and asks for its digest only', async () => {
    const { verdicts, pass } = world();
    await verdicts.ask(asked, lookUpOf(accepted), going);
    pass(31);
    const again = await verdicts.ask(asked, { ...lookUpOf(accepted), digest: async () => digest }, going);
    expect(again).toMatchObject({ from: 'digest-cache', answer: accepted });
    const moved = { ...lookUpOf(refused('no_signature')), digest: async () => `sha256:${'b'.repeat(64)}` };
    pass(31);
    expect(await verdicts.ask(asked, moved, going)).toMatchObject({ from: 'looked', answer: { outcome: 'refused' } });
  });

  it('ADM-15 lets the work of an impatient caller go on for the next one', async () => {
    const { verdicts } = world();
    const gate = Promise.withResolvers<ValidatorAnswer>();
    const impatient = new AbortController();
    const first = verdicts.ask(
      asked,
      { repository: 'r', validate: () => gate.promise },
      { ...going, signal: impatient.signal },
    );
    impatient.abort(new Error('time is up'));
    await expect(first).rejects.toThrow('time is up');
    const second = verdicts.ask(asked, lookUpOf(refused('no_signature')), going);
    gate.resolve(accepted);
    expect((await second).answer, 'the second caller joins the work of the first').toBe(accepted);
    expect((await verdicts.ask(asked, lookUpOf(refused('no_signature')), going)).from).toBe('image-cache');
  });

  it('ADM-21 writes nothing down for a dry run, and lets nobody wait for one', async () => {
    const { ask } = world();
    await ask(accepted, {}, { ...going, keep: false });
    expect((await ask(refused('no_signature'))).from).toBe('looked');
  });

  it('answers with the last good answer while the registry is away, only where that is wanted and only for its time', async () => {
    const wanted = world({ graceSeconds: 600 });
    await wanted.ask(accepted);
    wanted.pass(300);
    expect(await wanted.ask(refused('registry_unreachable'))).toMatchObject({ from: 'last-good', answer: accepted });
    expect(await wanted.ask(refused('no_signature')), 'a definite refusal is no outage').toMatchObject({
      from: 'looked',
      answer: { class: 'no_signature' },
    });
    const late = world({ graceSeconds: 600 });
    await late.ask(accepted);
    late.pass(601);
    expect((await late.ask(refused('registry_unreachable'))).answer.outcome).toBe('refused');
    const unwanted = world();
    await unwanted.ask(accepted);
    unwanted.pass(300);
    expect((await unwanted.ask(refused('registry_unreachable'))).answer.outcome).toBe('refused');
  });

  it('tells everybody who waits when the work itself breaks, and tries again next time', async () => {
    const { verdicts } = world();
    const broken = { repository: 'r', validate: async () => Promise.reject(new Error('a bug')) };
    await expect(verdicts.ask(asked, broken, going)).rejects.toThrow('a bug');
    expect((await verdicts.ask(asked, lookUpOf(accepted), going)).answer).toBe(accepted);
  });
});

describe('the ledger of accepts', () => {
  it('CAC-10 knows an accept of the same text under the same rule for a day, and its age', async () => {
    const { verdicts, pass } = world();
    await verdicts.ledger.record(asked.rule.hash, asked.image, digest);
    pass(3600);
    expect(await verdicts.ledger.find(asked.rule.hash, asked.image)).toMatchObject({ digest });
    expect(await verdicts.ledger.find(asked.rule.hash, asked.image, 1000)).toBeUndefined();
    expect(await verdicts.ledger.find('another rule', asked.image)).toBeUndefined();
    expect(await verdicts.ledger.find(asked.rule.hash, 'another image')).toBeUndefined();
    pass(24 * 3600);
    expect(await verdicts.ledger.find(asked.rule.hash, asked.image)).toBeUndefined();
  });
});

describe('memory that is bounded', () => {
  it('forgets the least used, and takes nothing that is too long', async () => {
    const store = createMemoryStore({ entries: 3, clock: () => 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1 })), async (keys) => {
        for (const key of keys) await store.set(key, 'x', 10);
        const held = await Promise.all([...new Set(keys)].map((key) => store.get(key)));
        expect(held.filter((value) => value !== undefined).length).toBeLessThanOrEqual(3);
      }),
    );
    await store.set('long', 'x'.repeat(70_000), 10);
    expect(await store.get('long')).toBeUndefined();
  });
});

function lookUpOf(answer: ValidatorAnswer): Parameters<Verdicts['ask']>[1] {
  return { repository: 'registry.example.com/web', validate: async () => answer };
}
