import type { Snapshot } from '../findings/snapshot.ts';
import type { Scope } from './scope.ts';

/** Which segments a scope runs, in how many images, and by which deployments. */
export interface SegmentUse {
  readonly segments: readonly number[];
  /** Images of the segment that a deployment in scope runs. */
  readonly images: Uint32Array;
  /** Deployments in scope of which this is the largest segment, or the only one. */
  readonly leading: Uint32Array;
  /** By largest segment: the sets of smaller ones that deployments run beside it, with how many do. */
  readonly together: ReadonlyMap<number, ReadonlyMap<string, SmallerSegments>>;
}

interface SmallerSegments {
  readonly smaller: readonly number[];
  deployments: number;
}

/** Which segments the deployments of a scope run. Deployments with the same set of segments are counted together. */
export function segmentUse(snapshot: Snapshot, scope: Scope): SegmentUse {
  const { pairStart, segmentStart, imageSegment } = snapshot;
  const images = new Uint32Array(segmentStart.length - 1);
  const leading = new Uint32Array(images.length);
  const imageSeen = new Uint8Array(imageSegment.length);
  const segments: number[] = [];
  const together = new Map<number, Map<string, SmallerSegments>>();
  const meet = (image: number, segment: number) => {
    if (imageSeen[image] === 0) {
      imageSeen[image] = 1;
      if (images[segment] === 0) {
        segments.push(segment);
      }
      images[segment]! += 1;
    }
  };
  for (let pair = 0; pair < scope.pairs.length; pair += 1) {
    const end = scope.pairs[pair] === 0 ? 0 : pairStart[pair + 1]!;
    for (let deployment = pairStart[pair]!; deployment < end; deployment += 1) {
      countDeployment(segmentsOf(snapshot, deployment, meet), leading, together);
    }
  }
  return { segments, images, leading, together };
}

/** The segments of one deployment, largest first; each of its scanned images is met on the way. */
function segmentsOf(
  { deploymentImageStart, deploymentImages, imageSegment, segmentStart }: Snapshot,
  deployment: number,
  meet: (image: number, segment: number) => void,
): number[] {
  const own: number[] = [];
  for (let at = deploymentImageStart[deployment]!; at < deploymentImageStart[deployment + 1]!; at += 1) {
    const image = deploymentImages[at]!;
    const segment = imageSegment[image]! - 1;
    if (segment >= 0) {
      meet(image, segment);
      if (!own.includes(segment)) {
        own.push(segment);
      }
    }
  }
  const size = (segment: number) => segmentStart[segment + 1]! - segmentStart[segment]!;
  return own.length < 2 ? own : own.sort((a, b) => size(b) - size(a) || a - b);
}

/** `own`: the segments of one deployment, largest first. */
function countDeployment(
  own: readonly number[],
  leading: Uint32Array,
  together: Map<number, Map<string, SmallerSegments>>,
): void {
  const largest = own[0];
  if (largest === undefined) {
    return;
  }
  leading[largest]! += 1;
  if (own.length > 1) {
    const smaller = own.slice(1);
    const sets = together.get(largest) ?? new Map<string, SmallerSegments>();
    together.set(largest, sets);
    const key = smaller.join();
    const known = sets.get(key);
    if (known === undefined) {
      sets.set(key, { smaller, deployments: 1 });
    } else {
      known.deployments += 1;
    }
  }
}
