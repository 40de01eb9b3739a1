/** Signed requests to Amazon: AWS Signature Version 4, for requests without a query. */
import { createHash, createHmac } from 'node:crypto';

/** Keys of an identity; `token` where they end. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly token?: string;
}

/** What is signed. */
export interface SignedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly service: string;
  readonly region: string;
  readonly key: AccessKey;
  readonly now: Date;
}

/** The headers of a POST, with date, token and signature. */
export function signedHeaders(request: SignedRequest): Record<string, string> {
  const { url, headers, body, service, region, key, now } = request;
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const all: Record<string, string> = {
    ...headers,
    host: url.host,
    'x-amz-date': time,
    ...(key.token === undefined ? {} : { 'x-amz-security-token': key.token }),
  };
  const names = Object.keys(all).toSorted();
  const signed = names.join(';');
  const lines = names.map((name) => `${name}:${all[name]?.trim()}\n`).join('');
  const canonical = ['POST', url.pathname, '', lines, signed, sha256(body)].join('\n');
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const wanted = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const signingKey = [time.slice(0, 8), region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${key.secret}`),
  );
  const signature = hmac(signingKey, wanted).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.id}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  const { host: _host, ...sent } = all;
  return { ...sent, authorization };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
