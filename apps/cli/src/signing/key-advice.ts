import { algorithmName, type PublicKey } from '@pratique/sigstore';

/** What to know about a key that not every verifier treats alike; nothing for P-256. signing.md 1.7. */
export function keyAdvice({ algorithm }: PublicKey): readonly string[] {
  if (algorithm.kind === 'rsa' || (algorithm.kind === 'ec' && algorithm.curve === 'P-256')) return [];
  return [
    `Warning: releases of cosign hash differently with ${algorithmName(algorithm)} keys, so some may not verify this. ECDSA P-256 works everywhere.`,
  ];
}
