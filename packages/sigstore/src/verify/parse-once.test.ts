import { createHash, generateKeyPairSync } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { writeSignStatement } from '../bundle/statement.ts';
import { signerFor } from '../keys/private-key.ts';
import { publicKeyOf } from '../keys/public-key.ts';
import { makeEnvelopeBundle } from '../sign/make-signature.ts';
import { noTrust } from '../trust/trust-material.ts';
import { judge } from './verify.ts';

it('a bundle and its statement are each parsed once, and the signature is checked with the key that was given', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const digest = `sha256:${createHash('sha256').update('image').digest('hex')}`;
  const bytes = await makeEnvelopeBundle({ signer: signerFor(privateKey) }, writeSignStatement(digest, {}));
  const bundle = { state: 'read', bytes } as const;
  const candidate = { format: 'bundle', location: 'here', digest, annotations: {}, bundle } as const;
  const trusted = { key: publicKeyOf(publicKey) };
  const parse = vi.spyOn(JSON, 'parse');
  try {
    const verdict = judge({
      evidence: { digest, sources: [], candidates: [candidate] },
      digest,
      policy: { signer: { kind: 'key', key: trusted }, log: 'ignored' },
      trust: noTrust,
      now: new Date(0),
    });
    expect(verdict.outcome).toBe('verified');
    expect(parse.mock.calls).toHaveLength(2);
  } finally {
    parse.mockRestore();
  }
});
