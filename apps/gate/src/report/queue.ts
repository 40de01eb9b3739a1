import type { AdmissionDecision } from '@pratique/hub/contract';

/** How much may wait. Whatever is exceeded first, the oldest goes. */
export interface QueueLimits {
  readonly decisions: number;
  /** Characters of all texts, about what they take in memory. */
  readonly characters: number;
}

/** Hours of an ordinary cluster, in at most a tenth of the memory the gate may use. */
export const queueLimits: QueueLimits = { decisions: 4_000, characters: 12 * 1024 * 1024 };

interface Waiting {
  readonly decision: AdmissionDecision;
  readonly characters: number;
}

/** Decisions that wait for the hub, oldest first, in bounded memory. */
export class DecisionQueue {
  #waiting: Waiting[] = [];
  #characters = 0;
  #dropped = 0;
  readonly #limits: QueueLimits;

  constructor(limits: QueueLimits = queueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Decisions that had to give way and were not yet told of. */
  get dropped(): number {
    return this.#dropped;
  }

  add(decision: AdmissionDecision): void {
    const characters = charactersOf(decision);
    this.#waiting.push({ decision, characters });
    this.#characters += characters;
    this.#makeRoom();
  }

  /** Takes the oldest out, as many as fit both limits; at least one where one waits. */
  take(limits: QueueLimits): readonly AdmissionDecision[] {
    let characters = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count > 0 && (count >= limits.decisions || characters + waiting.characters > limits.characters)) break;
      characters += waiting.characters;
      count += 1;
    }
    this.#characters -= characters;
    return this.#waiting.splice(0, count).map(({ decision }) => decision);
  }

  /** Puts back what was taken and could not be told: it is still the oldest. */
  putBack(decisions: readonly AdmissionDecision[]): void {
    const back = decisions.map((decision) => ({ decision, characters: charactersOf(decision) }));
    this.#waiting = [...back, ...this.#waiting];
    this.#characters += back.reduce((sum, { characters }) => sum + characters, 0);
    this.#makeRoom();
  }

  /** Counts decisions that are lost for another reason. */
  lose(count: number): void {
    this.#dropped += count;
  }

  /** Takes note that the hub knows of `count` dropped decisions. */
  settle(count: number): void {
    this.#dropped = Math.max(0, this.#dropped - count);
  }

  #makeRoom(): void {
    let excess = 0;
    while (
      this.#waiting.length - excess > 1 &&
      (this.#waiting.length - excess > this.#limits.decisions || this.#characters > this.#limits.characters)
    ) {
      this.#characters -= this.#waiting[excess]?.characters ?? 0;
      excess += 1;
    }
    if (excess === 0) return;
    this.#waiting.splice(0, excess);
    this.#dropped += excess;
  }
}

/** A decision without its texts: names of fields, instants, numbers. */
const fixedCharacters = 400;

/** About the characters of a decision; cheaper than writing it down, because every admission pays for it. */
export function charactersOf({ images, warnings, user, name }: AdmissionDecision): number {
  let characters = fixedCharacters + user.length + name.length;
  for (const warning of warnings) characters += warning.length;
  for (const image of images) {
    characters += fixedCharacters + image.image.length + image.message.length + image.next_step.length;
    for (const text of image.found) characters += text.length;
    for (const path of image.paths) characters += path.length;
  }
  return characters;
}
