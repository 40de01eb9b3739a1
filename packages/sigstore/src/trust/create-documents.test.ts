import { readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore, WorldFiles } from '@pratique/testbed/sigstore';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '@pratique/runtime/fault';
import { parseSigningConfig, selectServices } from '../sign/signing-config.ts';
import { createSigningConfig } from './create-signing-config.ts';
import { createTrustedRoot } from './create-trusted-root.ts';
import { parseServiceDescription } from './service-description.ts';
import { parseTrustedRoot } from './trusted-root.ts';

const start = 'start-time=2026-01-01T00:00:00Z';
const read = (path: string) => readFile(path, 'utf8');
let world: Sigstore;
let folder: string;
let files: WorldFiles;
beforeAll(async () => {
  world = await startSigstore();
  folder = await mkdtemp(join(tmpdir(), 'pratique-documents-'));
  files = await world.writeFiles(folder);
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

describe('a trusted root made from keys and certificates', () => {
  it('says what the deployment itself says', async () => {
    const made = await createTrustedRoot({
      fulcio: [`url=${world.fulcioUrl},certificate-chain=${files.fulcioRoots}`],
      rekor: [`url=${world.rekorUrl},public-key=${files.rekorKey},${start}`],
      ctfe: [`url=${world.fulcioUrl}/ct,public-key=${files.ctLogKey},${start}`],
      tsa: [`url=${world.tsaUrl},certificate-chain=${files.tsaChain}`],
      readFile: read,
    });
    const trust = parseTrustedRoot(Buffer.from(made), 'made');
    const own = parseTrustedRoot(Buffer.from(JSON.stringify(world.trustedRoot)), 'own');
    expect(trust.logs.map(({ logId }) => logId)).toEqual([own.logs[0]?.logId]);
    expect(trust.certificateLogs.map(({ logId }) => logId)).toEqual(own.certificateLogs.map(({ logId }) => logId));
    const chains = (authorities: typeof trust.certificateAuthorities) =>
      authorities.map(({ chain }) => chain.map(({ der }) => Buffer.from(der).toString('hex')));
    expect(chains(trust.certificateAuthorities)).toEqual(chains(own.certificateAuthorities));
    expect(chains(trust.timestampAuthorities)).toEqual(chains(own.timestampAuthorities));
  });

  it.each([
    ['an unknown key', 'url=https://ca.example.com,certificate-chain=x,colour=red', 'colour'],
    ['an absent key', 'url=https://ca.example.com', 'certificate-chain is needed'],
    ['a key twice', 'url=https://a.example.com,url=https://b.example.com', 'twice'],
    ['no address', 'url=ca.example.com,certificate-chain=x', 'no http or https address'],
    ['a time in words', 'url=https://ca.example.com,certificate-chain=KEY,start-time=yesterday', 'RFC 3339'],
    ['a word', 'hello', 'no pair of key and value'],
    ['a quote without its other', '"url=https://ca.example.com', 'quotes'],
  ])('is refused for %s', async (_name, text, words) => {
    const fulcio = [text.replace('KEY', files.fulcioRoots)];
    const refused = createTrustedRoot({ fulcio, readFile: read });
    await expect(refused).rejects.toMatchObject({ code: 'service-description-invalid' });
    await expect(refused).rejects.toThrow(words);
  });

  it('is refused for a chain without its root', async () => {
    const pem = await read(files.fulcioRoots);
    const intermediate = `-----BEGIN${pem.split('-----BEGIN')[2]}`;
    const fulcio = ['url=https://ca.example.com,certificate-chain=x'];
    const refused = createTrustedRoot({ fulcio, readFile: () => Promise.resolve(intermediate) });
    await expect(refused).rejects.toThrow('no root certificate');
  });
});

describe('a signing configuration made from services', () => {
  const service = (host: string, version: number) =>
    `url=https://${host},api-version=${version},${start},operator=${host}`;

  it('is read again and selects what it lists', () => {
    const text = createSigningConfig({
      ...{ fulcio: [service('ca.example.com', 1)], oidcProvider: [service('login.example.com', 1)] },
      ...{ rekor: [service('log1.example.com', 1), service('log2.example.com', 2)], rekorConfig: 'EXACT:2' },
      ...{ tsa: [service('tsa.example.com', 1)], tsaConfig: 'ANY' },
    });
    const selected = selectServices(parseSigningConfig(text), new Date('2026-06-01'));
    expect(selected.logs.map(({ url }) => url)).toEqual(['https://log2.example.com', 'https://log1.example.com']);
    expect(selected.certificateAuthority?.url).toBe('https://ca.example.com');
  });

  it.each([
    ['logs without a choice', { rekor: [service('log.example.com', 1)] }, '--rekor-config'],
    ['a choice of nothing known', { rekor: [service('a.example.com', 1)], rekorConfig: 'SOME' }, '--rekor-config'],
    ['more than there are', { tsa: [service('a.example.com', 1)], tsaConfig: 'EXACT:2' }, '--tsa-config'],
    ['a version in words', { fulcio: [service('a.example.com', 1).replace('version=1', 'version=one')] }, '--fulcio'],
  ])('is refused for %s', (_name, request, flag) => {
    expect(() => createSigningConfig(request)).toThrow(flag);
  });
});

describe('the description of a service', () => {
  it('keeps a quoted comma', () => {
    const keys = { flag: '--tsa', required: ['url'], optional: ['operator'] };
    const text = 'url=https://tsa.example.com,"operator=Time, ""Inc."""';
    expect(parseServiceDescription(text, keys).get('operator')).toBe('Time, "Inc."');
  });

  it('is a description or a fault, whatever is written', () => {
    const keys = { flag: '--tsa', required: [], optional: ['url', 'operator'] };
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseServiceDescription(text, keys);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});
