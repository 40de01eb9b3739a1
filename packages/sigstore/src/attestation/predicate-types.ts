/** The words of `--type` and the predicate types they stand for, as cosign has them. */
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';

/** How a predicate is made from a file. */
export type PredicateForm =
  /** The file as text beside the time. */
  | 'custom'
  /** The file as JSON. */
  | 'json'
  /** The file as one JSON text. */
  | 'text'
  /** JSON, reduced to the members of the vulnerability predicate. */
  | 'vulnerability';

/** What a word of `--type` means. */
export interface PredicateType {
  readonly uri: string;
  readonly form: PredicateForm;
  /** Members that must be there, as paths. */
  readonly required: readonly string[];
}

const types: Readonly<Record<string, PredicateType>> = {
  custom: { uri: 'https://cosign.sigstore.dev/attestation/v1', form: 'custom', required: [] },
  slsaprovenance: { uri: 'https://slsa.dev/provenance/v0.2', form: 'json', required: ['builder', 'buildType'] },
  slsaprovenance02: { uri: 'https://slsa.dev/provenance/v0.2', form: 'json', required: ['builder', 'buildType'] },
  slsaprovenance1: { uri: 'https://slsa.dev/provenance/v1', form: 'json', required: ['buildDefinition', 'runDetails'] },
  link: {
    uri: 'https://in-toto.io/Link/v1',
    form: 'json',
    required: ['_type', 'name', 'materials', 'products', 'byproducts', 'command', 'environment'],
  },
  spdx: { uri: 'https://spdx.dev/Document', form: 'text', required: [] },
  spdxjson: { uri: 'https://spdx.dev/Document', form: 'json', required: [] },
  cyclonedx: { uri: 'https://cyclonedx.org/bom', form: 'json', required: [] },
  vuln: {
    uri: 'https://cosign.sigstore.dev/attestation/vuln/v1',
    form: 'vulnerability',
    required: ['scanner.uri', 'scanner.result', 'metadata.scanStartedOn', 'metadata.scanFinishedOn'],
  },
  openvex: { uri: 'https://openvex.dev/ns', form: 'json', required: [] },
};

/** The words of `--type`, in the order help lists them. */
export const predicateTypeNames: readonly string[] = Object.keys(types);

/**
 * What a word or URI of `--type` means.
 *
 * @throws Fault `predicate-type-invalid`
 */
export function predicateType(nameOrUri: string): PredicateType {
  const known = Object.hasOwn(types, nameOrUri) ? types[nameOrUri] : undefined;
  if (known !== undefined) return known;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s]+$/i.test(nameOrUri)) return { uri: nameOrUri, form: 'json', required: [] };
  throw sigstoreFault({
    code: 'predicate-type-invalid',
    message: `Invalid predicate type: ${excerpt(nameOrUri)} is neither a known word nor a URI.`,
    hint: `Use one of ${predicateTypeNames.join(', ')}, or a URI such as https://example.com/check/v1.`,
    values: { type: excerpt(nameOrUri) },
  });
}
