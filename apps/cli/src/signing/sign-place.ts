/** Where signatures and attestations are written, and how it is told. */
import type { Fault } from '@pratique/runtime/fault';
import type { FormatResult, SignatureUse, SignResult } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { attachmentLimitOf } from './attachment-limit.ts';
import { contention } from './contention.ts';
import { pinned, type Image } from './image.ts';
import { signingExitCode } from './outcomes.ts';
import type { Surroundings } from './surroundings.ts';
import type { Asked } from './verb.ts';

/** Where and how attachments of an image are written. */
export function placeOf(
  image: Image,
  {
    asked: { flags, isGiven },
    surroundings,
  }: { readonly asked: Asked<PlaceFlags>; readonly surroundings: Surroundings },
) {
  const { env, now } = surroundings;
  return {
    store: image.store,
    signatureStore: image.attachmentStore,
    reference: image.reference,
    formats: formatsToWrite(flags, isGiven),
    now: creationTime(surroundings),
    ...(flags.recordCreationTimestamp === true ? { created: creationTime({ env, now }) } : {}),
    ...(flags.attachmentTagPrefix === undefined ? {} : { tagPrefix: flags.attachmentTagPrefix }),
    dockerMediaTypes: /^(?:1|true)$/i.test(env['COSIGN_DOCKER_MEDIA_TYPES'] ?? ''),
    attachmentLimit: attachmentLimitOf(surroundings),
    verifyAfter: flags.verifyAfter !== false,
    ...contention(surroundings),
  };
}

/** Flags that {@link placeOf} reads. */
export interface PlaceFlags {
  readonly format?: 'legacy' | 'bundle' | 'both';
  readonly newBundleFormat?: boolean;
  readonly recordCreationTimestamp?: boolean;
  readonly attachmentTagPrefix?: string;
  readonly verifyAfter?: boolean;
}

/** Both generations unless one is asked for, in our words or in those of cosign 2.6 and 3. */
function formatsToWrite(
  { format, newBundleFormat }: PlaceFlags,
  isGiven: (key: string) => boolean,
): readonly SignatureUse[] {
  if (format !== undefined && format !== 'both') return [format];
  if (format === undefined && isGiven('newBundleFormat')) return [newBundleFormat === true ? 'bundle' : 'legacy'];
  return ['legacy', 'bundle'];
}

/** The present, or what SOURCE_DATE_EPOCH says it is. */
export function creationTime({ env, now }: Pick<Surroundings, 'env' | 'now'>): Date {
  const text = env['SOURCE_DATE_EPOCH'] ?? '';
  if (text === '') return now();
  if (/^\d{1,11}$/.test(text)) return new Date(Number(text) * 1000);
  throw usageFault(`SOURCE_DATE_EPOCH is "${text.slice(0, 40)}".`, 'Set it to seconds since 1970, or unset it.');
}

/** How a result is told. */
export interface Telling {
  readonly surroundings: Surroundings;
  readonly what: 'Signed' | 'Attested';
  readonly tag: '.sig' | '.att';
}

/** Says where the signatures are. Returns the exit code of what is missing, 0 where nothing is. */
export function tell(
  { reference }: Pick<Image, 'reference'>,
  { digest, results }: SignResult,
  { surroundings: { say }, what, tag }: Telling,
): number {
  const missing = results.flatMap((result) => (result.state === 'stored' ? [] : [result]));
  const title = missing.length === 0 ? aside.good(what) : aside.bad(`Not completely ${what.toLowerCase()}`);
  say(`${title} ${aside.strong(pinned({ reference, digest }))}`);
  for (const result of results) for (const line of resultLines(result, tag)) say(`  ${line}`);
  const [first] = missing;
  return first === undefined ? 0 : signingExitCode(first.fault);
}

function resultLines(result: FormatResult, tag: string): readonly string[] {
  const label = aside.quiet(result.format === 'legacy' ? `${tag}  ` : 'bundle');
  if (result.state === 'failed') return faultLines(`${label}  not stored: ${result.fault.message}`, result.fault);
  if (result.state === 'unlisted') {
    const text = `${label}  partial: stored as ${result.location}, but no list names it, so nobody finds it. ${result.fault.message}`;
    return faultLines(text, result.fault);
  }
  if (result.format === 'bundle') {
    const note = result.replacedSubject ? ' (its fallback tag held the image itself and holds the list now)' : '';
    return [`${aside.good('✓')} ${label}  ${result.location}${note}`];
  }
  return [
    `${aside.good('✓')} ${label}  ${result.location}${result.outcome === 'present' ? ' (was there already)' : ''}`,
  ];
}

function faultLines(text: string, fault: Fault): readonly string[] {
  return [`${aside.bad('✗')} ${text}`, `  What to do: ${fault.hint}`, `  Code: ${fault.code}`];
}
