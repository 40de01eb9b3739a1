import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy, Rule, ValidatorSettings } from './configuration/policy.ts';
import { createValidators } from './create-validators.ts';
import { chooseFor, evaluateImage, verdictOf } from './evaluate.ts';
import type { Choice, Chosen } from './evaluate.ts';
import { explainVerdict, explanationText, refusalMessage } from './explain.ts';
import { parseImage } from './image/parse-image.ts';
import { options, settings, surroundings } from './cosign/cosign-fixture.ts';
import type { Validator } from './validators/validator.ts';
import type { ImageVerdict, ValidatorAnswer } from './verdict.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const other = `sha256:${'cd'.repeat(32)}`;
const now = new Date('2026-01-02T12:00:00Z');
const place = { namespace: 'shop', namespaceLabels: {} };

function rule(index: number, pattern: string, more: Partial<Rule> = {}): Rule {
  return {
    ...{ index, pattern, hash: `sha256:${index}`, validator: 'cosign', action: 'enforce', mode: 'mutate' },
    requireDigest: false,
    options: options(),
    ...more,
  };
}

const validators: readonly ValidatorSettings[] = [
  { type: 'static', name: 'allow', approve: true },
  { type: 'static', name: 'deny', approve: false },
  settings([]),
];

function policy(rules: readonly Rule[], more: Partial<Policy> = {}): Policy {
  return {
    ...{
      hash: 'sha256:policy',
      rules,
      registries: [],
      patternMatching: 'anchored',
      canonicalDockerHost: 'index.docker.io',
    },
    validators: new Map(validators.map((one) => [one.name, one])),
    ...more,
  };
}

function chosen(choice: Choice): Chosen {
  if (choice.state !== 'chosen') throw new TypeError(`refused: ${choice.verdict.message}`);
  return choice;
}

function accepted(found = digest): ValidatorAnswer {
  return { outcome: 'accepted', digest: found, found: [], warnings: [] };
}

function answering(answer: () => Promise<ValidatorAnswer>): ReadonlyMap<string, Validator> {
  return new Map([['cosign', { settings: settings([]), validate: answer }]]);
}

function evaluate(text: string, of: Policy, by = createValidators(of, surroundings())): Promise<ImageVerdict> {
  return evaluateImage({ policy: of, validators: by, text, place, now, signal: new AbortController().signal });
}

describe('choosing', () => {
  it('PAT-5 refuses what no rule matches, with the words people search for', async () => {
    const verdict = await evaluate('nginx', policy([rule(0, 'reg.lan/*')]));
    expect(verdict).toMatchObject({ class: 'no_rule', message: 'no matching rule for image nginx' });
  });

  it('IMG-4 refuses what is no image reference, whatever it holds', async () => {
    expect(await evaluate('a"b', policy([rule(0, '*')]))).toMatchObject({
      class: 'invalid_reference',
      message: expect.stringContaining('invalid image reference'),
    });
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), async (text) => {
        const verdict = await evaluate(text, policy([rule(0, '*', { validator: 'deny' })]));
        expect(verdict.verdict).toBe('refused');
      }),
      { numRuns: 100 },
    );
  });

  it('VAL-1 refuses a validator that is not there, and one that was never made', async () => {
    const missing = policy([rule(0, '*', { validator: 'nobody' })]);
    expect(await evaluate('nginx', missing)).toMatchObject({
      class: 'config',
      message: expect.stringContaining('validator "nobody" not found'),
    });
    expect(await evaluate('nginx', policy([rule(0, '*')]), new Map())).toMatchObject({ class: 'internal' });
  });

  it('POL-05 refuses an image without a digest where the rule demands one', () => {
    const strict = policy([rule(0, '*', { requireDigest: true })]);
    expect(chooseFor(strict, 'nginx:1', place)).toMatchObject({ verdict: { class: 'invalid_reference' } });
    expect(chooseFor(strict, `nginx:1@${digest}`, place)).toMatchObject({ state: 'chosen' });
  });

  it('PAT-7 refuses where the labels that decide about the best rule could not be read', () => {
    const selector = { matchLabels: { team: 'a' }, matchExpressions: [] };
    const labelled = policy([rule(0, '*:*', { validator: 'allow' }), rule(1, 'nginx', { match: { selector } })]);
    expect(chooseFor(labelled, 'nginx', { namespace: 'shop' })).toMatchObject({ verdict: { class: 'internal' } });
    expect(chooseFor(labelled, 'nginx', place)).toMatchObject({ by: { validator: 'allow' } });
  });
});

describe('static validators', () => {
  const both = policy([rule(0, '*', { validator: 'deny' }), rule(1, 'reg.lan/*', { validator: 'allow' })]);

  it('STA-1 denies with the image and the rule', async () => {
    expect(await evaluate('nginx', both)).toMatchObject({
      class: 'static_deny',
      message: 'static deny for image nginx using rule *',
    });
  });

  it('ADM-13 leaves an image alone that a static validator allows', async () => {
    const verdict = await evaluate('reg.lan/web', both);
    expect(verdict).toMatchObject({ verdict: 'accepted', by: { validator: 'allow', type: 'static', index: 1 } });
    expect(verdict).not.toHaveProperty('replacement');
  });
});

describe('verdicts', () => {
  const of = policy([rule(0, '*')]);
  const on = (text: string, answer: ValidatorAnswer, against = of) =>
    verdictOf(chosen(chooseFor(against, text, place)), answer, against);

  it.each([
    ['web', `index.docker.io/library/web:latest@${digest}`],
    ['docker.io/team/web:2', `index.docker.io/team/web:2@${digest}`],
    ['reg.lan:5000/a/b', `reg.lan:5000/a/b:latest@${digest}`],
  ])('ADM-13 pins %s to %s', (text, replacement) => {
    expect(on(text, accepted())).toMatchObject({ verdict: 'accepted', digest, replacement });
  });

  it('IMG-6 writes the shorter name of Docker Hub where that is set', () => {
    const short = policy([rule(0, '*')], { canonicalDockerHost: 'docker.io' });
    expect(on('web', accepted(), short)).toMatchObject({ replacement: `docker.io/library/web:latest@${digest}` });
  });

  it('ADM-13 changes neither what is pinned nor what is only validated', () => {
    expect(on(`web@${digest}`, accepted())).not.toHaveProperty('replacement');
    expect(on(`web:1@${digest}`, accepted())).not.toHaveProperty('replacement');
    const only = policy([rule(0, '*', { mode: 'insecureValidateOnly' })]);
    expect(on('web', accepted(), only)).toMatchObject({ verdict: 'accepted', digest });
    expect(on('web', accepted(), only)).not.toHaveProperty('replacement');
  });

  it('ADM-13 refuses when another digest was verified than the one that is deployed', () => {
    expect(on(`web@${digest}`, accepted(other))).toMatchObject({ class: 'wrong_digest' });
  });

  it('VAL-5 refuses a result that is no reference any more, and an acceptance without a digest', () => {
    expect(on('web', accepted('sha256:short'))).toMatchObject({
      message: expect.stringContaining('has invalid format'),
    });
    expect(on('web', { outcome: 'accepted', found: [], warnings: [] })).toMatchObject({ class: 'internal' });
  });

  it('VAL-5 pins every readable image to something that is read back as the same image', () => {
    const parts = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
    const text = fc
      .tuple(
        fc.constantFrom('', 'reg.lan/', 'reg.lan:5000/', 'docker.io/', 'localhost/'),
        fc.array(parts, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', ':1', ':v1.2-x'),
      )
      .map(([host, path, tag]) => `${host}${path.join('/')}${tag}`)
      .filter((one) => parseImage(one).state === 'valid');
    fc.assert(
      fc.property(text, (one) => {
        const verdict = on(one, accepted());
        if (verdict.verdict !== 'accepted') throw new TypeError(verdict.message);
        const [before, after] = [parseImage(one), parseImage(verdict.replacement ?? '')];
        if (before.state === 'invalid' || after.state === 'invalid') throw new TypeError('both are valid');
        expect(after.image).toMatchObject({
          registry: before.image.registry,
          repository: before.image.repository,
          digest,
        });
        expect(after.image.tag).toBe(before.image.tag);
      }),
    );
  });

  it('VAL-3 refuses what a validator throws, and calls it a timeout after the deadline', async () => {
    const bug = answering(() => Promise.reject(new TypeError('a bug')));
    expect(await evaluate('web', of, bug)).toMatchObject({
      class: 'internal',
      message: expect.stringContaining('a bug'),
    });
    const late = AbortSignal.abort();
    const verdict = await evaluateImage({ policy: of, validators: bug, text: 'web', place, now, signal: late });
    expect(verdict).toMatchObject({ class: 'timeout', message: expect.stringContaining('timed out') });
  });

  it('VAL-1 says only-warn for the refusals of a rule that warns', async () => {
    const warning = policy([rule(0, '*', { action: 'warn', validator: 'deny' })]);
    expect(await evaluate('web', warning)).toMatchObject({ verdict: 'refused', onlyWarn: true });
  });
});

describe('explaining', () => {
  const of = policy([rule(0, '*:*', { validator: 'deny' }), rule(1, 'reg.lan/*')]);
  const choice = chosen(chooseFor(of, 'reg.lan/web:1', place));
  const refused: ValidatorAnswer = {
    ...{ outcome: 'refused', class: 'no_signature', detail: 'no signatures found', wanted: 'a signature by key A' },
    found: [{ text: 'nothing there', location: 'reg.lan/web:sha256-….sig' }],
    ...{ nextStep: 'Sign it.', warnings: ['clock \u001b[31mred'] },
  };

  it('VAL-1 words a refusal with type and image, and 3.6 ends it with class and command', () => {
    const verdict = verdictOf(choice, refused, of);
    if (verdict.verdict !== 'refused') throw new TypeError('it is refused');
    expect(refusalMessage(verdict)).toBe(
      'error during cosign validation of image reg.lan/web:1: no signatures found [no_signature] run: doctor image reg.lan/web:1',
    );
  });

  it('VAL-2 shows rule, losers, findings and next step, and nothing that moves a cursor', () => {
    const explanation = explainVerdict(verdictOf(choice, refused, of), choice.rules);
    expect(explanation).toMatchObject({
      rule: { pattern: 'reg.lan/*', index: 1 },
      otherRules: [{ pattern: '*:*', index: 0 }],
      class: 'no_signature',
      digest: null,
    });
    expect(explanationText(explanation)).toMatchInlineSnapshot(`
      "REFUSED  reg.lan/web:1
        because   error during cosign validation of image reg.lan/web:1: no signatures found [no_signature]
        rule      rule 2 (reg.lan/*), validator cosign (cosign)
        not       rule 1 (*:*): rule 2 (reg.lan/*) has more parts between slashes: 2, this one 1
        found     nothing there at reg.lan/web:sha256-….sig
        wanted    a signature by key A
        next step Sign it.
        warning   clock \\u001b[31mred"
    `);
  });

  it('VAL-2 shows what an accepted image becomes', () => {
    const text = explanationText(explainVerdict(verdictOf(choice, accepted(), of), choice.rules));
    expect(text).toContain(`becomes   reg.lan/web:1@${digest}`);
    expect(text).toMatch(/^ALLOWED {2}reg\.lan\/web:1$/m);
  });
});
