/** Why an image is refused, or why nobody looked at it: the words of gates that have a text in the catalogues. */

export const classWords = [
  'no_signature',
  'wrong_key',
  'wrong_digest',
  'identity_mismatch',
  'static_deny',
  'no_rule',
  'invalid_reference',
  'image_not_found',
  'tlog',
  'sct',
  'timestamp',
  'threshold',
  'required_missing',
  'attestation',
  'config',
  'registry_auth',
  'registry_unreachable',
  'registry_tls',
  'kms',
  'timeout',
  'internal',
  'child',
  'unchanged',
] as const;
export type ClassWord = (typeof classWords)[number];

/** The word where it is a known one; gates may be newer than the console. */
export function knownClass(word: string | null): ClassWord | undefined {
  return classWords.find((one) => one === word);
}
