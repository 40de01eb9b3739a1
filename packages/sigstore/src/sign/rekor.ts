/** Entries in a log with API 1 of Rekor: `hashedrekord` 0.0.1, `dsse` 0.0.1 and `intoto` 0.0.2. */
import Type from 'typebox';
import { Value } from 'typebox/value';
import { sigstoreFault } from '../errors.ts';
import { checkedEntry, concerns, logAnswerLimit } from './log-answer.ts';
import { readLogEntry, uuid } from './rekor-entry.ts';
import { proposedEntry } from './rekor-proposal.ts';
import { callService, invalidAnswer, jsonOf, refusedBy } from './service-http.ts';
import type { ServiceAccess, ServiceAnswer, ServiceRequest } from './service-http.ts';
import { joinUrl } from './service-url.ts';
import type { LogEntry, LogProposal, TransparencyLog } from './services.ts';

/** Which log, and how it is reached. */
export interface RekorOptions {
  readonly url: string;
  readonly access: ServiceAccess;
}

/**
 * A log that speaks API 1.
 *
 * @throws Fault from `add`: `service-…`, `log-conflict` when an equal entry is said to exist and cannot be read
 */
export function rekorLog({ url, access }: RekorOptions): TransparencyLog {
  return {
    ...{ url, apiVersion: 1 },
    async add(proposal) {
      const request: ServiceRequest = {
        ...{ what: 'the transparency log', method: 'POST', limitBytes: logAnswerLimit },
        url: joinUrl(url, '/api/v1/log/entries'),
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(proposedEntry(proposal)),
      };
      const answer = await callService(access, request);
      if (answer.status === 409) return existing({ url, access }, answer, proposal);
      if (answer.status !== 201 && answer.status !== 200) throw refusedBy(request, answer, refusalHint);
      return checkedEntry(request, readLogEntry(request, jsonOf(request, answer)), proposal);
    },
  };
}

// One signature is rarely logged more than once; a log may hand out ten.
const found = Type.Array(Type.Unknown(), { maxItems: 10 });

/**
 * Entries of a log with API 1 that remember a signature, for verifiers that were given none with it. Each is about the
 * signature and its proof leads to its own root; whether the log is to be trusted is for the verifier to judge.
 *
 * @returns none where the log has none
 * @throws Fault `service-…`: a log that could not be asked has not said that there is no entry
 */
export async function findLogEntries(options: RekorOptions, proposal: LogProposal): Promise<readonly LogEntry[]> {
  const request: ServiceRequest = {
    ...{ what: 'the transparency log', method: 'POST', limitBytes: logAnswerLimit },
    url: joinUrl(options.url, '/api/v1/log/entries/retrieve'),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ entries: [proposedEntry(proposal)] }),
  };
  const answer = await callService(options.access, request);
  if (answer.status !== 200) throw refusedBy(request, answer, refusalHint);
  const list = jsonOf(request, answer);
  if (!Value.Check(found, list)) throw invalidAnswer(request, 'it is not a short list of entries');
  return list
    .map((one) => readLogEntry(request, one))
    .filter((entry) => concerns(entry, proposal))
    .map((entry) => checkedEntry(request, entry, proposal));
}

const refusalHint =
  'Check that the address is that of a Rekor server with API 1; use a signing configuration for API 2.';

/** The log keeps one of two equal entries and says where. Only the entry's name is taken from the header, not a host. */
async function existing(options: RekorOptions, conflict: ServiceAnswer, proposal: LogProposal): Promise<LogEntry> {
  const name = (conflict.headers.get('location') ?? '').split('/').at(-1) ?? '';
  if (!uuid.test(name)) throw conflictFault(options.url, 'it does not say where');
  const request: ServiceRequest = {
    ...{ what: 'the transparency log', method: 'GET', limitBytes: logAnswerLimit },
    url: joinUrl(options.url, `/api/v1/log/entries/${name}`),
    headers: { accept: 'application/json' },
  };
  const answer = await callService(options.access, request);
  if (answer.status !== 200) throw conflictFault(options.url, `asked for it, it answers with status ${answer.status}`);
  return checkedEntry(request, readLogEntry(request, jsonOf(request, answer)), proposal);
}

function conflictFault(url: string, detail: string): Error {
  return sigstoreFault({
    code: 'log-conflict',
    message: `The transparency log at ${url} says that an equal entry exists, but ${detail}.`,
    hint: 'Try again; if it stays, ask the operator of the log: it contradicts itself.',
    values: { url, detail },
  });
}
