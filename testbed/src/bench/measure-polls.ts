import type { Client } from 'pg';
import { startHubProcess } from './hub-process.ts';
import type { HubRequest } from './hub-process.ts';
import { untilLoaded } from './measure-hub.ts';
import { timingOf } from './samples.ts';
import type { Timing } from './samples.ts';

/** The reader's work when little changed. */
export interface PollFigure {
  /** Nothing changed. */
  readonly unchanged: Timing;
  /** One image in a hundred was scanned again. */
  readonly changed: Timing;
  readonly imagesChanged: number;
}

/** The shortest the hub takes; a change waits at most this long to be seen. */
const pollSeconds = 10;
const changedShare = 0.01;

/** Starts a hub that polls often, rewrites one image in a hundred, and takes the reader's own word for how long it took. */
export async function measurePolls(
  request: Omit<HubRequest, 'interval'>,
  { central, polls }: { readonly central: Client; readonly polls: number },
): Promise<PollFigure> {
  const hub = await startHubProcess({ ...request, interval: pollSeconds });
  try {
    await untilLoaded(hub);
    await hub.poll(() => true);
    hub.forgetPolls();
    const unchanged = [(await hub.poll(({ imagesRead }) => imagesRead === 0)).milliseconds];
    const changed: number[] = [];
    let imagesChanged = 0;
    for (let no = 0; no < polls; no += 1) {
      hub.forgetPolls();
      imagesChanged = await rewriteImages(central, no);
      changed.push((await hub.poll(({ imagesRead }) => imagesRead >= imagesChanged)).milliseconds);
    }
    request.say(
      `one poll: ${unchanged[0]} ms with nothing new, ${changed.join(', ')} ms with ${imagesChanged} images scanned again`,
    );
    return { unchanged: timingOf(unchanged), changed: timingOf(changed), imagesChanged };
  } finally {
    await hub.stop();
  }
}

/** Writes all rows of one deployed image in a hundred anew, in one transaction, as Central does after a scan. */
async function rewriteImages(central: Client, no: number): Promise<number> {
  const { rows } = await central.query<{ id: string }>(
    `SELECT DISTINCT image_idv2 AS id FROM deployments_containers WHERE image_idv2 <> '' ORDER BY 1`,
  );
  const every = Math.round(1 / changedShare);
  const chosen = rows.filter((_, at) => at % every === no % every).map(({ id }) => id);
  const { rows: written } = await central.query<{ id: string }>(
    `WITH written AS (UPDATE image_cves_v2 SET severity = severity WHERE imageidv2 = ANY ($1) RETURNING imageidv2)
     SELECT DISTINCT imageidv2 AS id FROM written`,
    [chosen],
  );
  return written.length;
}
