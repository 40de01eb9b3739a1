import type { Log } from '@pratique/runtime/log';
import type { ReaderEvent } from './reader.ts';
import type { SourceListener } from './source.ts';

/** Tells the log of the program what the findings thread does, at the level an operator wants to read it at. */
export function logSource(log: Log): Pick<SourceListener, 'onReaderEvent' | 'onTrouble'> {
  return {
    onReaderEvent: (event) => logEvent(log, event),
    onTrouble: (what, detail) => log.error({ detail }, what),
  };
}

function logEvent(log: Log, event: ReaderEvent): void {
  switch (event.kind) {
    case 'elected':
      log.info('this process reads StackRox for the installation');
      break;
    case 'waiting':
      log.debug('another process reads StackRox');
      break;
    case 'stopped':
      log.debug('the reader stopped');
      break;
    case 'progress':
      log.info({ read: event.read, total: event.total }, 'reading images from StackRox');
      break;
    case 'poll':
      logPoll(log, event);
      break;
    case 'failed':
      log.warn(
        { problem: event.problem, detail: event.error },
        'StackRox could not be read; the last known data stays',
      );
      break;
  }
}

function logPoll(log: Log, { outcome, milliseconds }: Extract<ReaderEvent, { kind: 'poll' }>): void {
  const took = Math.round(milliseconds);
  if (outcome.kind === 'refused') {
    log.warn({ problem: outcome.problem, took }, 'what StackRox answered is not believed; the last known data stays');
  } else if (outcome.kind === 'published') {
    log.info(
      { version: outcome.version, images: outcome.imagesRead, took },
      'a new version of the findings is published',
    );
  } else {
    log.debug({ version: outcome.version, took }, 'nothing changed in StackRox');
  }
}
