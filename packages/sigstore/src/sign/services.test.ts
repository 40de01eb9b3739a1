import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preAuthenticationEncoding } from '../bundle/dsse.ts';
import { fulcioIssuer } from './fulcio.ts';
import { servicesOf, someSigner, testAccess } from './keyless-fixture.ts';
import { makeEnvelopeBundle } from './make-signature.ts';
import { rekorV2Log } from './rekor-v2.ts';
import { findLogEntries, rekorLog } from './rekor.ts';
import { oddAnswers, oddService, sendJson } from './service-fixture.ts';
import { callService, mutualTlsFetch } from './service-http.ts';
import type { MutualTls, ServiceAccess } from './service-http.ts';
import type { CertificateRequest, MessageProposal } from './services.ts';
import { timestampAuthority } from './timestamp.ts';

const access = testAccess;
const now = () => new Date();
let world: Sigstore;
beforeAll(async () => void (world = await startSigstore()));
afterAll(() => world.close());

async function wanted(identityToken?: string): Promise<CertificateRequest> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    ...{ publicKey, identityToken: identityToken ?? (await world.token()) },
    sign: (bytes) => Promise.resolve(sign('sha256', bytes, privateKey)),
  };
}

/** A signature over something new, by a key of its own. */
function proposal(curve: 'P-256' | 'P-384' = 'P-256'): MessageProposal {
  const large = curve === 'P-384';
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: large ? 'P-384' : 'P-256' });
  const digestAlgorithm = large ? 'sha384' : 'sha256';
  const bytes = randomBytes(32);
  return {
    ...{ kind: 'hashedrekord', digestAlgorithm },
    digest: createHash(digestAlgorithm).update(bytes).digest(),
    signature: sign(digestAlgorithm, bytes, privateKey),
    verifier: { kind: 'public-key', der: publicKey.export({ type: 'spki', format: 'der' }) },
  };
}

describe('an answer to a signer that', () => {
  it.each(oddAnswers)('%s is a fault, whoever answers', async (_name, code, respond) => {
    await using odd = await oddService((response) => respond(response));
    const { url } = odd;
    const request = await wanted();
    await expect(fulcioIssuer({ url, access, now }).issue(request)).rejects.toMatchObject({ code });
    await expect(fulcioIssuer({ url, access, now, api: 1 }).issue(request)).rejects.toMatchObject({ code });
    await expect(rekorLog({ url, access }).add(proposal())).rejects.toMatchObject({ code });
    await expect(rekorV2Log({ url, access }).add(proposal())).rejects.toMatchObject({ code });
    await expect(timestampAuthority({ url, access, randomBytes }).stamp(randomBytes(64))).rejects.toMatchObject({
      code,
    });
  });

  it('never comes is a fault that names the address', async () => {
    const odd = await oddService(() => undefined);
    await odd[Symbol.asyncDispose]();
    const refused = rekorLog({ url: odd.url, access }).add(proposal());
    await expect(refused).rejects.toMatchObject({ code: 'service-unreachable' });
    await expect(refused).rejects.toThrow(odd.url);
  });

  it('goes out from no web address is not asked for', async () => {
    const refused = rekorLog({ url: 'ftp://log.example.com', access }).add(proposal());
    await expect(refused).rejects.toMatchObject({ code: 'service-address-invalid' });
  });
});

describe('calling a service', () => {
  const request = { what: 'the service', method: 'GET', limitBytes: 100 } as const;

  it('pauses for one and three seconds, or as long as the service asks, up to half a minute', async () => {
    const pauses: number[] = [];
    const counted: ServiceAccess = { ...access, pause: (ms) => Promise.resolve(void pauses.push(ms)) };
    await using busy = await oddService((response) => response.writeHead(429).end());
    await expect(callService(counted, { ...request, url: busy.url })).rejects.toThrow('status 429');
    expect(pauses).toEqual([1000, 3000]);
    await using patient = await oddService((response) => response.writeHead(429, { 'retry-after': '7200' }).end());
    await expect(callService(counted, { ...request, url: patient.url })).rejects.toThrow('status 429');
    expect(pauses.slice(2)).toEqual([30_000, 30_000]);
  });

  it('succeeds at the third attempt', async () => {
    await using shaky = await oddService((response) => response.writeHead(shaky.asked.length < 3 ? 502 : 200).end());
    expect((await callService(access, { ...request, url: shaky.url })).status).toBe(200);
  });

  it('ends when the program ends', async () => {
    await using silent = await oddService(() => undefined);
    const stop = new AbortController();
    const call = callService({ ...access, signal: stop.signal }, { ...request, url: silent.url });
    stop.abort(new Error('stopped'));
    await expect(call).rejects.toThrow('stopped');
  });

  it('shows neither query nor words of control in a message', async () => {
    await using odd = await oddService((response) => sendJson(response, 403, { message: 'no\u001b[31m\r\nway' }));
    const log = rekorLog({ url: odd.url, access });
    await expect(log.add(proposal())).rejects.toThrow(/no\\u001b\[31m\\u000d\\u000away/u);
  });
});

describe('a certificate authority', () => {
  it('answers in both of its interfaces', async () => {
    for (const api of [1, 2] as const) {
      const issued = await fulcioIssuer({ url: world.fulcioUrl, access, now, api }).issue(await wanted());
      expect(issued.chain).toHaveLength(2);
    }
  });

  it('is not asked with a token that has expired', async () => {
    const before = world.asked('fulcio').length;
    const request = await wanted(await world.oidc.token({ sub: 'dev' }, { expiresIn: -5 }));
    const issuer = fulcioIssuer({ url: world.fulcioUrl, access, now });
    await expect(issuer.issue(request)).rejects.toMatchObject({ code: 'identity-token-expired' });
    expect(world.asked('fulcio').length).toBe(before);
  });

  it.each([
    ['of a foreign key', { key: 'foreign' }],
    ['for somebody else', { audience: 'other' }],
    ['without a signature', { alg: 'HS256' }],
  ] as const)('refuses a token %s', async (_name, change) => {
    const request = await wanted(await world.oidc.token({ sub: 'dev' }, change));
    const refused = fulcioIssuer({ url: world.fulcioUrl, access, now }).issue(request);
    await expect(refused).rejects.toMatchObject({ code: 'service-refused', values: { status: 401 } });
    await expect(refused).rejects.not.toThrow(request.identityToken.slice(0, 20));
  });

  it('refuses a proof of another key', async () => {
    const request = { ...(await wanted()), sign: (await wanted()).sign };
    const refused = fulcioIssuer({ url: world.fulcioUrl, access, now }).issue(request);
    await expect(refused).rejects.toMatchObject({ code: 'service-refused', values: { status: 400 } });
  });

  it('that certifies another key is not believed', async () => {
    const stolen = await fulcioIssuer({ url: world.fulcioUrl, access, now }).issue(await wanted());
    const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(stolen.leaf).toString('base64')}\n-----END CERTIFICATE-----\n`;
    await using odd = await oddService((response) =>
      sendJson(response, 200, { signedCertificateEmbeddedSct: { chain: { certificates: [pem] } } }),
    );
    const refused = fulcioIssuer({ url: odd.url, access, now }).issue(await wanted());
    await expect(refused).rejects.toMatchObject({ code: 'certificate-key-mismatch' });
  });

  it('that answers with garbage in PEM is not believed', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    await using odd = await oddService((response) =>
      response.writeHead(201, { 'content-type': 'application/pem-certificate-chain' }).end(pem),
    );
    const refused = fulcioIssuer({ url: odd.url, access, now, api: 1 }).issue(await wanted());
    await expect(refused).rejects.toMatchObject({ code: 'service-answer-invalid' });
  });
});

describe('a transparency log', () => {
  it('with API 1 hands out the entry that is there already', async () => {
    const log = rekorLog({ url: world.rekorUrl, access });
    const same = proposal();
    const first = await log.add(same);
    const second = await log.add(same);
    expect([second.logIndex, second.canonicalizedBody]).toEqual([first.logIndex, first.canonicalizedBody]);
  });

  it.each([
    ['itself', (url: string) => `${url}/api/v1/log/entries`],
    ['nowhere', () => ''],
    ['something that is not there', () => `/api/v1/log/entries/${'0'.repeat(80)}`],
  ])('that sends from one conflict to %s is left', async (_name, locate) => {
    await using odd = await oddService((response) => sendJson(response, 409, {}, { location: locate(odd.url) }));
    await expect(rekorLog({ url: odd.url, access }).add(proposal())).rejects.toMatchObject({ code: 'log-conflict' });
    expect(odd.asked.length).toBeLessThanOrEqual(2);
  });

  it('never leads to another host', async () => {
    await using elsewhere = await oddService((response) => sendJson(response, 200, {}));
    const location = `${elsewhere.url}/api/v1/log/entries/${'0'.repeat(80)}`;
    await using odd = await oddService((response) => sendJson(response, 409, {}, { location }));
    await expect(rekorLog({ url: odd.url, access }).add(proposal())).rejects.toMatchObject({ code: 'log-conflict' });
    expect(elsewhere.asked).toEqual([]);
  });

  it('with API 2 that has an equal entry says so', async () => {
    const log = rekorV2Log({ url: world.rekorV2Url, access });
    const same = proposal();
    await log.add(same);
    await expect(log.add(same)).rejects.toMatchObject({ code: 'log-conflict' });
  });

  it('with API 2 is not asked to keep what it has no name for', async () => {
    const log = rekorV2Log({ url: world.rekorV2Url, access });
    const odd = { ...proposal(), digestAlgorithm: 'sha512' } as const;
    await expect(log.add(odd)).rejects.toMatchObject({ code: 'log-proposal-unsupported' });
  });

  it('proves every one of its entries, wherever it stands', async () => {
    const log = rekorLog({ url: world.rekorUrl, access });
    const all = Array.from({ length: 9 }, () => proposal());
    for (const one of all) await log.add(one);
    // Asked again, the log proves each in the tree that has grown since.
    const again = await Promise.all(all.map((one) => log.add(one)));
    expect(new Set(again.map(({ inclusionProof }) => inclusionProof?.logIndex)).size).toBe(9);
    expect(again.every(({ inclusionProof }) => (inclusionProof?.hashes.length ?? 0) >= 2)).toBe(true);
  });

  it.each(['P-256', 'P-384'] as const)('of both interfaces keeps signatures of %s', async (curve) => {
    const one = proposal(curve);
    expect(await rekorLog({ url: world.rekorUrl, access }).add(one)).toMatchObject({ version: '0.0.1' });
    expect(await rekorV2Log({ url: world.rekorV2Url, access }).add(one)).toMatchObject({ version: '0.0.2' });
  });

  it.each(['dsse', 'intoto'] as const)('with API 1 keeps envelopes as %s', async (kind) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const payloadType = 'application/vnd.in-toto+json';
    const payload = Buffer.from('{"a":"<b>"}');
    const entry = await rekorLog({ url: world.rekorUrl, access }).add({
      ...{ kind, digestAlgorithm: 'sha256', payloadType, payload },
      signature: sign('sha256', preAuthenticationEncoding(payloadType, payload), privateKey),
      verifier: { kind: 'public-key', der: publicKey.export({ type: 'spki', format: 'der' }) },
    });
    expect(entry.kind).toBe(kind);
  });

  it('is searched for a signature that came without its entry', async () => {
    const options = { url: world.rekorUrl, access };
    const one = proposal();
    expect(await findLogEntries(options, one)).toEqual([]);
    const { logIndex } = await rekorLog(options).add(one);
    expect((await findLogEntries(options, one)).map((entry) => entry.logIndex)).toEqual([logIndex]);
    await using odd = await oddService((response) => response.writeHead(503).end());
    await expect(findLogEntries({ url: odd.url, access }, one)).rejects.toMatchObject({ code: 'service-unreachable' });
  });

  it('that hands out entries of others has not found ours', async () => {
    const { asJson } = await someEntry();
    await using odd = await oddService((response) => sendJson(response, 200, `[${asJson}]`));
    expect(await findLogEntries({ url: odd.url, access }, proposal())).toEqual([]);
  });

  it('that answers with the entry of another signature is not believed', async () => {
    const { asJson } = await someEntry();
    await using odd = await oddService((response) => sendJson(response, 201, asJson));
    const refused = rekorLog({ url: odd.url, access }).add(proposal());
    await expect(refused).rejects.toThrow('another signature');
  });

  it.each([
    [
      'name',
      (text: string) => text.replace(/"([0-9a-f]{16})([0-9a-f]{64})"/u, `"$1${'0'.repeat(64)}"`),
      'name of the entry',
    ],
    ['root', (text: string) => text.replace(/"rootHash":"[0-9a-f]{64}"/u, `"rootHash":"${'0'.repeat(64)}"`), 'proof'],
    ['place', (text: string) => text.replace(/"logIndex":(\d{1,2}),"rootHash"/u, '"logIndex":99,"rootHash"'), 'proof'],
    [
      'promise',
      (text: string) => text.replace(/"signedEntryTimestamp":"[^"]+"/u, '"signedEntryTimestamp":"?"'),
      'base64',
    ],
    ['time', (text: string) => text.replace(/"integratedTime":\d+/u, '"integratedTime":-1'), 'promise and proof'],
  ])('that answers with a wrong %s is not believed', async (_name, change, words) => {
    const { same, asJson } = await someEntry();
    const wrong = change(asJson);
    expect(wrong).not.toBe(asJson);
    await using odd = await oddService((response) => sendJson(response, 201, wrong));
    await expect(rekorLog({ url: odd.url, access }).add(same)).rejects.toThrow(words);
  });

  /** A real entry as the log wrote it. */
  async function someEntry(): Promise<{ same: MessageProposal; asJson: string }> {
    const same = proposal();
    const { logIndex } = await rekorLog({ url: world.rekorUrl, access }).add(same);
    const response = await fetch(`${world.rekorUrl}/api/v1/log/entries?logIndex=${logIndex}`);
    return { same, asJson: await response.text() };
  }
});

describe('a timestamp authority', () => {
  it('stamps the signature that was asked for', async () => {
    const reply = await timestampAuthority({ url: world.tsaUrl, access, randomBytes }).stamp(randomBytes(70));
    expect(reply.length).toBeGreaterThan(500);
  });

  it.each([
    ['another signature', randomBytes(70), 'about something else'],
    ['another query', Buffer.from('the signature'), 'another query'],
  ])('that answers about %s is not believed', async (_name, about, words) => {
    const stale = await timestampAuthority({ url: world.tsaUrl, access, randomBytes }).stamp(about);
    await using odd = await oddService((response) =>
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(stale),
    );
    const authority = timestampAuthority({ url: odd.url, access, randomBytes });
    await expect(authority.stamp(Buffer.from('the signature'))).rejects.toThrow(words);
  });

  it('that does not grant is not believed', async () => {
    const rejection = Buffer.from('30053003020102', 'hex');
    await using odd = await oddService((response) =>
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(rejection),
    );
    const authority = timestampAuthority({ url: odd.url, access, randomBytes });
    await expect(authority.stamp(randomBytes(70))).rejects.toThrow('no granted timestamp');
  });
});

describe('a timestamp authority that asks who calls', () => {
  it('is reached with certificate, authority and name, and not without one of them', async () => {
    await using tsa = await world.tsaBehindTls();
    const { ca, clientCertificate: certificate, clientKey: key, serverName } = tsa;
    const stampWith = async (tls: MutualTls): Promise<Uint8Array> => {
      const client = mutualTlsFetch(tls);
      try {
        const reached = { ...access, fetch: client.fetch };
        return await timestampAuthority({ url: tsa.url, access: reached, randomBytes }).stamp(randomBytes(70));
      } finally {
        await client.close();
      }
    };
    expect((await stampWith({ ca, certificate, key, serverName })).length).toBeGreaterThan(500);
    const away = { code: 'service-unreachable' };
    await expect(stampWith({ ca, serverName })).rejects.toMatchObject(away);
    await expect(stampWith({ certificate, key, serverName })).rejects.toMatchObject(away);
    await expect(stampWith({ ca, certificate, key })).rejects.toMatchObject(away);
  });
});

describe('the parts together', () => {
  it('stop before the log when the timestamp fails, since an entry cannot be taken back', async () => {
    const services = servicesOf(world, { log: 'v1', tsa: true });
    await using odd = await oddService((response) => response.writeHead(400).end());
    const broken = timestampAuthority({ url: odd.url, access, randomBytes });
    const keyless = await someSigner(world, { ...services, timestampAuthorities: [broken] });
    const before = world.asked('rekor').length;
    await expect(makeEnvelopeBundle(keyless, Buffer.from('{}'))).rejects.toMatchObject({ code: 'service-refused' });
    expect(world.asked('rekor').length).toBe(before);
  });
});
