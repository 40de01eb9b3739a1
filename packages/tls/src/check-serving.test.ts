import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readCertificates } from './certificate.ts';
import { callersName, day, makePair, noon, names, seeded } from './certificates-fixture.ts';
import { checkServing } from './check-serving.ts';
import { createAuthority } from './authority.ts';
import { issueLeaf } from './leaf.ts';

describe('checkServing', () => {
  it('answers 0 where the bundle vouches for what is served', async () => {
    const question = await served('ok');
    expect(checkServing(question)).toMatchObject({ outcome: 'ok', code: 0 });
  });

  it('answers 21 where nothing trusted signed the only certificate', async () => {
    const { chain } = await served('ours');
    const { bundle } = await served('theirs');
    const check = checkServing({ bundle, chain, name: callersName, now: noon });
    expect(check).toMatchObject({ outcome: 'untrusted', code: 21 });
    expect(check.text).toContain('unable to verify the first certificate');
  });

  it('answers 19 where the authority is served but not trusted, and 18 for a certificate that signed itself', async () => {
    const ours = await served('ours');
    const { bundle } = await served('theirs');
    const whole = [...ours.chain, ...ours.bundle];
    expect(checkServing({ bundle, chain: whole, name: callersName, now: noon })).toMatchObject({ code: 19 });
    expect(checkServing({ bundle, chain: ours.bundle, now: noon })).toMatchObject({ code: 18 });
  });

  it('trusts nothing without a bundle', async () => {
    const { chain } = await served('alone');
    expect(checkServing({ bundle: [], chain, now: noon })).toMatchObject({ outcome: 'untrusted' });
  });

  it('answers 10 after the end and 9 before the beginning', async () => {
    const question = await served('dates');
    expect(checkServing({ ...question, now: noon + 90 * day })).toMatchObject({ outcome: 'expired', code: 10 });
    expect(checkServing({ ...question, now: noon - day })).toMatchObject({ outcome: 'not-yet-valid', code: 9 });
  });

  it('answers 62 for another name, whatever the subject says', async () => {
    const question = await served('name');
    const name = 'connaisseur-svc.other.svc';
    expect(checkServing({ ...question, name })).toMatchObject({ outcome: 'wrong-name', code: 62 });
  });

  it('finds the good way where an authority was replaced by one of the same name', async () => {
    const now = noon;
    const old = await createAuthority({ name: callersName, now, random: seeded('same') });
    const renewed = await createAuthority({ name: callersName, now, random: seeded('same') });
    const pair = await issueLeaf({ authority: renewed, names, now, random: seeded('leaf') });
    const bundle = readCertificates(old.certificate + renewed.certificate, 'bundle');
    const chain = readCertificates(pair.certificate, 'chain');
    expect(checkServing({ bundle, chain, name: callersName, now })).toMatchObject({ outcome: 'ok' });
  });

  it('says that a server with another key cannot prove its certificate, and that nothing is nothing', async () => {
    const question = await served('key');
    const { pair: other } = await makePair('other');
    expect(checkServing({ ...question, key: createPrivateKey(other.key) })).toMatchObject({ outcome: 'wrong-key' });
    expect(checkServing({ ...question, chain: [] })).toMatchObject({ outcome: 'nothing-served' });
  });
});

async function served(seed: string) {
  const { authority, pair } = await makePair(seed);
  return {
    bundle: readCertificates(authority.certificate, 'bundle'),
    chain: readCertificates(pair.certificate, 'chain'),
    name: callersName,
    now: noon,
  };
}
