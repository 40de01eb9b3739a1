import type { RefusalClass } from '../verdict.ts';

/** Why trust data is not believed. Thrown and caught within this folder: bad trust data is an answer, not a fault. */
export class TrustFlaw extends Error {
  override readonly name = 'TrustFlaw';
  readonly class: RefusalClass;
  readonly nextStep: string | undefined;

  constructor(refusal: RefusalClass, message: string, nextStep?: string) {
    super(message);
    this.class = refusal;
    this.nextStep = nextStep;
  }

  /** The same with words before it. */
  within(prefix: string): TrustFlaw {
    return new TrustFlaw(this.class, `${prefix}: ${this.message}`, this.nextStep);
  }
}

/** Runs a step; its flaw gets the words of the step before its own. @throws TrustFlaw */
export function within<T>(prefix: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof TrustFlaw ? error.within(prefix) : error;
  }
}
