/** Signing configuration v0.2: which services a deployment offers, and the choice among them. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { sigstoreFault } from '../errors.ts';
import { parseStrictJson } from '../json/strict-json.ts';

/** A service of a deployment. */
export interface ConfiguredService {
  readonly url: string;
  readonly majorApiVersion: number;
  readonly start?: Date;
  readonly end?: Date;
  /** Who runs it; empty when it is not said. */
  readonly operator: string;
}

/** How many of the services of a kind are used. */
export type ServiceSelector =
  | { readonly kind: 'any' }
  | { readonly kind: 'all' }
  | { readonly kind: 'exact'; readonly count: number };

/** A parsed configuration. */
export interface SigningConfig {
  readonly certificateAuthorities: readonly ConfiguredService[];
  readonly issuers: readonly ConfiguredService[];
  readonly logs: readonly ConfiguredService[];
  readonly timestampAuthorities: readonly ConfiguredService[];
  /** Undefined where the configuration does not say; then no log may be listed. */
  readonly logSelector?: ServiceSelector;
  readonly timestampSelector?: ServiceSelector;
}

/** What is used for one signature. */
export interface SelectedServices {
  /** Absent where the configuration names none, which is enough for signing with a key. */
  readonly certificateAuthority?: ConfiguredService;
  readonly issuer?: ConfiguredService;
  readonly logs: readonly ConfiguredService[];
  readonly timestampAuthorities: readonly ConfiguredService[];
}

export const signingConfigMediaType = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';

/** A configuration of the public deployment takes 2 KiB. */
export const signingConfigLimit = 1024 * 1024;

/** API versions that this product speaks. Version 1 of a certificate authority is what it serves below `/api/v2`. */
const supported = { certificateAuthority: [1], issuer: [1], log: [1, 2], timestampAuthority: [1] } as const;

const serviceSchema = Type.Object({
  url: Type.String({ minLength: 1, maxLength: 2048 }),
  majorApiVersion: Type.Integer({ minimum: 0, maximum: 1000 }),
  validFor: Type.Optional(
    Type.Object({
      start: Type.Optional(Type.String({ maxLength: 64 })),
      end: Type.Optional(Type.String({ maxLength: 64 })),
    }),
  ),
  operator: Type.Optional(Type.String({ maxLength: 256 })),
});
const services = Type.Optional(Type.Array(serviceSchema, { maxItems: 64 }));
const selectorSchema = Type.Optional(
  Type.Object({
    selector: Type.Optional(Type.String({ maxLength: 64 })),
    count: Type.Optional(Type.Integer({ minimum: 0, maximum: 64 })),
  }),
);
const configSchema = Type.Object({
  mediaType: Type.Literal(signingConfigMediaType),
  caUrls: services,
  oidcUrls: services,
  rekorTlogUrls: services,
  tsaUrls: services,
  rekorTlogConfig: selectorSchema,
  tsaConfig: selectorSchema,
});

/**
 * Reads a configuration; unknown members are ignored.
 *
 * @throws Fault `signing-config-invalid` naming the member
 */
export function parseSigningConfig(input: Uint8Array | string): SigningConfig {
  const parsed = input.length > signingConfigLimit ? undefined : parseStrictJson(input);
  if (parsed === undefined) throw invalid(`it is larger than ${signingConfigLimit} bytes`);
  if (!parsed.ok) throw invalid(`the text ${parsed.detail}`);
  const { value } = parsed;
  if (!Value.Check(configSchema, value)) {
    const [flaw] = Value.Errors(configSchema, value);
    throw invalid(`the member ${flaw?.instancePath || '/'} ${flaw?.message ?? 'is not what the format says'}`);
  }
  return {
    certificateAuthorities: (value.caUrls ?? []).map(serviceOf),
    issuers: (value.oidcUrls ?? []).map(serviceOf),
    logs: (value.rekorTlogUrls ?? []).map(serviceOf),
    timestampAuthorities: (value.tsaUrls ?? []).map(serviceOf),
    logSelector: selectorOf('rekorTlogConfig', value.rekorTlogConfig),
    timestampSelector: selectorOf('tsaConfig', value.tsaConfig),
  };
}

/**
 * Chooses: services that count now, of an API version spoken here, the highest and then the newest of each operator.
 *
 * @throws Fault `signing-config-unusable` when services are listed and none or too few can be used
 */
export function selectServices(config: SigningConfig, now: Date): SelectedServices {
  const [certificateAuthority] = usable(config.certificateAuthorities, supported.certificateAuthority, now);
  if (config.certificateAuthorities.length > 0 && certificateAuthority === undefined) {
    throw unusable('certificate authority', 'none of those listed counts now with an API version known here');
  }
  const [issuer] = usable(config.issuers, supported.issuer, now);
  const logs = usable(config.logs, supported.log, now);
  const timestampAuthorities = usable(config.timestampAuthorities, supported.timestampAuthority, now);
  return {
    ...{ ...(certificateAuthority && { certificateAuthority }), ...(issuer && { issuer }) },
    logs: take('transparency log', { all: config.logs, usable: logs, selector: config.logSelector }),
    timestampAuthorities: take('timestamp authority', {
      ...{ all: config.timestampAuthorities, usable: timestampAuthorities, selector: config.timestampSelector },
    }),
  };
}

interface Choice {
  readonly all: readonly ConfiguredService[];
  readonly usable: readonly ConfiguredService[];
  readonly selector?: ServiceSelector;
}

function take(what: string, { all, usable: found, selector }: Choice): readonly ConfiguredService[] {
  if (selector === undefined) {
    if (all.length === 0) return [];
    throw unusable(what, 'some are listed, and it is not said how many of them are to be used');
  }
  if (found.length === 0) throw unusable(what, 'none of those listed counts now with an API version known here');
  switch (selector.kind) {
    case 'any':
      return found.slice(0, 1);
    case 'all':
      return found;
    case 'exact':
      if (found.length < selector.count) {
        throw unusable(what, `${selector.count} of different operators are demanded, ${found.length} can be used`);
      }
      return found.slice(0, selector.count);
  }
}

function usable(
  listed: readonly ConfiguredService[],
  versions: readonly number[],
  now: Date,
): readonly ConfiguredService[] {
  const operators = new Set<string>();
  return listed
    .filter(({ start, end }) => (start === undefined || start <= now) && (end === undefined || now <= end))
    .filter(({ majorApiVersion }) => versions.includes(majorApiVersion))
    .toSorted((a, b) => b.majorApiVersion - a.majorApiVersion || (b.start?.getTime() ?? 0) - (a.start?.getTime() ?? 0))
    .filter(({ operator }) => !operators.has(operator) && operators.add(operator));
}

function serviceOf({ url, majorApiVersion, validFor, operator }: Static<typeof serviceSchema>): ConfiguredService {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'https:' && protocol !== 'http:')
    throw invalid(`${JSON.stringify(url)} is no http or https address`);
  const start = dateOf(validFor?.start);
  const end = dateOf(validFor?.end);
  return { url, majorApiVersion, ...(start && { start }), ...(end && { end }), operator: operator ?? '' };
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/u;

function dateOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const date = new Date(text);
  if (!rfc3339.test(text) || Number.isNaN(date.getTime())) throw invalid(`${JSON.stringify(text)} is no RFC 3339 time`);
  return date;
}

function selectorOf(
  member: string,
  config: { readonly selector?: string; readonly count?: number } | undefined,
): ServiceSelector | undefined {
  if (config === undefined) return undefined;
  switch (config.selector) {
    case undefined:
    case 'SERVICE_SELECTOR_UNDEFINED':
      return undefined;
    case 'ANY':
      return { kind: 'any' };
    case 'ALL':
      return { kind: 'all' };
    case 'EXACT':
      if ((config.count ?? 0) === 0) throw invalid(`${member} demands an exact count and names none`);
      return { kind: 'exact', count: config.count ?? 0 };
    default:
      throw invalid(`${member} has the unknown selector ${JSON.stringify(config.selector)}`);
  }
}

function invalid(detail: string): Error {
  return sigstoreFault({
    code: 'signing-config-invalid',
    message: `The signing configuration cannot be read: ${detail}.`,
    hint: `Pass a file of media type ${signingConfigMediaType}; \`signing-config create\` writes one.`,
    values: { detail },
  });
}

function unusable(what: string, detail: string): Error {
  return sigstoreFault({
    code: 'signing-config-unusable',
    message: `The signing configuration gives no usable ${what}: ${detail}.`,
    hint: 'Update the configuration from its source, or name the services with flags and --use-signing-config=false.',
    values: { what, detail },
  });
}
