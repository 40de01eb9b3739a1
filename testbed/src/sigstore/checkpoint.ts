/** Signed notes: the head of a tree in the text form that logs publish. */
import { sha256, signWith } from './keys.ts';
import type { ServiceKey } from './keys.ts';

/** The head of a tree, and who publishes it. */
export interface TreeHead {
  /** First line. */
  readonly origin: string;
  /** Name on the line of the signature. */
  readonly signer: string;
  readonly size: number;
  readonly root: Buffer;
}

/** The note with its one signature. */
export function checkpoint(key: ServiceKey, head: TreeHead): string {
  const text = `${head.origin}\n${head.size}\n${head.root.toString('base64')}\n`;
  const hint = noteKeyId(key, head.signer).subarray(0, 4);
  const signature = Buffer.concat([hint, signWith(key, Buffer.from(text))]);
  return `${text}\n\u2014 ${head.signer} ${signature.toString('base64')}\n`;
}

/**
 * What names the key of a log: the hash of the key for ECDSA (as the first Rekor has it), the hash of name and key for
 * Ed25519 (as signed notes have it).
 */
export function noteKeyId(key: ServiceKey, signer: string): Buffer {
  if (key.kind === 'p256') return key.id;
  const raw = key.spki.subarray(-32);
  return sha256(`${signer}\n`, Buffer.from([1]), raw);
}
