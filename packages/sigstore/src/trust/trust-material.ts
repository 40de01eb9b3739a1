/**
 * Whom verification believes: authorities, logs and timestamp services with the time each counts. Plain data, however it was
 * obtained; judging only reads it.
 */
import type { PublicKey } from '../keys/public-key.ts';
import type { Certificate } from '../verify/x509.ts';

/** The time something counts; an open side has no end. Both ends belong to it. */
export interface ValidityWindow {
  readonly start?: Date;
  readonly end?: Date;
}

/** The key of a transparency log or certificate log. */
export interface TrustedLog {
  /** Base address, empty where only a key was given. */
  readonly baseUrl: string;
  readonly operator?: string;
  /** What entries call the log, 32 bytes. */
  readonly logId: Uint8Array;
  /** What checkpoints call its key where that differs; the first four bytes are compared. */
  readonly checkpointKeyId?: Uint8Array;
  readonly key: PublicKey;
  readonly validFor: ValidityWindow;
}

/** A certificate or timestamp authority. */
export interface TrustedAuthority {
  readonly name: string;
  readonly uri: string;
  /** Leaf-most first, root last. */
  readonly chain: readonly Certificate[];
  readonly validFor: ValidityWindow;
}

/** Everything that may be believed. */
export interface TrustMaterial {
  /** Where it came from, for messages: a file, a variable, the update repository. */
  readonly origin: string;
  readonly logs: readonly TrustedLog[];
  readonly certificateLogs: readonly TrustedLog[];
  readonly certificateAuthorities: readonly TrustedAuthority[];
  readonly timestampAuthorities: readonly TrustedAuthority[];
}

/** Believes nobody: enough for a key without log and timestamps. */
export const noTrust: TrustMaterial = {
  origin: 'nothing',
  logs: [],
  certificateLogs: [],
  certificateAuthorities: [],
  timestampAuthorities: [],
};

/** Everything that any of the given believes. */
export function mergeTrust(...parts: readonly TrustMaterial[]): TrustMaterial {
  return {
    origin: parts.map(({ origin }) => origin).join(' and ') || noTrust.origin,
    logs: parts.flatMap(({ logs }) => logs),
    certificateLogs: parts.flatMap(({ certificateLogs }) => certificateLogs),
    certificateAuthorities: parts.flatMap(({ certificateAuthorities }) => certificateAuthorities),
    timestampAuthorities: parts.flatMap(({ timestampAuthorities }) => timestampAuthorities),
  };
}

/** Whether the moment lies in the window. */
export function countsAt(window: ValidityWindow, at: Date): boolean {
  return (window.start === undefined || window.start <= at) && (window.end === undefined || at <= window.end);
}

/** A log in words: its host, or the beginning of its id. */
export function logName(log: TrustedLog): string {
  return hostOf(log.baseUrl) ?? `log ${Buffer.from(log.logId).toString('hex').slice(0, 12)}`;
}

/** Host with port of an address, or undefined where it is none. */
export function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  return new URL(url).host || undefined;
}
