/** Writing signing configurations v0.2 for private deployments. */
import { signingConfigMediaType } from '../sign/signing-config.ts';
import { addressIn, invalid, parseServiceDescription, validityIn } from './service-description.ts';

/** The services, each list described as on the command line. */
export interface SigningConfigRequest {
  readonly fulcio?: readonly string[];
  readonly oidcProvider?: readonly string[];
  readonly rekor?: readonly string[];
  readonly tsa?: readonly string[];
  /** `ANY`, `ALL` or `EXACT:2`; needed where logs are given. */
  readonly rekorConfig?: string;
  /** The same for timestamp authorities. */
  readonly tsaConfig?: string;
}

/**
 * A signing configuration as JSON text, two spaces deep, line feed at the end.
 *
 * @throws Fault `service-description-invalid`
 */
export function createSigningConfig(request: SigningConfigRequest): string {
  const { fulcio = [], oidcProvider = [], rekor = [], tsa = [] } = request;
  const document = {
    mediaType: signingConfigMediaType,
    ...(fulcio.length > 0 && { caUrls: services('--fulcio', fulcio) }),
    ...(oidcProvider.length > 0 && { oidcUrls: services('--oidc-provider', oidcProvider) }),
    ...(rekor.length > 0 && { rekorTlogUrls: services('--rekor', rekor) }),
    ...(tsa.length > 0 && { tsaUrls: services('--tsa', tsa) }),
    rekorTlogConfig: selector('--rekor-config', request.rekorConfig, rekor.length),
    tsaConfig: selector('--tsa-config', request.tsaConfig, tsa.length),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function services(flag: string, descriptions: readonly string[]): readonly object[] {
  return descriptions.map((text) => {
    const keys = { flag, required: ['url', 'api-version', 'start-time', 'operator'], optional: ['end-time'] };
    const described = parseServiceDescription(text, keys);
    const version = described.get('api-version') ?? '';
    if (!/^[1-9]\d{0,2}$/u.test(version)) throw invalid(flag, 'api-version is no whole number from 1 on');
    return {
      ...{ url: addressIn(described, flag), majorApiVersion: Number(version) },
      ...{ validFor: validityIn(described, flag), operator: described.get('operator') },
    };
  });
}

function selector(flag: string, text: string | undefined, services: number): object {
  if (text === undefined || text === '') {
    if (services === 0) return {};
    throw invalid(flag, 'it has to say how many of the services given are used: ANY, ALL or EXACT:<count>');
  }
  if (text === 'ANY' || text === 'ALL') return { selector: text };
  const count = /^EXACT:([1-9]\d{0,1})$/u.exec(text)?.[1];
  if (count === undefined) throw invalid(flag, 'it is neither ANY nor ALL nor EXACT:<count>');
  if (Number(count) > services) throw invalid(flag, `it demands ${count} services and ${services} are given`);
  return { selector: 'EXACT', count: Number(count) };
}
