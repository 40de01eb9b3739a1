/** Whatever a service answers: a result that was checked, or a fault. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { Fault } from '@pratique/runtime/fault';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRoot } from '../trust/tuf-metadata.ts';
import { fulcioIssuer } from './fulcio.ts';
import { testAccess } from './keyless-fixture.ts';
import { rekorV2Log } from './rekor-v2.ts';
import { findLogEntries, rekorLog } from './rekor.ts';
import type { ServiceAccess } from './service-http.ts';
import type { LogProposal } from './services.ts';
import { timestampAuthority } from './timestamp.ts';

const url = 'https://service.example.com';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signature = sign('sha256', Buffer.from('signed'), privateKey);
const proposal: LogProposal = {
  ...{ kind: 'hashedrekord', digestAlgorithm: 'sha256', signature },
  digest: createHash('sha256').update('signed').digest(),
  verifier: { kind: 'public-key', der: publicKey.export({ type: 'spki', format: 'der' }) },
};

let world: Sigstore;
let token: string;
/** What the real services answered to our questions. */
const recorded: Record<'entry' | 'entryV2' | 'certificate' | 'timestamp', Buffer> = {
  ...{ entry: Buffer.alloc(0), entryV2: Buffer.alloc(0), certificate: Buffer.alloc(0), timestamp: Buffer.alloc(0) },
};
beforeAll(async () => {
  world = await startSigstore();
  token = await world.token();
  recorded.entry = await record((access) => rekorLog({ url: world.rekorUrl, access }).add(proposal));
  recorded.entryV2 = await record((access) => rekorV2Log({ url: world.rekorV2Url, access }).add(proposal));
  recorded.certificate = await record((access) => issue(access, world.fulcioUrl));
  recorded.timestamp = await record((access) =>
    timestampAuthority({ url: world.tsaUrl, access, randomBytes: fixedBytes }).stamp(signature),
  );
});
afterAll(() => world.close());

async function record(call: (access: ServiceAccess) => Promise<unknown>): Promise<Buffer> {
  let body = Buffer.alloc(0);
  const fetchAndKeep: ServiceAccess['fetch'] = async (address, init) => {
    const response = await fetch(address, init);
    body = Buffer.from(await response.clone().arrayBuffer());
    return response;
  };
  await call({ ...testAccess, fetch: fetchAndKeep });
  return body;
}

/** A nonce that is the same every time, so that a recorded answer fits. */
function fixedBytes(length: number): Uint8Array {
  return Buffer.alloc(length, 7);
}

function answering(body: Uint8Array | string, type: string): ServiceAccess {
  const response = () => new Response(Buffer.from(body), { status: 201, headers: { 'content-type': type } });
  return { ...testAccess, fetch: () => Promise.resolve(response()) };
}

function issue(access: ServiceAccess, at: string): Promise<unknown> {
  const prove = (bytes: Uint8Array) => Promise.resolve(sign('sha256', bytes, privateKey));
  return fulcioIssuer({ url: at, access, now: () => new Date() }).issue({
    publicKey,
    identityToken: token,
    sign: prove,
  });
}

/** All questions, each to a service that answers with this. */
async function askAll(body: Uint8Array | string, type = 'application/json'): Promise<readonly unknown[]> {
  const access = answering(body, type);
  const settled = await Promise.allSettled([
    rekorLog({ url, access }).add(proposal),
    findLogEntries({ url, access }, proposal),
    rekorV2Log({ url, access }).add(proposal),
    issue(access, url),
    timestampAuthority({ url, access, randomBytes: fixedBytes }).stamp(signature),
  ]);
  return settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
}

/** The recorded bytes with one of them changed. */
function flipped(bytes: Buffer, at: number, by: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at % copy.length;
  copy[index] = (copy[index] ?? 0) ^ by;
  return copy;
}

describe('an answer of a service', () => {
  it('as it was recorded is taken', async () => {
    expect(await askAll(recorded.entry)).toHaveLength(4);
    expect(await askAll(recorded.entryV2)).toHaveLength(4);
    expect(await askAll(recorded.certificate)).toHaveLength(4);
    expect(await askAll(recorded.timestamp, 'application/timestamp-reply')).toHaveLength(4);
  });

  it('of any JSON is a fault', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const faults = await askAll(JSON.stringify(value));
        expect(faults.length).toBeGreaterThanOrEqual(4);
        expect(faults.every((fault) => fault instanceof Fault)).toBe(true);
      }),
    );
  });

  it('with one changed byte is a checked result or a fault', async () => {
    const which = fc.constantFrom('entry', 'entryV2', 'certificate', 'timestamp' as const);
    await fc.assert(
      fc.asyncProperty(which, fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, at, by) => {
        const type = name === 'timestamp' ? 'application/timestamp-reply' : 'application/json';
        const faults = await askAll(flipped(recorded[name], at, by), type);
        expect(faults.every((fault) => fault instanceof Fault)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('that is cut anywhere is a fault', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('entry', 'entryV2', 'certificate' as const), fc.nat(), async (name, at) => {
        const cut = recorded[name].subarray(0, at % recorded[name].length);
        expect(await askAll(cut)).toHaveLength(5);
      }),
    );
  });
});

describe('the root of a trust repository', () => {
  it('is one that its keys signed, or a fault, whatever is given', () => {
    const root = world.tuf.initialRoot;
    const text = fc.oneof(
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, by]) => flipped(root, at, by)),
    );
    fc.assert(
      fc.property(text, (bytes) => {
        try {
          expect(parseRoot(bytes).signed.version).toBe(1);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});
